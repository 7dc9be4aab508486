import { DatabaseSync } from 'node:sqlite'
import { type BillEntry, Bills } from './bills.ts'
import { bookedAt } from './booked-at.ts'
import { Customers, type ErpCustomer, type ErpCustomerChange } from './customers.ts'
import { fromUnits, moneyPlaces, pricePlaces, quantityPlaces, toUnits } from './fixed-point.ts'
import { materials } from './master-data.ts'
import { Refusal } from './refusal.ts'
import { type Movement, type Product, Sales } from './sales.ts'
import { type ErpTotals, totalsOf } from './totals.ts'

export interface Material {
  readonly code: string
  readonly unit: string
  readonly price: number
  readonly stock: number
}

/** What was answered to a request that was done, under the key that its sender gave it. */
interface Remembered {
  readonly request: string
  readonly answer: string
}

/** The ERP's books: every number an integer, every commit synced to disk. */
export class ErpDatabase {
  readonly #db: DatabaseSync
  readonly customers: Customers
  readonly sales: Sales
  readonly bills: Bills

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { timeout: 5_000 })
    this.#db.exec(schema)
    this.customers = new Customers(this.#db)
    this.sales = new Sales(this.#db)
    this.bills = new Bills(this.#db)
    const insert = this.#db.prepare('insert or ignore into materials values (?, ?, ?, ?, ?)')
    for (const { code, unit, price, stock } of materials) {
      const opening = toUnits(stock, quantityPlaces) as number
      insert.run(code, unit, toUnits(price, pricePlaces) as number, opening, opening)
    }
  }

  /** All or nothing. */
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

  /**
   * Does the work once per key: a repeated request gets the first answer again and has no second effect. A refusal is
   * not remembered, since it changed nothing: after the cause is mended the same request may succeed.
   */
  once(key: string, request: string, work: () => string): string {
    return this.transaction(() => {
      const first = this.remembered(key)
      if (first && first.request !== request)
        throw new Refusal('KEY-REUSED', 'This key was used for another request.')
      if (first) return first.answer
      const answer = work()
      this.#db.prepare('insert into answers values (?, ?, ?)').run(key, request, answer)
      return answer
    })
  }

  remembered(key: string): Remembered | undefined {
    const row = this.#db.prepare('select request, answer from answers where key = ?').get(key)
    return row as Remembered | undefined
  }

  material(code: string): Material | undefined {
    const row = this.#db.prepare('select code, unit, price, stock from materials where code = ?').get(code)
    return row as Material | undefined
  }

  /** Gives the document number. */
  addIssue(reference: string, workOrder: string, material: string, quantity: number): number {
    this.#db.prepare('update materials set stock = stock - ? where code = ?').run(quantity, material)
    const sql = 'insert into issues (reference, work_order, material, quantity) values (?, ?, ?, ?)'
    return Number(this.#db.prepare(sql).run(reference, workOrder, material, quantity).lastInsertRowid)
  }

  /** Gives the document number. */
  addPosting(reference: string, workOrder: string, debit: string, credit: string, cents: number): number {
    const sql = 'insert into postings (reference, work_order, debit, credit, cents) values (?, ?, ?, ?, ?)'
    return Number(this.#db.prepare(sql).run(reference, workOrder, debit, credit, cents).lastInsertRowid)
  }

  /** Gives the document number. */
  addReservation(order: string, lines: readonly { material: string; quantity: number }[]): number {
    const document = this.#db.prepare('select coalesce(max(document), 0) + 1 as next from reservations').get()
      ?.next as number
    const sql = 'insert into reservations (document, order_no, material, quantity) values (?, ?, ?, ?)'
    for (const { material, quantity } of lines) this.#db.prepare(sql).run(document, order, material, quantity)
    return document
  }

  /** Gives the document number. */
  addReceivable(reference: string, customer: string, cents: number): number {
    const sql = 'insert into receivables (reference, customer, cents) values (?, ?, ?)'
    return Number(this.#db.prepare(sql).run(reference, customer, cents).lastInsertRowid)
  }

  addTransfer({ number, article, pieces, origin }: TransferOrder): void {
    this.#db
      .prepare(
        'insert into transfer_orders (ordered_at, number, article, pieces, origin) values (?, ?, ?, ?, ?)',
      )
      .run(Date.now(), number, article, pieces, origin)
  }

  /** How often all purchase prices together were set, as the supplier counts. */
  get priceChanges(): number {
    const sql = 'select coalesce(sum(version), 0) as sum from purchase_prices'
    return this.#db.prepare(sql).get()?.sum as number
  }

  count(
    table:
      | 'issues'
      | 'postings'
      | 'customers'
      | 'customer_changes'
      | 'receivables'
      | 'working_time'
      | 'movements'
      | 'bills'
      | 'transfer_orders',
  ): number {
    return this.#db.prepare(`select count(*) as count from ${table} where rowid > 0`).get()?.count as number
  }

  /** What was booked in the ledger, and to the accounts of customers, before a time. */
  ledgerBefore(time: string) {
    const of = (book: string) =>
      this.#db
        .prepare(`select count(*) as n, coalesce(sum(cents), 0) as cents from ${book} where booked_at < ?`)
        .get(time) as { n: number; cents: number }
    const [postings, bills] = [of('postings'), of('bills')]
    return {
      Postings: postings.n,
      Amount: fromUnits(postings.cents, moneyPlaces),
      Entries: bills.n,
      Customers: fromUnits(bills.cents, moneyPlaces),
    }
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
      issues: all('select * from issues where number > 0').map(({ quantity, ...row }) => ({
        ...row,
        quantity: decimal(quantity, quantityPlaces),
      })),
      postings: all('select * from postings where number > 0').map(({ cents, ...row }) => ({
        ...row,
        amount: decimal(cents, moneyPlaces),
      })),
      reservations: all('select * from reservations').map(({ quantity, ...row }) => ({
        ...row,
        quantity: decimal(quantity, quantityPlaces),
      })),
      receivables: all('select * from receivables').map(({ cents, ...row }) => ({
        ...row,
        amount: decimal(cents, moneyPlaces),
      })),
      purchasePrices: all('select * from purchase_prices'),
      workingTime: all('select * from working_time'),
      customers: this.customers.all(),
      customerChanges: this.customers.changes(),
      products: this.sales.products(),
      movements: this.sales.movements(),
      demand: all('select order_no as "order", product, pieces from demand'),
      bills: this.bills.all(),
      transfers: all('select number, article, pieces, origin from transfer_orders order by no'),
      totals: totalsOf(this.#db),
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
  /** One for each line of an order. */
  readonly reservations: readonly { document: number; order_no: string; material: string; quantity: string }[]
  readonly receivables: readonly { number: number; reference: string; customer: string; amount: string }[]
  readonly purchasePrices: readonly { article: string; name: string; price: string; version: number }[]
  readonly workingTime: readonly WorkingTime[]
  readonly customers: readonly ErpCustomer[]
  readonly customerChanges: readonly ErpCustomerChange[]
  readonly products: readonly Product[]
  readonly movements: readonly Movement[]
  /** What planners know of the orders that have left. */
  readonly demand: readonly { order: string; product: string; pieces: number }[]
  readonly bills: readonly BillEntry[]
  readonly transfers: readonly TransferOrder[]
  readonly totals: ErpTotals
}

/** Pieces that are to be moved from one warehouse to the other. */
export interface TransferOrder {
  readonly number: string
  readonly article: string
  readonly pieces: number
  /** From where. */
  readonly origin: 'north' | 'south'
}

/** Of a person on a day. */
export interface WorkingTime {
  readonly day: string
  readonly number: string
  readonly name: string
  readonly department: string
  readonly hours: string
}

// What has no number above 0 is of the years before: nobody but the books themselves knows it any more.
// A reference may occur twice: nothing but the key of a request protects from a second booking, so that one would show.
const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists materials (
    code text primary key, unit text not null, price integer not null,
    opening integer not null, stock integer not null check (stock >= 0)
  ) strict;
  create table if not exists issues (
    number integer primary key, reference text not null, work_order text not null, material text not null,
    quantity integer not null, ${bookedAt}
  ) strict;
  create table if not exists postings (
    number integer primary key, reference text not null, work_order text not null, debit text not null,
    credit text not null, cents integer not null, ${bookedAt}
  ) strict;
  create table if not exists reservations (
    number integer primary key, document integer not null, order_no text not null, material text not null,
    quantity integer not null
  ) strict;
  create table if not exists receivables (
    number integer primary key, reference text not null, customer text not null, cents integer not null
  ) strict;
  create table if not exists purchase_prices (
    article text primary key, name text not null, price text not null, version integer not null
  ) strict;
  create table if not exists working_time (
    day text not null, number text not null, name text not null, department text not null, hours text not null
  ) strict;
  create table if not exists transfer_orders (
    no integer primary key, ordered_at integer not null, number text not null, article text not null,
    pieces integer not null, origin text not null
  ) strict;
  create table if not exists answers (
    key text primary key, request text not null, answer text not null
  ) strict;
`
