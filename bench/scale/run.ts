import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from '../../scripts/servers/kept.ts'
import { plantDirectory } from '../support/plant.ts'
import type { Contender, Place, Program } from './contenders.ts'
import type { Databases } from './database.ts'
import { CountedWay } from './round-trips.ts'
import { secondsOf } from './usage.ts'

/** What one run came to; times are in seconds, and those per message are not reckoned yet. */
export interface Run {
  readonly accepted: number
  readonly endToEnd: number
  readonly p99: number
  /** Processor time of the contender's processes, of PostgreSQL's, and of other servers'. */
  readonly own: number
  readonly postgres: number
  readonly others: number
  readonly logBytes: number
  readonly syncs: number
}

export interface Ground {
  readonly databases: Databases
  readonly redis: string
  readonly kafka: string
  /** Processes of PostgreSQL and of other servers. */
  readonly postgres: readonly number[]
  readonly others: readonly number[]
  readonly connections: number
}

const names = { store: 'isthmus_bench_store', orders: 'isthmus_bench_orders' }

/** Orders that come before it counts: everything is connected by then, and what several processes share is compiled in each. */
const warmUp = 10_000

/** Gives how often store or queue was asked; what counts takes time itself, so that only this is measured. */
export async function roundTrips(
  contender: Contender,
  workers: number,
  count: number,
  ground: Ground,
): Promise<number> {
  const way = await CountedWay.to(ground.databases.url)
  try {
    let before = 0
    const warm = () => {
      before = way.count
    }
    await run(contender, workers, count, ground, { over: url => way.over(url), warm })
    return way.count - before
  } finally {
    way.close()
  }
}

/** Takes `count` orders over HTTP, and waits until the last is a row. */
export async function run(
  contender: Contender,
  workers: number,
  count: number,
  ground: Ground,
  { over = (url: string) => url, warm = () => {} } = {},
): Promise<Run> {
  const { databases } = ground
  const directory = plantDirectory()
  const [store, orders] = [await databases.fresh(names.store), await databases.fresh(names.orders)]
  const { redis, kafka } = ground
  const topic = `isthmus-bench-${randomUUID()}`
  const place: Place = { store: over(store), orders, redis, kafka, topic, data: directory.path }
  const processes: ChildProcess[] = []
  try {
    contender.prepare({ ...place, store })
    const port = await freePort()
    processes.push(start(contender.intake(place, workers), port))
    for (let n = 0; contender.worker && n < workers; n++)
      processes.push(start(contender.worker(place), await freePort()))
    await ready(port, processes)
    return await measured(port, count, orders, processes, ground, warm)
  } finally {
    await end(processes)
    directory.remove()
  }
}

async function measured(
  port: number,
  count: number,
  orders: string,
  processes: readonly ChildProcess[],
  { databases, postgres, others, connections }: Ground,
  warm: () => void,
): Promise<Run> {
  const db = new pg.Client({ connectionString: orders })
  await db.connect()
  try {
    await post(port, connections, warmUp, 'WARM')
    await written(db, warmUp)
    await databases.rest()
    // The last outcomes of these are recorded, and the load's process has ended.
    await delay(1_000)
    warm()
    const before = await databases.counted(names.store)
    const pids = processes.flatMap(({ pid }) => pid ?? [])
    const cpu = () => [pids, postgres, others].map(secondsOf) as [number, number, number]
    const first = cpu()
    const began = performance.now()
    const load = await post(port, connections, count, 'SO')
    await written(db, warmUp + count)
    const seconds = (performance.now() - began) / 1000 - load.startUp
    // Outcomes of the last messages are yet to be recorded.
    await delay(300)
    const [own, server, other] = cpu().map((now, n) => now - (first[n] ?? 0)) as [number, number, number]
    const after = await databases.counted(names.store)
    return {
      accepted: load.perSecond,
      endToEnd: count / seconds,
      p99: load.p99,
      own,
      postgres: server,
      others: other,
      logBytes: after.logBytes - before.logBytes,
      syncs: after.syncs - before.syncs,
    }
  } finally {
    await db.end()
  }
}

function start({ args, env }: Program, port: number): ChildProcess {
  return spawn(process.execPath, args, {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function end(processes: readonly ChildProcess[]): Promise<void> {
  for (const one of processes) {
    if (one.exitCode !== null || one.signalCode !== null) continue
    const ended = once(one, 'exit')
    one.kill('SIGKILL')
    await ended
  }
}

async function ready(port: number, processes: readonly ChildProcess[]): Promise<void> {
  for (;;) {
    const dead = processes.find(({ exitCode }) => exitCode !== null)
    if (dead) throw new Error(`a process has ended before the run began: ${dead.spawnargs.join(' ')}`)
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.ok) return
    await delay(20)
  }
}

/** `startUp`: seconds from the start of the load's process to its first request. */
async function post(port: number, connections: number, count: number, prefix: string) {
  const script = join(import.meta.dirname, '../order-intake/load.ts')
  const args = [script, `http://127.0.0.1:${port}`, String(connections), String(count), prefix]
  const load = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [printed, [code]] = await Promise.all([text(load.stdout), once(load, 'close')])
  if (code !== 0) throw new Error('the load has failed')
  return JSON.parse(printed) as { perSecond: number; p99: number; startUp: number }
}

/** Asked so seldom that asking does not count. */
async function written(db: pg.Client, count: number): Promise<void> {
  while ((await db.query('select count(*)::int as n from orders')).rows[0].n < count) await delay(25)
}
