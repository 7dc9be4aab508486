import type { OrderRecord } from '../../order-intake/order.ts'
import { load, type Queue } from './queue.ts'

interface Bull {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    addBulk(jobs: readonly object[]): Promise<unknown>
    obliterate(options: object): Promise<void>
    close(): Promise<void>
  }
  readonly Worker: new (
    name: string,
    processor: (job: { readonly data: OrderRecord }) => Promise<void>,
    options: object,
  ) => { waitUntilReady(): Promise<unknown> }
}

/** Ended jobs go, as with the other queues. */
const opts = { removeOnComplete: true }

export const bullmq: Queue = {
  async prepare(url) {
    const { Queue } = (await load('bullmq')) as Bull
    const queue = new Queue('order', { connection: { url } })
    await queue.obliterate({ force: true })
    await queue.close()
  },
  async producer(url) {
    const { Queue } = (await load('bullmq')) as Bull
    const queue = new Queue('order', { connection: { url } })
    return async orders => {
      await queue.addBulk(orders.map(data => ({ name: 'order', data, opts })))
    }
  },
  async work(url, one) {
    const { Worker } = (await load('bullmq')) as Bull
    const connection = { url, maxRetriesPerRequest: null }
    await new Worker('order', job => one(job.data), { connection, concurrency: 100 }).waitUntilReady()
  },
}
