import type { DatabaseSync } from 'node:sqlite'
import { ErpDatabase } from '../erp/database.ts'
import { pricePlaces, quantityPlaces, toUnits } from '../erp/fixed-point.ts'
import { materials } from '../erp/master-data.ts'
import { inBaseUnit } from '../units.ts'
import { inBulk } from './bulk.ts'
import type { PastOrder } from './crm.ts'
import type { PastEvent } from './mes.ts'

/** Stock and finance: what was booked for reports of stations and for orders. */
export function erpHistory(path: string, orders: readonly PastOrder[], events: readonly PastEvent[]): void {
  new ErpDatabase(path).close()
  inBulk(path, db => {
    bookIssues(db, events)
    const movements = orders.flatMap(movementsOf).sort((one, other) => one.at - other.at)
    const move = db.prepare(
      'insert into movements (no, order_no, kind, product, pieces, booked_at) values (?, ?, ?, ?, ?, ?)',
    )
    for (const [index, { order, kind, pieces, at }] of movements.entries())
      move.run(index + 1 - movements.length, order.number, kind, order.product, pieces, timeOf(at))
    const entries = orders.flatMap(entriesOf).sort((one, other) => one.at - other.at)
    const enter = db.prepare(
      'insert into bills (number, reference, kind, customer, cents, booked_at) values (?, ?, ?, ?, ?, ?)',
    )
    for (const [index, { order, kind, at }] of entries.entries()) {
      const cents = order.pieces * order.cents
      enter.run(index + 1 - entries.length, order.number, kind, order.customer, cents, timeOf(at))
    }
  })
}

function bookIssues(db: DatabaseSync, events: readonly PastEvent[]): void {
  const issue = db.prepare(
    'insert into issues (number, reference, work_order, material, quantity, booked_at) values (?, ?, ?, ?, ?, ?)',
  )
  const post =
    db.prepare(`insert into postings (number, reference, work_order, debit, credit, cents, booked_at)
    values (?, ?, ?, '5001', '1403', ?, ?)`)
  const prices = new Map(
    materials.map(({ code, price }) => [code as string, toUnits(price, pricePlaces) as number]),
  )
  for (const [index, { consumption, at }] of events.entries()) {
    const { eventId, workOrder, qty, uom } = consumption
    const material = consumption.material.trim().toUpperCase()
    const quantity = toUnits(inBaseUnit(String(qty), uom.toUpperCase()), quantityPlaces) as number
    const number = index + 1 - events.length
    const time = timeOf(at + 1_000)
    issue.run(number, eventId, workOrder, material, quantity, time)
    // Thousandths of a unit at ten-thousandths of a yuan, in cents.
    const cents = Math.round((quantity * (prices.get(material) as number)) / 100_000)
    post.run(number, eventId, workOrder, cents, time)
  }
}

const minute = 60_000

function movementsOf(order: PastOrder) {
  const { fate, pieces, wonAt, deliveredAt, isMade } = order
  const move = (kind: string, of: number, at: number) => ({ order, kind, pieces: of, at })
  if (fate === 'refused') return []
  const reserve = move('reserve', pieces, wonAt + minute)
  if (fate === 'taken back') return [reserve, move('release', pieces, wonAt + 5 * minute)]
  const made = isMade ? [move('receive', 25 * Math.ceil(pieces / 25), deliveredAt - minute)] : []
  return [reserve, ...made, move('ship', pieces, deliveredAt)]
}

function entriesOf(order: PastOrder) {
  const { fate, wonAt, deliveredAt } = order
  const entry = (kind: string, at: number) => ({ order, kind, at })
  if (fate === 'refused') return []
  const bill = entry('bill', wonAt + 2 * minute)
  if (fate === 'taken back') return [bill, entry('cancellation', wonAt + 5 * minute)]
  return [bill, entry('invoice', deliveredAt), entry('revenue', deliveredAt)]
}

function timeOf(at: number): string {
  return new Date(at).toISOString()
}
