import type { DatabaseSync } from 'node:sqlite'
import { bookedAt } from './booked-at.ts'
import { products } from './master-data.ts'
import { Refusal } from './refusal.ts'

/** A product of the factory, in pieces. */
export interface Product {
  readonly code: string
  readonly opening: number
  readonly onHand: number
  /** Of those, how many are kept for orders. */
  readonly reserved: number
}

/** One entry of the book of products: what was done for an order, and for how many pieces. */
export interface Movement {
  readonly no: number
  readonly order: string
  readonly kind: 'reserve' | 'release' | 'receive' | 'ship'
  readonly product: string
  readonly pieces: number
}

interface SalesOrder {
  readonly product: string
  readonly pieces: number
  readonly reserved: number
  readonly state: 'reserved' | 'released' | 'shipped'
}

/** The products of the factory and the orders for them. What it is asked to do, it does again under another request. */
export class Sales {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec(schema)
    const insert = db.prepare('insert or ignore into products values (?, ?, ?, 0)')
    for (const { code, stock } of products) insert.run(code, stock, stock)
  }

  /** Keeps what there is for an order; tells what is missing. */
  reserve(order: string, product: string, pieces: number): { reserved: number; short: number } {
    const { onHand, reserved: kept } = this.#product(product)
    const known = this.#order(order)
    if (known) throw new Refusal('KNOWN-ORDER', `Order ${order} is ${known.state} already.`)
    const reserved = Math.min(onHand - kept, pieces)
    this.#db
      .prepare(`insert into sales_orders values (?, ?, ?, ?, 'reserved')`)
      .run(order, product, pieces, reserved)
    this.#move(order, 'reserve', product, reserved)
    return { reserved, short: pieces - reserved }
  }

  /** Keeps nothing for an order any more. One that is not known, or comes later, is kept nothing for either. */
  release(order: string): { released: number } {
    const known = this.#order(order)
    if (known?.state === 'shipped') throw new Refusal('SHIPPED', `Order ${order} has left the factory.`)
    if (!known) this.#db.prepare(`insert into sales_orders values (?, '', 0, 0, 'released')`).run(order)
    if (known?.state !== 'reserved') return { released: 0 }
    this.#move(order, 'release', known.product, known.reserved)
    this.#set(order, 0, 'released')
    return { released: known.reserved }
  }

  /** Takes what was made into stock, for its order as far as that still needs it. */
  receive(order: string, product: string, pieces: number): { number: number } {
    this.#product(product)
    const number = this.#move(order, 'receive', product, pieces)
    const known = this.#order(order)
    if (known?.state !== 'reserved') return { number }
    const missing = Math.min(pieces, known.pieces - known.reserved)
    if (missing > 0) this.#move(order, 'reserve', product, missing)
    this.#set(order, known.reserved + missing, 'reserved')
    return { number }
  }

  ship(order: string, shipTo: string): { number: number } {
    const known = this.#order(order)
    if (known?.state !== 'reserved') throw new Refusal('NOT-RESERVED', `Nothing is kept for order ${order}.`)
    if (known.reserved < known.pieces)
      throw new Refusal(
        'SHORT',
        `Only ${known.reserved} of ${known.pieces} pieces of order ${order} are there.`,
      )
    if (!shipTo)
      throw new Refusal('NO-ADDRESS', `Nobody knows where to send order ${order}. Ask the customer.`)
    this.#set(order, 0, 'shipped')
    return { number: this.#move(order, 'ship', known.product, known.pieces) }
  }

  products(): Product[] {
    const sql = 'select code, opening, on_hand as onHand, reserved from products order by code'
    return this.#db.prepare(sql).all() as unknown as Product[]
  }

  movements(): Movement[] {
    const sql =
      'select no, order_no as "order", kind, product, pieces from movements where no > 0 order by no'
    return this.#db.prepare(sql).all() as unknown as Movement[]
  }

  #product(code: string): Product {
    const product = this.products().find(each => each.code === code)
    if (product) return product
    throw new Refusal('UNKNOWN-PRODUCT', `The factory does not make "${code}".`)
  }

  #order(order: string): SalesOrder | undefined {
    const sql = 'select product, pieces, reserved, state from sales_orders where order_no = ?'
    return this.#db.prepare(sql).get(order) as unknown as SalesOrder | undefined
  }

  #set(order: string, reserved: number, state: SalesOrder['state']): void {
    const sql = 'update sales_orders set reserved = ?, state = ? where order_no = ?'
    this.#db.prepare(sql).run(reserved, state, order)
  }

  /** Gives the number of the entry. */
  #move(order: string, kind: Movement['kind'], product: string, pieces: number): number {
    const [onHand, reserved] = effects[kind]
    this.#db
      .prepare('update products set on_hand = on_hand + ?, reserved = reserved + ? where code = ?')
      .run(onHand * pieces, reserved * pieces, product)
    const sql = 'insert into movements (order_no, kind, product, pieces) values (?, ?, ?, ?)'
    return Number(this.#db.prepare(sql).run(order, kind, product, pieces).lastInsertRowid)
  }
}

/** What a piece changes: on hand, and reserved. */
const effects = { reserve: [0, 1], release: [0, -1], receive: [1, 0], ship: [-1, -1] } as const

const schema = `
  create table if not exists products (
    code text primary key, opening integer not null, on_hand integer not null, reserved integer not null,
    check (reserved >= 0 and on_hand >= reserved)
  ) strict;
  create table if not exists sales_orders (
    order_no text primary key, product text not null, pieces integer not null, reserved integer not null,
    state text not null
  ) strict;
  create table if not exists movements (
    no integer primary key, order_no text not null, kind text not null, product text not null, pieces integer not null,
    ${bookedAt}
  ) strict;
  create table if not exists demand (order_no text not null, product text not null, pieces integer not null) strict;
`
