import { DatabaseSync } from 'node:sqlite'
import { fromUnits, toUnits } from './fixed-point.ts'
import { materials } from './master-data.ts'

/** Places of quantities, prices and money. */
export const quantityPlaces = 3
export const pricePlaces = 4
export const moneyPlaces = 2

export interface Material {
  readonly code: string
  readonly unit: string
  readonly price: number
  readonly stock: number
}

/** An answer that a client's Idempotency-Key is remembered with, and the request it belongs to. */
export interface Remembered {
  readonly request: string
  readonly status: number
  readonly body: string
}

/** The ERP's books: every number an integer, every commit synced to disk. */
export class ErpDatabase {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path)
    this.#db.exec(schema)
    const insert = this.#db.prepare('insert or ignore into materials values (?, ?, ?, ?, ?)')
    for (const { code, unit, price, stock } of materials) {
      const opening = toUnits(stock, quantityPlaces) as number
      insert.run(code, unit, toUnits(price, pricePlaces) as number, opening, opening)
    }
  }

  /** All or nothing: also the memory of the answer stands or falls with the booking. */
  transaction<T>(work: () => T): T {
    this.#db.exec('begin immediate')
    try {
      const result = work()
      this.#db.exec('commit')
      return result
    } catch (error) {
      this.#db.exec('rollback')
      throw error
    }
  }

  remembered(key: string): Remembered | undefined {
    const row = this.#db.prepare('select request, status, body from answers where key = ?').get(key)
    return row as Remembered | undefined
  }

  remember(key: string, { request, status, body }: Remembered): void {
    this.#db.prepare('insert into answers values (?, ?, ?, ?)').run(key, request, status, body)
  }

  material(code: string): Material | undefined {
    const row = this.#db.prepare('select code, unit, price, stock from materials where code = ?').get(code)
    return row as Material | undefined
  }

  /** Gives the document number. */
  addIssue(reference: string, workOrder: string, material: string, quantity: number): number | bigint {
    this.#db.prepare('update materials set stock = stock - ? where code = ?').run(quantity, material)
    return this.#db
      .prepare('insert into issues (reference, work_order, material, quantity) values (?, ?, ?, ?)')
      .run(reference, workOrder, material, quantity).lastInsertRowid
  }

  /** Gives the document number. */
  addPosting(
    reference: string,
    workOrder: string,
    debit: string,
    credit: string,
    cents: number,
  ): number | bigint {
    return this.#db
      .prepare('insert into postings (reference, work_order, debit, credit, cents) values (?, ?, ?, ?, ?)')
      .run(reference, workOrder, debit, credit, cents).lastInsertRowid
  }

  count(table: 'issues' | 'postings'): number {
    return this.#db.prepare(`select count(*) as count from ${table}`).get()?.count as number
  }

  truth(): ErpTruth {
    const all = (sql: string) => this.#db.prepare(sql).all() as Record<string, unknown>[]
    const decimal = (value: unknown, places: number) => fromUnits(value as number, places)
    return {
      materials: all('select * from materials').map(({ price, opening, stock, ...row }) => ({
        ...row,
        price: decimal(price, pricePlaces),
        opening: decimal(opening, quantityPlaces),
        stock: decimal(stock, quantityPlaces),
      })),
      issues: all('select * from issues').map(({ quantity, ...row }) => ({
        ...row,
        quantity: decimal(quantity, quantityPlaces),
      })),
      postings: all('select * from postings').map(({ cents, ...row }) => ({
        ...row,
        amount: decimal(cents, moneyPlaces),
      })),
    } as unknown as ErpTruth
  }

  close(): void {
    this.#db.close()
  }
}

/** Everything in the books, with exact decimals. */
export interface ErpTruth {
  readonly materials: readonly { code: string; unit: string; price: string; opening: string; stock: string }[]
  readonly issues: readonly { number: number; reference: string; material: string; quantity: string }[]
  readonly postings: readonly { number: number; reference: string; amount: string }[]
}

// A reference may occur twice: nothing but the Idempotency-Key protects from a second booking, so that one would show.
const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists materials (
    code text primary key, unit text not null, price integer not null,
    opening integer not null, stock integer not null check (stock >= 0)
  ) strict;
  create table if not exists issues (
    number integer primary key, reference text not null, work_order text not null, material text not null,
    quantity integer not null
  ) strict;
  create table if not exists postings (
    number integer primary key, reference text not null, work_order text not null, debit text not null,
    credit text not null, cents integer not null
  ) strict;
  create table if not exists answers (
    key text primary key, request text not null, status integer not null, body text not null
  ) strict;
`
