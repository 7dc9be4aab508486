import type { CrmTruth, WonOrder } from '../crm/database.ts'
import type { ErpTruth } from '../erp/database.ts'
import type { MesTruth } from '../mes/database.ts'
import type { LoggedSaga } from '../saga-logs.ts'

export interface OrderToCashProof {
  readonly orders: number
  readonly completed: number
  readonly compensated: number
  /** Why they turned back, and how many did so. */
  readonly reasons: ReadonlyMap<string, number>
  readonly cleared: number
  readonly rejected: number
  readonly produced: number
  /** Pieces that have left, and CNY that were invoiced for them. */
  readonly shipped: number
  readonly invoiced: string
  readonly problems: readonly string[]
}

interface Books {
  readonly crm: Pick<CrmTruth, 'orders'>
  readonly erp: Pick<ErpTruth, 'products' | 'movements' | 'demand' | 'bills'>
  readonly mes: Pick<MesTruth, 'productionOrders'>
}

/**
 * Compares item by item the books of ERP, finance and MES with what the logs of the sagas say: an order that was completed
 * was reserved, billed, shipped, invoiced and published once, to the piece and to the cent; of one that was taken back
 * nothing is left. It calculates on its own, in integers.
 */
export function proveOrderToCash({ crm, erp, mes }: Books, sagas: readonly LoggedSaga[]): OrderToCashProof {
  const logs = Map.groupBy(sagas, ({ key }) => key)
  const held = heldOf(erp, mes)
  const problems = crm.orders.flatMap(order => {
    const [log, ...others] = logs.get(order.number) ?? []
    logs.delete(order.number)
    if (!log || others.length > 0) return [`${order.number}: ${log ? 'several sagas' : 'no saga'}`]
    return problemsOf(order, log, held(order.number)).map(problem => `${order.number}: ${problem}`)
  })
  const known = new Set(crm.orders.map(({ number }) => number))
  const named = [
    ...erp.movements.map(({ order }) => order),
    ...erp.bills.map(({ reference }) => reference),
    ...erp.demand.map(({ order }) => order),
    ...mes.productionOrders.map(({ order }) => order),
    ...logs.keys(),
  ]
  const madeUp = [...new Set(named)].filter(order => !known.has(order))
  const decisions = sagas.flatMap(saga => saga.decisions)
  return {
    orders: crm.orders.length,
    completed: sagas.filter(({ ended }) => ended === 'completed').length,
    compensated: sagas.filter(({ ended }) => ended === 'compensated').length,
    reasons: countedBy(sagas.flatMap(({ turned }) => (turned === undefined ? [] : [inShort(turned)]))),
    cleared: decisions.filter(text => text.startsWith('clear ')).length,
    rejected: decisions.filter(text => text.startsWith('reject ')).length,
    produced: mes.productionOrders.filter(({ state }) => state === 'finished').length,
    shipped: sum(erp.movements.filter(({ kind }) => kind === 'ship').map(({ pieces }) => pieces)),
    invoiced: yuan(erp.bills.filter(({ kind }) => kind === 'invoice').map(({ amount }) => cents(amount))),
    problems: [
      ...problems,
      ...madeUp.map(order => `${order}: nobody ordered it`),
      ...productProblems(erp),
      ...moneyProblems(erp),
    ],
  }
}

type Held = ReturnType<ReturnType<typeof heldOf>>

/** What the books have of an order. */
function heldOf({ movements, bills, demand }: Books['erp'], { productionOrders }: Books['mes']) {
  const moved = Map.groupBy(movements, ({ order }) => order)
  const billed = Map.groupBy(bills, ({ reference }) => reference)
  const planned = Map.groupBy(demand, ({ order }) => order)
  const made = Map.groupBy(productionOrders, ({ order }) => order)
  return (order: string) => ({
    movements: moved.get(order) ?? [],
    bills: billed.get(order) ?? [],
    demand: planned.get(order) ?? [],
    production: made.get(order) ?? [],
  })
}

