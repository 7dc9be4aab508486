import type { OrderRecord } from '../../order-intake/order.ts'
import { load, type Queue } from './queue.ts'

interface Boss {
  start(): Promise<unknown>
  stop(): Promise<void>
  createQueue(name: string, options: object): Promise<void>
  insert(name: string, jobs: readonly object[]): Promise<unknown>
  work(name: string, options: object, handler: (jobs: readonly Job[]) => Promise<void>): Promise<unknown>
  on(event: 'error', listener: (error: unknown) => void): void
}

interface Job {
  readonly data: OrderRecord
}

/** Fetched in batches, at once when the one before was full, and else when it is told of new ones. */
const fetching = {
  batchSize: 200,
  localConcurrency: 2,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 0.5,
}

export const pgBoss: Queue = {
  async prepare(url) {
    const boss = await open(url)
    await boss.createQueue('order', { notify: true })
    await boss.stop()
  },
  async producer(url) {
    const boss = await open(url)
    return async orders => {
      await boss.insert(
        'order',
        orders.map(data => ({ data })),
      )
    }
  },
  async work(url, one) {
    const boss = await open(url)
    await boss.work('order', fetching, async jobs => {
      await Promise.all(jobs.map(({ data }) => one(data)))
    })
  },
}

async function open(connectionString: string): Promise<Boss> {
  const { PgBoss } = (await load('pg-boss')) as { PgBoss: new (options: object) => Boss }
  const boss = new PgBoss({ connectionString, max: 16, useListenNotify: true })
  boss.on('error', error => console.error(error))
  await boss.start()
  return boss
}
