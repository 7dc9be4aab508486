import type { DatabaseSync } from 'node:sqlite'
import type { Unsent } from './database.ts'

export interface ProductionOrder {
  readonly order: string
  readonly product: string
  /** What is wanted, and what the next whole lot makes of it. */
  readonly wanted: number
  readonly pieces: number
  readonly state: 'open' | 'finished' | 'cancelled'
}

/** Pieces that are made together. */
const lot = 25

/** The production orders of the MES. It makes whole lots, and tells when one is finished until that is heard. */
export class Production {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec(schema)
  }

  /** Makes the order unless there is one of its name. */
  put(order: string, product: string, wanted: number): ProductionOrder {
    const due = Date.now() + 200 + 1_300 * Math.random()
    const pieces = lot * Math.ceil(wanted / lot)
    this.#insert(order, product, wanted, pieces, 'open', due)
    return this.#get(order)
  }

  /** An order that is finished stays so. One that is not known is not made later either. */
  cancel(order: string): ProductionOrder {
    this.#insert(order, '', 0, 0, 'cancelled', 0)
    this.#db
      .prepare(`update production_orders set state = 'cancelled' where name = ? and state = 'open'`)
      .run(order)
    return this.#get(order)
  }

  /** Finishes those whose time has come, and gives what is to be told of them. */
  finish(now: number): Unsent[] {
    const sql = `update production_orders set state = 'finished', unheard = 1 where state = 'open' and due <= ?
      returning n, name, product, pieces`
    return this.#db.prepare(sql).all(now).map(told)
  }

  unsent(): Unsent[] {
    const sql = 'select n, name, product, pieces from production_orders where unheard > 0 order by n'
    return this.#db.prepare(sql).all().map(told)
  }

  answered(n: number): number {
    this.#db.prepare('update production_orders set unheard = 0 where n = ?').run(n)
    return 0
  }

  /** `producing`: not finished, or nobody has heard of it. */
  count(which: 'all' | 'producing'): number {
    const where = which === 'all' ? '' : `where state = 'open' or unheard > 0`
    return this.#db.prepare(`select count(*) as count from production_orders ${where}`).get()?.count as number
  }

  all(): ProductionOrder[] {
    return this.#db.prepare(`${all} order by n`).all() as unknown as ProductionOrder[]
  }

  #get(order: string): ProductionOrder {
    return this.#db.prepare(`${all} where name = ?`).get(order) as unknown as ProductionOrder
  }

  #insert(...row: (string | number)[]): void {
    const sql = `insert or ignore into production_orders (name, product, wanted, pieces, state, due)
      values (?, ?, ?, ?, ?, ?)`
    this.#db.prepare(sql).run(...row)
  }
}

function told({ n, name, product, pieces }: Record<string, unknown>): Unsent {
  const body = JSON.stringify({ eventId: `finished-${name}`, order: name, product, pieces })
  return { n: n as number, id: `finished-${name}`, body }
}

const all = 'select name as "order", product, wanted, pieces, state from production_orders'

const schema = `
  create table if not exists production_orders (
    n integer primary key, name text not null unique, product text not null, wanted integer not null,
    pieces integer not null, state text not null, due real not null, unheard integer not null default 0
  ) strict;
`
