import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { sideBySide } from './connectors/comparison.ts'
import { direct, journalled } from './saga/by-hand.ts'
import { diskSync } from './saga/disk-sync.ts'
import { ofIsthmus } from './saga/of-isthmus.ts'
import { makeOrder, type Order } from './saga/order.ts'
import { type Contender, type Measured, median, ratio, rounds, table, warmUps } from './support/harness.ts'

// A saga of four HTTP steps, of which one in ten is refused at the second and compensated, against two that are
// written by hand with undici: (a) keeps nothing, (b) journals each step to SQLite with group commit. Ours begins with
// a message that a source in this process accepts, so that its way through the journal and a flow counts, too.
// `npm run bench -- saga waiting`: memory and restart with 100,000 sagas that wait.
const json = process.argv.includes('--json')
if (process.argv.includes('waiting')) {
  const { measureWaiting } = await import('./saga/waiting.ts')
  const row = await measureWaiting()
  console.log(json ? JSON.stringify(row) : table([row]))
} else {
  const server = await startServer()
  try {
    const rows = [...(await atWidth(server.url, 32, 1_000)), ...(await atWidth(server.url, 1, 100))]
    const step = await oneStep(server.url, 150)
    console.log(json ? JSON.stringify({ rows, step }) : `${table(rows)}\n\n${table([step])}`)
  } finally {
    server.stop()
  }
}

async function atWidth(url: string, width: number, count: number) {
  const [a, b, ours] = [direct(url, width), journalled(url, width), await ofIsthmus(url, width)]
  const contenders = [
    driven('isthmus', width, count, order => ours.run(order)),
    driven('(a) direct', width, count, order => a.run(order)),
    driven('(b) journalled', width, count, order => b.run(order)),
  ]
  const measured = await rounds(contenders, Number(process.env.ROUNDS ?? 5))
  await Promise.all([ours.stop(), a.close(), b.close()])
  return measured.map((each, n) => ({
    'in flight': width,
    name: each.name,
    'sagas /s': each.perSecond,
    'p50 ms': quantile(contenders[n]?.times() ?? [], 0.5),
    'p99 ms': quantile(contenders[n]?.times() ?? [], 0.99),
    'cpu us per saga': each.cpuMicroseconds,
    'x (a)': ratio(each, measured[1] as Measured),
    'x (b)': ratio(each, measured[2] as Measured),
  }))
}

/** What a journaled step costs while nothing else is under way: ours, (a) and a sync of the disk take turns. */
async function oneStep(url: string, count: number) {
  const [a, ours, disk] = [direct(url, 1), await ofIsthmus(url, 1), diskSync()]
  const syncs: number[] = []
  for (let n = 0; n < 2 * count; n++) {
    if (n === count) for (const warmUp of [ours.steps, a.times, syncs]) warmUp.splice(0)
    await ours.run(makeOrder())
    // The outcome of the message that began it is being recorded.
    await new Promise(resolve => setTimeout(resolve, 3))
    await a.run(makeOrder())
    syncs.push(disk.sync())
  }
  await Promise.all([ours.stop(), a.close()])
  disk.close()
  const [step, call, sync] = [median(ours.steps), median(a.times), median(syncs)]
  return {
    'step ms': step,
    'its call ms': call,
    'disk sync ms': sync,
    'journaled step ms': step - call,
    'beyond the sync ms': step - call - sync,
    'aim ms': 2,
  }
}

/** So many sagas at a time. */
function driven(
  name: string,
  width: number,
  count: number,
  run: (order: Order) => Promise<string>,
): Contender & { times(): readonly number[] } {
  let orders: Order[] = []
  const all: number[][] = []
  return {
    name,
    /** Of each saga, without the warm-up. */
    times: () => all.slice(warmUps).flat(),
    async before() {
      orders = Array.from({ length: count }, makeOrder)
    },
    async run() {
      const times: number[] = []
      all.push(times)
      await sideBySide(width, orders, async order => {
        const began = performance.now()
        const outcome = await run(order)
        times.push(performance.now() - began)
        if (outcome !== (order.isRefused ? 'compensated' : 'completed'))
          throw new Error(`${order.no} ${outcome}`)
      })
      return count
    },
  }
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** It ends with this process. */
async function startServer(): Promise<{ url: string; stop(): void }> {
  const file = join(import.meta.dirname, 'saga/http-server.ts')
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  return { url: String(line).trim(), stop: () => child.stdin.end() }
}
