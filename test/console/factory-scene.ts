import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Plant, simulated } from '../../examples/factory/plant.ts'
import { ask } from '../../examples/factory/processes.ts'

export interface FactoryScene {
  readonly url: string
  readonly token: string
  readonly plant: Plant
  stop(): Promise<void>
}

/** The factory as `npm start` runs it, with an ERP that has stopped answering, so that there is something to be seen. */
export async function factoryScene(): Promise<FactoryScene> {
  const data = mkdtempSync(join(tmpdir(), 'isthmus-console-'))
  const plant = await Plant.start({ data, rate: 20, seed: 7 })
  const stop = async () => {
    await plant.stop()
    rmSync(data, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    // Some have been set aside, and sagas are under way and completed.
    await reached(async () => {
      const { flows, sagas } = await plant.status()
      const parked = flows.reduce((sum, flow) => sum + flow.parked, 0)
      const saga = sagas.find(({ sinceStart }) => (sinceStart?.completed ?? 0) > 0)
      return parked > 0 && saga !== undefined && saga.waiting + saga.running > 0
    })
    await plant.fault('erp', 'down', 600)
    await reached(async () =>
      (await plant.status()).systems.some(({ unreachable }) => unreachable !== undefined),
    )
    // Enough is there; a little goes on, so that pages move.
    for (const name of simulated) await ask(`${plant.url(name)}/rate`, { rate: 1 })
  } catch (error) {
    await stop()
    throw error
  }
  return { url: plant.url('control'), token: plant.token, plant, stop }
}

/** Rejects after six minutes. */
async function reached(there: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1440; tries++) {
    if (await there()) return
    await delay(250)
  }
  throw new Error('The factory did not come to be as the test needs it.')
}
