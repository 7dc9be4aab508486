import type { OrderRecord } from '../../order-intake/order.ts'

/** One job queue, set up as its documentation says for much work. */
export interface Queue {
  /** Makes what it needs on its server; once, before all else. */
  prepare(url: string): Promise<void>
  /** Gives what adds orders; it resolves when all of them are durable. */
  producer(url: string): Promise<(orders: readonly OrderRecord[]) => Promise<void>>
  /** Does what is in the queue, until the process ends. `one` does one order. */
  work(url: string, one: (order: OrderRecord) => Promise<void>): Promise<void>
}

const names = ['graphile-worker', 'pg-boss', 'bullmq'] as const
export type QueueName = (typeof names)[number]

export async function queueOf(name: string): Promise<Queue> {
  if (name === 'graphile-worker') return (await import('./graphile.ts')).graphile
  if (name === 'pg-boss') return (await import('./pg-boss.ts')).pgBoss
  if (name === 'bullmq') return (await import('./bullmq.ts')).bullmq
  throw new Error(`There is no queue called ${name}. There are: ${names.join(', ')}`)
}

/** What is only for this benchmark is installed beside it, and nowhere else. */
export async function load(name: string): Promise<unknown> {
  try {
    return await import(name)
  } catch (cause) {
    throw new Error(`${name} is not installed: npm ci --ignore-scripts --prefix bench/scale/queues`, {
      cause,
    })
  }
}
