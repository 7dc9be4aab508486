import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { realHost } from '../../src/engine/host.ts'
import type { LogEntry } from '../../src/observe/log.ts'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import { Workers } from '../../src/server/workers/workers.ts'
import { nobody, type Standing } from '../../src/store/members.ts'
import type { Store } from '../../src/store/store.ts'
import { HttpTarget } from '../integration/http-target.ts'
import landscape from './landscape.ts'

export interface Booking {
  readonly order: string
  readonly customer: string
}

/** The landscape beside this file, with its target and workers. */
export interface Running {
  readonly instance: Instance
  readonly workers: Workers
  standing(): Promise<Standing>
  /** What the target has been told, each order once, in the order in which it was. */
  readonly booked: Booking[]
  /** What the process that starts the workers has logged. */
  readonly logged: LogEntry[]
  /** Resolves when the order is accepted. */
  post(no: string, customer: string, rounds?: number): Promise<void>
  /** Stops the instance and its workers; the target stays. */
  stop(): Promise<void>
}

interface Wanted {
  readonly count: number
  readonly environment?: Record<string, string>
  /** SQLite in the data directory if absent. */
  readonly store?: Store
}

const here = import.meta.dirname

export async function start(
  t: { after(work: () => unknown): void },
  { count, environment = {}, store: given }: Wanted,
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-workers-'))
  const booked: Booking[] = []
  const target = new HttpTarget(({ body }) => ({
    status: 200,
    apply: () => booked.push(JSON.parse(body.toString()) as Booking),
  }))
  await target.up()
  let end = async () => {}
  t.after(async () => {
    await end().finally(() => target.down())
    rmSync(folder, { recursive: true, force: true })
  })
  const settings = { ...process.env, TARGET: target.url, ISTHMUS_DATA: join(folder, 'data'), PORT: '0' }
  const all = { ...settings, ISTHMUS_CONTROL_PORT: '0', ...environment }
  const logged: LogEntry[] = []
  const log = (entry: LogEntry) => void logged.push(entry)
  const workers = new Workers({
    ...{ count, environment: all, log, clock: realHost() },
    landscape: join(here, 'landscape.ts'),
    thread: new URL('../../src/cli/worker-thread.ts', import.meta.url),
    program: join(here, '../../src/cli/main.ts'),
  })
  let store = given
  const instance = await startInstance({
    ...{ landscape, log, store, environment: { ...all, ISTHMUS_ROLE: 'intake,scheduler' } },
    share: async (...of) => {
      store = await workers.share(...of)
      return store
    },
  })
  workers.start(instance.configuration)
  let stopped: Promise<unknown> | undefined
  const stop = async () => {
    stopped ??= Promise.all([instance.stop(), workers.stop(20_000)])
    await stopped
  }
  end = stop
  const standing = async () => (await store?.read.standing()) ?? nobody
  return {
    instance,
    workers,
    standing,
    booked,
    logged,
    stop,
    post: (...order) => post(instance.url, ...order),
  }
}

async function post(url: string, no: string, customer: string, rounds = 100_000): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/hooks/shop/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ no, customer, rounds }),
    })
    await answer.body?.cancel()
    if (answer.ok) return
    if (answer.status !== 503 && answer.status !== 429) throw new Error(`the answer was ${answer.status}`)
    await pause(50)
  }
}

/** Waits until it is so; gives up after four minutes. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 240_000; !(await isSo()); await pause(20))
    if (performance.now() > end) throw new Error(`it did not come about: ${what}`)
}

/** The orders of each customer, in the order in which they were booked. */
export function byCustomer(booked: readonly Booking[]): Map<string, string[]> {
  const orders = new Map<string, string[]>()
  for (const { customer, order } of booked) orders.set(customer, [...(orders.get(customer) ?? []), order])
  return orders
}

/** Those who hold partitions now. */
export async function workerIds({ standing }: Running): Promise<string[]> {
  const { leases } = await standing()
  const held = leases.filter(({ name }) => name.startsWith('partition/'))
  return [...new Set(held.flatMap(({ holder }) => holder ?? []))]
}

export const customers = Array.from({ length: 24 }, (_, n) => `C-${n}`)

/** Orders of all customers in rounds, each sent when the one before of its customer is accepted. */
export async function postAll({ post }: Pick<Running, 'post'>, rounds: readonly number[]): Promise<void> {
  for (const round of rounds)
    await Promise.all(customers.map(customer => post(`${customer}/${round}`, customer)))
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n)

export const ordersOf = (customer: string, rounds: number): string[] =>
  range(1, rounds).map(round => `${customer}/${round}`)
