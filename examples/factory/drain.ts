import { setTimeout as delay } from 'node:timers/promises'
import type { Plant } from './plant.ts'

/** How long nothing may get less, milliseconds, before waiting for the rest is given up. */
const patience = 120_000

/**
 * Waits until everything that was sent or changed has arrived and ended: nobody may do anything new meanwhile. False if
 * it was given up. `say` is told what is left.
 */
export async function drained(plant: Plant, say: (left: string) => void): Promise<boolean> {
  let least = Number.POSITIVE_INFINITY
  let zeros = 0
  for (let since = performance.now(); performance.now() - since < patience; await delay(500)) {
    const { unsent, unread, inFlight, sagas, transactions } = await leftOf(plant)
    const sum = unsent + unread + inFlight + sagas + transactions
    zeros = sum === 0 ? zeros + 1 : 0
    if (zeros === 2) return true
    if (sum === 0 || sum >= least) continue
    least = sum
    since = performance.now()
    say(
      `Draining: ${unsent} events to be sent or made, ${unread} changes to be read, ${inFlight} messages in flight, ` +
        `${sagas} sagas and ${transactions} transactions under way ...`,
    )
  }
  return false
}

/**
 * Asked in the order in which things go, but for sagas: what they begin comes after them, and they after others. So zeros
 * mean that all is done when they are there twice.
 */
async function leftOf(plant: Plant) {
  const { changes: crm = 0, orders: won = 0 } = await plant.figures('crm')
  const sagas = await plant.sagas()
  const { events = 0, unsent = 0, readings = 0, producing = 0 } = await plant.figures('mes')
  const { flows } = await plant.balance()
  const { changes: erp = 0, priceChanges: pricesKnown = 0, transfers = 0 } = await plant.figures('erp')
  const { timesheets = 0 } = await plant.figures('hrm')
  const { orders = 0, damaged = 0, priceChanges = 0 } = await plant.figures('partners')
  const missing = (name: string, all: number) =>
    all - (flows.find(({ flow }) => flow === name)?.accepted ?? 0)
  const unread =
    // What Kafka carries has been sent, and is in no flow yet.
    missing('material-consumption', events) +
    missing('customers-to-erp', crm) +
    missing('won-orders', won) +
    missing('confirmed-to-stock', sagas.completed) +
    missing('confirmed-to-ledger', sagas.completed) +
    missing('credit-to-crm', erp) +
    missing('stock-transfers', transfers) +
    missing('temperatures-to-quality', readings) +
    missing('hours-to-erp', timesheets) +
    missing('order-intake', orders) +
    missing('orders-to-stock', orders - damaged) +
    missing('orders-to-finance', orders - damaged) +
    (priceChanges - pricesKnown) +
    (await plant.strangers())
  return {
    unsent: unsent + producing,
    unread,
    sagas: sagas.open,
    transactions: [...(await plant.transactions())].reduce(
      (sum, [word, count]) => sum + (['committed', 'rolled back', 'mixed'].includes(word) ? 0 : count),
      0,
    ),
    inFlight: flows.reduce((sum, flow) => sum + flow.inFlight - flow.inDoubt, 0),
  }
}
