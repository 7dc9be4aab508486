import type { OrderRecord } from '../../order-intake/order.ts'
import { load, type Queue } from './queue.ts'

interface Graphile {
  readonly makeWorkerUtils: (options: object) => Promise<{
    migrate(): Promise<void>
    addJobs(jobs: readonly object[]): Promise<unknown>
    release(): Promise<void>
  }>
  readonly run: (options: object) => Promise<unknown>
  readonly Logger: new (factory: () => () => void) => object
}

/** As its page on performance is set up. Source: https://worker.graphile.org/docs/performance */
const preset = { concurrentJobs: 24, maxPoolSize: 25, localQueue: { size: 500 }, completeJobBatchDelay: 0 }

export const graphile: Queue = {
  async prepare(url) {
    const utils = await open(url)
    await utils.migrate()
    await utils.release()
  },
  async producer(url) {
    const utils = await open(url)
    return async orders => {
      await utils.addJobs(orders.map(payload => ({ identifier: 'order', payload })))
    }
  },
  async work(url, one) {
    const { run, Logger } = (await load('graphile-worker')) as Graphile
    const worker = { ...preset, connectionString: url, logger: new Logger(() => () => {}) }
    await run({ preset: { worker }, taskList: { order: (payload: OrderRecord) => one(payload) } })
  },
}

async function open(connectionString: string) {
  const { makeWorkerUtils } = (await load('graphile-worker')) as Graphile
  return makeWorkerUtils({ connectionString, maxPoolSize: 16 })
}
