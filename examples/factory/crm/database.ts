import { DatabaseSync } from 'node:sqlite'

export interface CrmCustomer {
  readonly number: string
  readonly name: string
  readonly city: string
  /** Whole CNY; null until somebody has told it. */
  readonly creditLimit: number | null
  readonly paymentDays: number | null
}

/** One change of a customer, as it was after it. */
export interface CrmChange {
  readonly no: number
  /** Milliseconds since 1970 UTC. */
  readonly changedAt: number
  readonly changedBy: string
  readonly customer: CrmCustomer
}

/** An order that sales has won. */
export interface WonOrder {
  readonly no: number
  /** Milliseconds since 1970 UTC. */
  readonly wonAt: number
  readonly number: string
  readonly customer: string
  readonly product: string
  readonly pieces: number
  /** CNY for one piece, 2 decimal places. */
  readonly price: string
  /** Empty if sales has forgotten to ask. */
  readonly shipTo: string
}

/** Orders of a product, the years before included. */
export interface OrderTotal {
  readonly product: string
  readonly orders: number
  readonly pieces: number
}

export interface CrmTruth {
  readonly customers: readonly CrmCustomer[]
  readonly changes: readonly CrmChange[]
  readonly orders: readonly WonOrder[]
  readonly totals: readonly OrderTotal[]
}

/** The CRM's memory: customers, and a log of who changed what. Every commit is synced to disk. */
export class CrmDatabase {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { timeout: 5_000 })
    this.#db.exec(schema)
  }

  customers(): CrmCustomer[] {
    const rows = this.#db.prepare('select customer from customers order by number').all()
    return rows.map(({ customer }) => JSON.parse(customer as string))
  }

  count(table: 'customers' | 'changes' | 'orders'): number {
    return this.#db.prepare(`select count(*) as count from ${table} where rowid > 0`).get()?.count as number
  }

  /** Those behind a number and not before a time, in their order. What has no number above 0 is of the years before. */
  changes(after = 0, since = 0, limit = -1): CrmChange[] {
    const sql = 'select * from changes where no > ? and changed_at >= ? order by no limit ?'
    return this.#db
      .prepare(sql)
      .all(after, since, limit)
      .map(({ no, changed_at, changed_by, customer }) => ({
        no: no as number,
        changedAt: changed_at as number,
        changedBy: changed_by as string,
        customer: JSON.parse(customer as string),
      }))
  }

  /** Makes or changes a customer, and gives it as it is now. The same `requestId` does so once. */
  put(
    change: Pick<CrmCustomer, 'number'> & Partial<CrmCustomer>,
    changedBy: string,
    requestId?: string,
  ): CrmCustomer {
    const { number } = change
    this.#db.exec('begin immediate')
    const known = this.#db.prepare('select customer from customers where number = ?').get(number)
    const before: CrmCustomer = known ? JSON.parse(known.customer as string) : { ...newCustomer, number }
    const isNew = requestId === undefined || this.#remember(requestId)
    const after = isNew ? { ...before, ...change } : before
    const text = JSON.stringify(after)
    if (isNew) {
      this.#db.prepare('insert or replace into customers values (?, ?)').run(number, text)
      this.#db
        .prepare('insert into changes (changed_at, changed_by, customer) values (?, ?, ?)')
        .run(Date.now(), changedBy, text)
    }
    this.#db.exec('commit')
    return after
  }

  win({ number, customer, product, pieces, price, shipTo }: Omit<WonOrder, 'no' | 'wonAt'>): void {
    const sql =
      'insert into orders (won_at, number, customer, product, pieces, price, ship_to) values (?, ?, ?, ?, ?, ?, ?)'
    this.#db.prepare(sql).run(Date.now(), number, customer, product, pieces, price, shipTo)
  }

  /** Those behind a number and not before a time, in their order. */
  orders(after = 0, since = 0, limit = -1): WonOrder[] {
    const sql = `select no, won_at as wonAt, number, customer, product, pieces, price, ship_to as shipTo from orders
      where no > ? and won_at >= ? order by no limit ?`
    return this.#db.prepare(sql).all(after, since, limit) as unknown as WonOrder[]
  }

  totals(): OrderTotal[] {
    const sql = `select product, count(*) as orders, sum(pieces) as pieces from orders group by product order by product`
    return this.#db.prepare(sql).all() as unknown as OrderTotal[]
  }

  close(): void {
    this.#db.close()
  }

  #remember(requestId: string): boolean {
    return this.#db.prepare('insert or ignore into requests values (?)').run(requestId).changes === 1
  }
}

const newCustomer = { name: '', city: '', creditLimit: null, paymentDays: null }

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists customers (number text primary key, customer text not null) strict;
  create table if not exists changes (
    no integer primary key, changed_at integer not null, changed_by text not null, customer text not null
  ) strict;
  create table if not exists orders (
    no integer primary key, won_at integer not null, number text not null unique, customer text not null,
    product text not null, pieces integer not null, price text not null, ship_to text not null
  ) strict;
  create table if not exists requests (id text primary key) strict;
`
