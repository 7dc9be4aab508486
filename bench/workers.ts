import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { realHost } from '../src/engine/host.ts'
import { startInstance } from '../src/server/instance.ts'
import { Workers } from '../src/server/workers/workers.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../src/store/store.ts'
import { median, table } from './support/harness.ts'
import { plantDirectory } from './support/plant.ts'
import landscape, { feed } from './workers/landscape.ts'

// Messages a second through a flow whose mapping takes time of a processor, over an SQLite store: in one process alone, and
// in threads beside it. Each way is measured in a process of its own, in turns.
const count = Number(process.env.COUNT ?? 1_000)
const rounds = Number(process.env.ROUNDS ?? 3)
const ways = [0, 1, 2]

if (process.argv.includes('--threads')) {
  const threads = Number(process.argv[process.argv.indexOf('--threads') + 1])
  process.stdout.write(`rate ${await measure(threads)}\n`, () => process.exit())
} else {
  const rates = new Map<number, number[]>(ways.map(threads => [threads, []]))
  for (let round = 0; round < rounds; round++)
    for (const threads of ways) rates.get(threads)?.push(await inProcess(threads))
  const alone = median(rates.get(0) as number[])
  const rows = [...rates].map(([threads, measured]) => ({
    threads: threads === 0 ? 'none: one process alone' : String(threads),
    'messages /s': Math.round(median(measured)),
    ratio: median(measured) / alone,
  }))
  console.log(process.argv.includes('--json') ? JSON.stringify(rows) : table(rows))
}

async function inProcess(threads: number): Promise<number> {
  const args = [import.meta.filename, '--threads', String(threads)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
  // Beside the logs of the threads.
  return Number(/^rate (.*)$/m.exec(said)?.[1])
}

async function measure(threads: number): Promise<number> {
  const directory = plantDirectory()
  const log = () => {}
  const environment = {
    ...{ ISTHMUS_DATA: directory.path, PORT: '0', ISTHMUS_CONTROL_PORT: '0', ISTHMUS_PARTITIONS: '16' },
    ISTHMUS_LOG: 'json',
  }
  const workers = new Workers({
    ...{ count: threads, environment, log, clock: realHost(), program: '' },
    landscape: new URL('./workers/landscape.ts', import.meta.url).pathname,
    thread: new URL('../src/cli/worker-thread.ts', import.meta.url),
  })
  let store: Store = sqliteStore({ path: directory.path })
  const share = async (...of: Parameters<Workers['share']>) => {
    store = await workers.share(...of)
    return store
  }
  const role = threads === 0 ? {} : { ISTHMUS_ROLE: 'intake,scheduler' }
  const options = { landscape, environment: { ...environment, ...role }, log, store }
  const instance = await startInstance(threads === 0 ? options : { ...options, share })
  if (threads > 0) workers.start(instance.configuration)
  while (threads > 0 && !(await isShared(store, threads))) await pause(20)
  // What is measured begins when the code is compiled.
  await through(store, 0, 200)
  const began = performance.now()
  await through(store, 200, count)
  const rate = count / ((performance.now() - began) / 1000)
  await Promise.all([instance.stop(), workers.stop(5_000)])
  directory.remove()
  return rate
}

async function isShared(store: Store, threads: number): Promise<boolean> {
  const { leases } = await store.read.standing()
  const holders = leases.filter(({ name }) => name.startsWith('partition/')).map(({ holder }) => holder)
  return holders.length === 16 && new Set(holders).size === threads && !holders.includes(undefined)
}

/** Resolves when so many messages were accepted and have ended. */
async function through(store: Store, from: number, count: number): Promise<void> {
  const intake = await feed.promise
  for (let n = from; n < from + count; n += 100)
    await intake.accept(
      Array.from({ length: 100 }, (_, i) => ({ id: String(n + i), data: { n: n + i, key: `k${n + i}` } })),
    )
  while (!(await isDone(store, from + count))) await pause(10)
}

async function isDone(store: Store, count: number): Promise<boolean> {
  const last = (await store.read.settled({ flow: 'checking', from: 1, to: count })).length
  return last === count
}
