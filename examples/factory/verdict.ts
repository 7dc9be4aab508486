import type { Balance } from '../../src/server/operations/schemas.ts'
import { type Compared, proveArrival } from './arrival-proof.ts'
import { proveCustomers } from './customer-proof.ts'
import type { WorkingTime } from './erp/database.ts'
import type { Reading } from './mes/database.ts'
import { proveOperators } from './operator-proof.ts'
import { type ParkedOrder, proveOrders } from './order-proof.ts'
import { type OrderToCashProof, proveOrderToCash } from './order-to-cash/proof.ts'
import type { ListedPrice } from './partners/database.ts'
import type { Parked } from './plant.ts'
import { type ParkedEvent, prove } from './proof.ts'
import { proveTransfers } from './stock-transfer/proof.ts'
import { conservation } from './summary.ts'
import type { Truths } from './truths.ts'
import { proveWarehouse, type WarehouseTotals } from './warehouse/proof.ts'

export const hoursOfDay: Compared<WorkingTime> = {
  name: ({ day, number }) => `${number} on ${day}`,
  says: ({ name, department, hours }) => `${hours} hours of ${name} of ${department}`,
}

export const purchasePrice: Compared<ListedPrice> = {
  name: ({ article }) => article,
  says: ({ name, price, version }) => `${name} at CNY ${price}, version ${version}`,
}

const temperature: Compared<Reading> = {
  name: ({ station, no }) => `reading ${no} at ${station}`,
  says: ({ celsius }) => `${celsius} °C`,
}

/**
 * Everything proven, in lines. `balanced`: what the systems hold fits item by item, the store's own count holds, and
 * both agree. `warehouse`: what it holds, or what was wrong with its last run.
 */
export function verdict(
  truths: Truths,
  parked: readonly Parked[],
  balance: Balance,
  warehouse?: WarehouseTotals | string,
): { readonly lines: string[]; readonly balanced: boolean } {
  const { mes, erp, crm, hrm, partners, quality, sagas, transfers } = truths
  const { events, damaged, refused, others } = sorted(parked)
  const material = prove(mes.events, erp, events)
  const customers = proveCustomers(crm, erp)
  const operators = proveOperators(hrm.employees, mes.operators)
  const orders = proveOrders(partners.orders, erp, damaged)
  const sales = proveOrderToCash({ crm, erp, mes }, sagas)
  const moves = proveTransfers(erp.transfers, transfers, refused)
  const hours = proveArrival(hrm.timesheets, erp.workingTime, hoursOfDay)
  const prices = proveArrival(partners.prices, erp.purchasePrices, purchasePrice)
  const readings = proveArrival(mes.readings, quality, temperature)
  const stars = typeof warehouse === 'object' ? proveWarehouse(truths, warehouse) : undefined
  const wrong = [
    ...material.problems,
    ...customers.problems,
    ...operators.problems,
    ...orders.problems,
    ...sales.problems,
    ...moves.problems,
    ...hours.problems,
    ...prices.problems,
    ...readings.problems,
    ...(stars?.problems ?? []),
    ...(typeof warehouse === 'string' ? [`The warehouse: ${warehouse}`] : []),
    ...others.map(({ message, reason }) => `${message}: parked, with nothing wrong: ${reason}`),
    ...countedOtherwise(balance, 'material-consumption', material.delivered, 0, material.parked.length),
    ...countedOtherwise(balance, 'customers-to-erp', customers.crm.byPeople, customers.crm.byIsthmus, 0),
    ...countedOtherwise(balance, 'credit-to-crm', customers.erp.byPeople, customers.erp.byIsthmus, 0),
    ...countedOtherwise(balance, 'order-intake', orders.delivered, 0, damaged.length),
    ...countedOtherwise(balance, 'orders-to-stock', orders.delivered, 0, 0),
    ...countedOtherwise(balance, 'orders-to-finance', orders.delivered, 0, 0),
    ...countedOtherwise(balance, 'won-orders', sales.orders, 0, 0),
    ...countedOtherwise(balance, 'production', sales.produced, 0, 0),
    ...countedOtherwise(balance, 'confirmed-to-stock', sales.completed, 0, 0),
    ...countedOtherwise(balance, 'confirmed-to-ledger', sales.completed, 0, 0),
    ...countedOtherwise(balance, 'stock-transfers', moves.moved, 0, refused.length),
    ...countedOtherwise(balance, 'hours-to-erp', hours.items, 0, 0),
    ...countedOtherwise(balance, 'temperatures-to-quality', readings.items, 0, 0),
  ]
  if (!balance.balanced) wrong.push('Isthmus does not know what became of every message.')
  const lines = [
    'Proof, item by item',
    `  The MES sent                  ${material.sent} events`,
    `  in ERP stock and ledger once  ${material.delivered}, CNY ${material.total} in the ledger`,
    `  parked                        ${material.parked.length}`,
    ...material.parked.map(({ eventId, reason }) => `    ${eventId}  ${reason}`),
    `  Customers in CRM and ERP      ${customers.customers}`,
    `  changed by people in the CRM  ${customers.crm.byPeople}, written to the ERP ${customers.erp.byIsthmus}`,
    `  changed by people in the ERP  ${customers.erp.byPeople}, written to the CRM ${customers.crm.byIsthmus}`,
    `  People in HRM and MES         ${operators.employees}, of whom ${operators.left} have left`,
    `  Customers ordered by EDI      ${orders.orders} times`,
    `  reserved and booked once      ${orders.delivered}`,
    `  damaged, and parked           ${damaged.length}`,
    ...damaged.map(({ number, reason }) => `    ${number}  ${reason}`),
    ...salesLines(sales),
    `  Transfers between warehouses  ${moves.orders}, in both ${moves.moved} with ${moves.pieces} pieces, in none ${refused.length}`,
    `  their transactions            ${[...transfers.transactions].map(([word, count]) => `${count} ${word}`).join(', ') || 'none'}`,
    `  Hours of the HRM, by day      ${hours.items}, in the ERP once ${hours.right}`,
    `  Prices of the supplier        ${prices.items}, in the ERP as they are now ${prices.right}`,
    ...(readings.items > 0
      ? [`  Temperatures of stations      ${readings.items}, with quality once ${readings.right}`]
      : []),
    ...(stars?.lines ?? []),
    `  Conservation                  ${conservation(balance)}`,
    ...(wrong.length === 0
      ? [
          'Balanced: every event is in stock and ledger once, or parked with its reason and posted nowhere;',
          'every change by a person is in the other system once, in order, and none has come back;',
          'every order is known to stock and finance once; hours and prices have arrived to the letter;',
          'every order that was won has left, billed and invoiced once, or nothing is left of it;',
          `every transfer stands in both warehouses or in none${stars ? ';' : '.'}`,
          ...(stars ? ['what the warehouse counts and adds up is what every system says of itself.'] : []),
        ]
      : [`NOT BALANCED, ${wrong.length} things are wrong:`]),
    ...wrong.slice(0, 100).map(problem => `  ${problem}`),
  ]
  return { lines, balanced: wrong.length === 0 }
}

