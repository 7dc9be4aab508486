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
  for (let since = performance.now(); performance.now() - since < patience; await delay(500)) {
    const { unsent, unread, inFlight } = await leftOf(plant)
    const sum = unsent + unread + inFlight
    if (sum === 0) return true
    if (sum >= least) continue
    least = sum
    since = performance.now()
    say(
      `Draining: ${unsent} events to be sent, ${unread} changes to be read, ${inFlight} messages in flight ...`,
    )
  }
  return false
}

/** Asked in the order in which things go, so that three zeros mean that all is done. */
async function leftOf(plant: Plant) {
  const { unsent = 0, readings = 0 } = await plant.figures('mes')
  const { flows } = await plant.balance()
  const { changes: crm = 0 } = await plant.figures('crm')
  const { changes: erp = 0, priceChanges: pricesKnown = 0 } = await plant.figures('erp')
  const { timesheets = 0 } = await plant.figures('hrm')
  const { orders = 0, damaged = 0, priceChanges = 0 } = await plant.figures('partners')
  const missing = (name: string, all: number) =>
    all - (flows.find(({ flow }) => flow === name)?.accepted ?? 0)
  const unread =
    missing('customers-to-erp', crm) +
    missing('credit-to-crm', erp) +
    missing('temperatures-to-quality', readings) +
    missing('hours-to-erp', timesheets) +
    missing('order-intake', orders) +
    missing('orders-to-stock', orders - damaged) +
    missing('orders-to-finance', orders - damaged) +
    (priceChanges - pricesKnown) +
    (await plant.strangers())
  return { unsent, unread, inFlight: flows.reduce((sum, flow) => sum + flow.inFlight - flow.inDoubt, 0) }
}
