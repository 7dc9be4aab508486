import type { ErpTruth } from './erp/database.ts'
import type { CustomerOrder, OrderLine } from './partners/database.ts'

/** An order that Isthmus has set aside, as far as its number can be read. */
export interface ParkedOrder {
  readonly number: string
  readonly reason: string
}

export interface OrderProof {
  readonly orders: number
  /** Orders that stand in stock and finance, once each, with the right lines and amount. */
  readonly delivered: number
  readonly problems: readonly string[]
}

/**
 * Compares item by item what customers ordered with what the ERP has reserved and finance has booked. It calculates on
 * its own, in integers. An order that was damaged must be parked and known to neither.
 */
export function proveOrders(
  orders: readonly CustomerOrder[],
  erp: Pick<ErpTruth, 'reservations' | 'receivables'>,
  parked: readonly ParkedOrder[],
): OrderProof {
  const reservations = Map.groupBy(erp.reservations, line => line.order_no)
  const receivables = Map.groupBy(erp.receivables, ({ reference }) => reference)
  const reasons = Map.groupBy(parked, ({ number }) => number)
  const problems: string[] = []
  let delivered = 0
  for (const order of orders) {
    const { number } = order
    const held = { lines: reservations.get(number) ?? [], bills: receivables.get(number) ?? [] }
    const found = problemsOf(order, held, reasons.get(number)?.length ?? 0)
    problems.push(...found.map(problem => `${number}: ${problem}`))
    if (found.length === 0 && !order.damaged) delivered++
    for (const known of [reservations, receivables, reasons]) known.delete(number)
  }
  for (const number of new Set([...reservations.keys(), ...receivables.keys(), ...reasons.keys()]))
    problems.push(`${number}: nobody ordered it`)
  return { orders: orders.length, delivered, problems }
}

interface Held {
  readonly lines: ErpTruth['reservations']
  readonly bills: ErpTruth['receivables']
}

function problemsOf(order: CustomerOrder, { lines, bills }: Held, parked: number): string[] {
  if (order.damaged)
    return [
      parked !== 1 && `damaged on purpose, and parked ${parked} times`,
      lines.length + bills.length > 0 && 'damaged on purpose, and booked all the same',
    ].filter(text => text !== false)
  const documents = new Set(lines.map(({ document }) => document)).size
  const reserved = lines.map(({ material, quantity }) => `${quantity} of ${material}`).join(', ')
  const wanted = order.lines.map(line => `${threePlaces(line)} of ${line.article}`).join(', ')
  const [bill] = bills
  const cents = centsOf(order.lines)
  return [
    parked > 0 && 'parked, with nothing wrong',
    documents !== 1 && `${documents} reservations`,
    documents === 1 && reserved !== wanted && `${wanted} ordered, but ${reserved} reserved`,
    bills.length !== 1 && `${bills.length} receivables`,
    bill && bill.customer !== order.customer && `of ${order.customer}, but to be paid by ${bill.customer}`,
    bill && integer(bill.amount) !== cents && `comes to ${cents} cents, but finance has CNY ${bill.amount}`,
  ].filter(text => typeof text === 'string')
}

/** Thousandths by ten-thousandths of a yuan; half a cent is rounded up. */
function centsOf(lines: readonly OrderLine[]): bigint {
  const sum = lines.reduce((total, line) => total + integer(threePlaces(line)) * integer(line.price), 0n)
  return (sum + 50_000n) / 100_000n
}

function threePlaces({ quantity }: OrderLine): string {
  return quantity.includes('.') ? quantity : `${quantity}.000`
}

function integer(decimal: string): bigint {
  return BigInt(decimal.replace('.', ''))
}
