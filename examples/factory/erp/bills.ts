import type { DatabaseSync } from 'node:sqlite'
import { bookedAt } from './booked-at.ts'
import { fromUnits, moneyPlaces } from './fixed-point.ts'
import { Refusal } from './refusal.ts'

/** One entry of the accounts of customers. `revenue` is what the ledger has of it. */
export interface BillEntry {
  readonly number: number
  readonly reference: string
  readonly kind: 'bill' | 'cancellation' | 'invoice' | 'revenue'
  readonly customer: string
  /** CNY, 2 decimal places. */
  readonly amount: string
}

/** What an order comes to, that somebody has to agree to: CNY cents. */
const creditOfOrder = 3_000_000

/** Finance's accounts of customers. What it is asked to do, it does again under another request. */
export class Bills {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec(schema)
  }

  credit(cents: number): { Decision: 'approved' | 'blocked'; Limit: string } {
    const Limit = fromUnits(creditOfOrder, moneyPlaces)
    return { Decision: cents > creditOfOrder ? 'blocked' : 'approved', Limit }
  }

  bill(reference: string, customer: string, cents: number): number {
    if (this.#isCancelled(reference))
      throw new Refusal('CANCELLED', `The bill of ${reference} was cancelled.`)
    return this.#add(reference, 'bill', customer, cents)
  }

  /** By a note of credit. Where there is no bill, or comes one later, there will be none. */
  cancel(reference: string): number {
    if (this.#entries(reference, 'invoice').length > 0)
      throw new Refusal('INVOICED', `${reference} was invoiced.`)
    this.#db.prepare('insert or ignore into cancelled values (?)').run(reference)
    const [bill] = this.#entries(reference, 'bill')
    if (!bill || this.#entries(reference, 'cancellation').length > 0) return 0
    return this.#add(reference, 'cancellation', bill.customer, bill.cents)
  }

  invoice(reference: string, customer: string, cents: number): number {
    const [bill] = this.#entries(reference, 'bill')
    if (bill?.cents !== cents || this.#isCancelled(reference))
      throw new Refusal('NO-BILL', `There is no bill of ${reference} that comes to this.`)
    return this.#add(reference, 'invoice', customer, cents)
  }

  revenue(reference: string, customer: string, cents: number): number {
    return this.#add(reference, 'revenue', customer, cents)
  }

  all(): BillEntry[] {
    const rows = this.#db
      .prepare('select number, reference, kind, customer, cents from bills where number > 0 order by number')
      .all()
    return rows.map(({ cents, ...row }) => ({
      ...row,
      amount: fromUnits(cents as number, moneyPlaces),
    })) as unknown as BillEntry[]
  }

  #isCancelled(reference: string): boolean {
    return this.#db.prepare('select 1 from cancelled where reference = ?').get(reference) !== undefined
  }

  #entries(reference: string, kind: BillEntry['kind']): { customer: string; cents: number }[] {
    const sql = 'select customer, cents from bills where reference = ? and kind = ?'
    return this.#db.prepare(sql).all(reference, kind) as unknown as { customer: string; cents: number }[]
  }

  #add(reference: string, kind: BillEntry['kind'], customer: string, cents: number): number {
    const sql = 'insert into bills (reference, kind, customer, cents) values (?, ?, ?, ?)'
    return Number(this.#db.prepare(sql).run(reference, kind, customer, cents).lastInsertRowid)
  }
}

const schema = `
  create table if not exists bills (
    number integer primary key, reference text not null, kind text not null, customer text not null,
    cents integer not null, ${bookedAt}
  ) strict;
  create index if not exists bills_reference on bills (reference);
  create table if not exists cancelled (reference text primary key) strict;
`
