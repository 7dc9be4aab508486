import type { DatabaseSync } from 'node:sqlite'

export interface ErpCustomer {
  readonly number: string
  readonly name: string
  readonly city: string
  /** Whole CNY. */
  readonly creditLimit: number
  /** Days until an invoice is due. */
  readonly paymentDays: number
}

/** One change of a customer, as it was after it; by whom. */
export interface ErpCustomerChange extends ErpCustomer {
  readonly no: number
  readonly changedBy: string
}

/** The ERP's customers, and a log of who changed what. */
export class Customers {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec(schema)
  }

  /** Makes or changes one, within the caller's transaction; gives the number of the change. */
  put(change: Pick<ErpCustomer, 'number'> & Partial<ErpCustomer>, changedBy: string): number {
    const { number } = change
    const { name, city, creditLimit, paymentDays } = { ...newCustomer, ...this.get(number), ...change }
    this.#db
      .prepare('insert or replace into customers values (?, ?, ?, ?, ?)')
      .run(number, name, city, creditLimit, paymentDays)
    const sql = `insert into customer_changes (changed_at, changed_by, customer, name, city, credit_limit, payment_days)
      values (?, ?, ?, ?, ?, ?, ?)`
    const row = [Date.now(), changedBy, number, name, city, creditLimit, paymentDays]
    return Number(this.#db.prepare(sql).run(...row).lastInsertRowid)
  }

  get(number: string): ErpCustomer | undefined {
    return this.all().find(customer => customer.number === number)
  }

  all(): ErpCustomer[] {
    const sql = `select number, name, city, credit_limit as creditLimit, payment_days as paymentDays
      from customers order by number`
    return this.#db.prepare(sql).all() as unknown as ErpCustomer[]
  }

  /** In their order. */
  changes(): ErpCustomerChange[] {
    const sql = `select no, changed_by as changedBy, customer as number, name, city, credit_limit as creditLimit,
      payment_days as paymentDays from customer_changes order by no`
    return this.#db.prepare(sql).all() as unknown as ErpCustomerChange[]
  }
}

const newCustomer = { name: '', city: '', creditLimit: 0, paymentDays: 30 }

const schema = `
  create table if not exists customers (
    number text primary key, name text not null, city text not null, credit_limit integer not null,
    payment_days integer not null
  ) strict;
  create table if not exists customer_changes (
    no integer primary key, changed_at integer not null, changed_by text not null, customer text not null,
    name text not null, city text not null, credit_limit integer not null, payment_days integer not null
  ) strict;
`