function problemsOf(order: WonOrder, log: LoggedSaga, held: Held): string[] {
  const { movements, bills, demand, production } = held
  const pieces = (kind: string) => sum(movements.filter(each => each.kind === kind).map(each => each.pieces))
  const entries = (kind: string) => bills.filter(each => each.kind === kind)
  const [wanted, amount] = [order.pieces, BigInt(order.pieces) * cents(order.price)]
  const isDone = log.ended === 'completed'
  const isRejected = log.decisions.some(text => text.startsWith('reject '))
  const fails = isRejected || order.product === 'PUMP-X' || order.shipTo === ''
  const once = isDone ? 1 : 0
  const [finished] = production.filter(({ state }) => state === 'finished')
  const received = movements.filter(({ kind }) => kind === 'receive')
  const kept = isDone ? wanted : 0
  return [
    log.ended === undefined && 'its saga has not ended',
    isDone && fails && 'completed, and should not have been',
    log.ended === 'compensated' && !fails && !isLate(log) && `taken back without need: ${log.turned}`,
    pieces('reserve') - pieces('release') !== kept &&
      `${pieces('reserve')} pieces reserved and ${pieces('release')} released, but ${kept} shipped`,
    pieces('ship') !== kept && `${pieces('ship')} pieces shipped instead of ${kept}`,
    movements.some(each => each.product !== order.product) &&
      `it moved another product than ${order.product}`,
    entries('bill').length - entries('cancellation').length !== once &&
      `${entries('bill').length} bills and ${entries('cancellation').length} cancellations`,
    entries('bill').length > 1 && `${entries('bill').length} bills`,
    entries('invoice').length !== once && `${entries('invoice').length} invoices`,
    entries('revenue').length !== once && `${entries('revenue').length} times in the ledger`,
    bills.some(each => cents(each.amount) !== amount) && `an amount that is not ${amount} cents`,
    bills.some(each => each.customer !== order.customer) && `another customer than ${order.customer}`,
    demand.length !== once && `planned ${demand.length} times`,
    demand.some(each => each.pieces !== wanted || each.product !== order.product) && 'planned otherwise',
    production.some(({ state }) => state === 'open') && 'it is still being made',
    received.length !== (finished ? 1 : 0) && `made ${finished ? 1 : 0} times, received ${received.length}`,
    finished && sum(received.map(each => each.pieces)) !== finished.pieces && 'received other than made',
  ].filter(text => typeof text === 'string')
}

/** Pieces that were not made in time are taken back, too. */
function isLate({ turned }: LoggedSaga): boolean {
  return turned?.startsWith('it did not come in time') === true
}

/** What was there and was made is there or has left, and nothing is kept for anybody any more. */
function productProblems({ products, movements }: Books['erp']): string[] {
  return products.flatMap(({ code, opening, onHand, reserved }) => {
    const of = (kind: string) =>
      sum(movements.filter(each => each.product === code && each.kind === kind).map(each => each.pieces))
    return [
      opening + of('receive') - of('ship') !== onHand &&
        `${code}: ${opening} at the beginning, ${of('receive')} made and ${of('ship')} shipped, but ${onHand} there`,
      reserved !== 0 && `${code}: ${reserved} pieces are kept for nobody`,
    ].filter(text => typeof text === 'string')
  })
}

/** What was billed and not cancelled was invoiced, and stands in the ledger. */
function moneyProblems({ bills }: Books['erp']): string[] {
  const of = (kind: string) =>
    bills.filter(each => each.kind === kind).reduce((total, { amount }) => total + cents(amount), 0n)
  const due = of('bill') - of('cancellation')
  if (due === of('invoice') && due === of('revenue')) return []
  return [`${due} cents billed and not cancelled, ${of('invoice')} invoiced, ${of('revenue')} in the ledger`]
}

/** Without what differs from order to order. */
function inShort(reason: string): string {
  const known = ['UNKNOWN-PRODUCT', 'NO-ADDRESS', 'credit is cleared', 'did not come in time']
  return known.find(text => reason.includes(text)) ?? reason.replaceAll(/SO-\d+/g, 'an order')
}

function countedBy(texts: readonly string[]): Map<string, number> {
  return new Map([...Map.groupBy(texts, text => text)].map(([text, all]) => [text, all.length]))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

function yuan(amounts: readonly bigint[]): string {
  const all = amounts.reduce((total, each) => total + each, 0n)
  return `${all / 100n}.${String(all % 100n).padStart(2, '0')}`
}

/** All amounts have two decimal places. */
function cents(amount: string): bigint {
  return BigInt(amount.replace('.', ''))
}
