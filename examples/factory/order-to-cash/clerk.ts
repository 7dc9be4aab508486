import { setTimeout as delay } from 'node:timers/promises'
import type { Plant } from '../plant.ts'
import { pick } from '../simulated/random.ts'

/** Nobody clears more than this, CNY. */
const highest = 60_000

const clerks = ['he.min', 'lin.yue']

/**
 * A clerk of credit control who looks again and again for orders that wait for a decision, and decides: what comes to
 * too much is rejected. What was set aside because the engine died too often is tried again. While Isthmus does not answer
 * there is nothing to be seen. Never rejects.
 */
export async function clerk(plant: Plant, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await decideAll(plant).catch(() => {})
    await plant.retryCrashed(pick(clerks)).catch(() => {})
    await delay(500, undefined, { signal }).catch(() => {})
  }
}

async function decideAll(plant: Plant): Promise<void> {
  for (const { saga, key, waits } of await plant.waitingSagas())
    for (const { step, for: question, choices } of waits) {
      if (!choices?.includes('clear')) continue
      const amount = Number(/CNY (\d+\.\d\d)/.exec(question)?.[1])
      const tooMuch = !(amount <= highest)
      await plant.decide(saga, key, {
        do: 'decide',
        step,
        choice: tooMuch ? 'reject' : 'clear',
        by: pick(clerks),
        why: tooMuch ? `more than CNY ${highest}` : 'a good customer',
      })
    }
}