function salesLines(sales: OrderToCashProof): string[] {
  return [
    `  Orders to cash                ${sales.orders}`,
    `  completed                     ${sales.completed}, ${sales.shipped} pieces shipped, CNY ${sales.invoiced} invoiced`,
    `  taken back, nothing left      ${sales.compensated}`,
    ...[...sales.reasons].map(([reason, count]) => `    ${count}  ${reason}`),
    `  decided by a clerk            ${sales.cleared} cleared, ${sales.rejected} rejected`,
    `  made for want of stock        ${sales.produced} production orders`,
  ]
}

interface Sorted {
  readonly events: ParkedEvent[]
  readonly damaged: ParkedOrder[]
  /** Numbers of transfers. */
  readonly refused: string[]
  readonly others: Parked[]
}

/** Consumptions, orders and transfers, which may be wrong on purpose, and the rest. */
function sorted(parked: readonly Parked[]): Sorted {
  const of = (name: string) => parked.filter(({ flow }) => flow === name)
  const events = of('material-consumption').map(({ data, message, reason }) => {
    const { eventId = message } = (data ?? {}) as { eventId?: string }
    return { eventId, reason }
  })
  // What cannot be read has no data; its file is called as its order is.
  const damaged = of('order-intake').map(({ message, reason }) => {
    const [number = message] = /PO-\d+/.exec(reason) ?? []
    return { number, reason }
  })
  const refused = of('stock-transfers').map(({ data, message }) => {
    const { number = message } = (data ?? {}) as { number?: string }
    return number
  })
  const expected = ['material-consumption', 'order-intake', 'stock-transfers']
  return { events, damaged, refused, others: parked.filter(({ flow }) => !expected.includes(flow)) }
}

function countedOtherwise(
  { flows }: Balance,
  name: string,
  delivered: number,
  filtered: number,
  parked: number,
): string[] {
  // A flow without messages is not counted.
  const nothing = { accepted: 0, delivered: 0, filtered: 0, parked: 0, inFlight: 0 }
  const counts = flows.find(({ flow }) => flow === name) ?? nothing
  if (counts.delivered === delivered && counts.filtered === filtered && counts.parked === parked) return []
  return [
    `${name}: Isthmus counts ${counts.accepted} accepted = ${counts.delivered} delivered + ` +
      `${counts.filtered} filtered + ${counts.parked} parked + ${counts.inFlight} in flight, ` +
      `but it should be ${delivered}, ${filtered} and ${parked}`,
  ]
}
