import { DatabaseSync } from 'node:sqlite'
import { articles } from './master-data.ts'

export interface OrderLine {
  readonly article: string
  readonly quantity: string
  /** As EDIFACT names it: PCE or MTR. */
  readonly unit: string
  /** CNY per unit, 4 decimal places. */
  readonly price: string
}

export interface CustomerOrder {
  readonly number: string
  readonly customer: string
  readonly lines: readonly OrderLine[]
  /** On purpose, the message does not have as many segments as it says. */
  readonly damaged: boolean
}

/** An order that must still be put into the folder, and the text of its file. */
export interface UnsentOrder {
  readonly number: string
  readonly edi: string
}

/** One line of the supplier's price list. */
export interface ListedPrice {
  readonly article: string
  readonly name: string
  /** CNY, 4 decimal places. */
  readonly price: string
  /** How often it was set, from 1 on. */
  readonly version: number
}

export interface PartnersTruth {
  readonly orders: readonly CustomerOrder[]
  readonly prices: readonly ListedPrice[]
}

/** What customers have ordered, and what the supplier asks for its articles. Every commit is synced to disk. */
export class PartnersDatabase {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path)
    this.#db.exec(schema)
    const insert = this.#db.prepare('insert or ignore into prices values (?, ?, ?, 1)')
    for (const { code, name, price } of articles) insert.run(code, name, price)
  }

  get orderCount(): number {
    return this.#db.prepare('select count(*) as count from orders').get()?.count as number
  }

  get damagedCount(): number {
    return this.#db.prepare('select count(*) as count from orders where damaged = 1').get()?.count as number
  }

  get priceChanges(): number {
    return this.#db.prepare('select sum(version) as sum from prices').get()?.sum as number
  }

  addOrder({ number, customer, lines, damaged }: CustomerOrder, edi: string): UnsentOrder {
    const sql =
      'insert into orders (number, customer, lines, damaged, edi) values (?, ?, ?, ?, ?) returning number, edi'
    const row = this.#db.prepare(sql).get(number, customer, JSON.stringify(lines), damaged ? 1 : 0, edi)
    return row as unknown as UnsentOrder
  }

  unsent(): UnsentOrder[] {
    return this.#db
      .prepare('select number, edi from orders where sent = 0 order by n')
      .all() as unknown as UnsentOrder[]
  }

  sent(number: string): void {
    this.#db.prepare('update orders set sent = 1 where number = ?').run(number)
  }

  orders(): CustomerOrder[] {
    const rows = this.#db.prepare('select number, customer, lines, damaged from orders order by n').all()
    return rows.map(({ lines, damaged, ...row }) => ({
      ...row,
      lines: JSON.parse(lines as string),
      damaged: damaged === 1,
    })) as unknown as CustomerOrder[]
  }

  setPrice(article: string, price: string): void {
    this.#db
      .prepare('update prices set price = ?, version = version + 1 where article = ?')
      .run(price, article)
  }

  prices(): ListedPrice[] {
    const sql = 'select article, name, price, version from prices order by article'
    return this.#db.prepare(sql).all() as unknown as ListedPrice[]
  }
}

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists orders (
    n integer primary key, number text not null unique, customer text not null, lines text not null,
    damaged integer not null, edi text not null, sent integer not null default 0
  ) strict;
  create table if not exists prices (
    article text primary key, name text not null, price text not null, version integer not null
  ) strict;
`
