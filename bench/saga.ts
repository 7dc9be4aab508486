import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { sideBySide } from './connectors/comparison.ts'
import { direct, journalled } from './saga/by-hand.ts'
import { diskSync } from './saga/disk-sync.ts'
import { ofIsthmus } from './saga/of-isthmus.ts'
import { makeOrder, type Order } from './saga/order.ts'
import { type Contender, median, ratio, rounds, table } from './support/harness.ts'

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
    const throughput = await atWidth(server.url, 32, 1_600)
    const low = await atWidth(server.url, 1, 200)
    if (json) console.log(JSON.stringify({ throughput: throughput.rows, low: low.rows, step: low.step }))
    else console.log([throughput.rows, low.rows, [low.step]].map(table).join('\n\n'))
  } finally {
    server.stop()
  }
}

async function atWidth(url: string, width: number, count: number) {
  const [a, b, ours, disk] = [
    direct(url, width),
    journalled(url, width),
    await ofIsthmus(url, width),
    diskSync(),
  ]
  const contenders = [
    driven('isthmus', width, count, order => ours.run(order)),
    driven('(a) direct', width, count, order => a.run(order)),
    driven('(b) journalled', width, count, order => b.run(order)),
  ]
  const measured = await rounds([...contenders, disk.contender], Number(process.env.ROUNDS ?? 5))
  const by = measured.map((each, n) => ({ ...each, times: contenders[n]?.times() ?? [] }))
  const rows = by.slice(0, 3).map(each => ({
    'in flight': width,
    name: each.name,
    'sagas /s': each.perSecond,
    'p50 ms': quantile(each.times, 0.5),
    'p99 ms': quantile(each.times, 0.99),
    'cpu us': each.cpuMicroseconds,
    'x (a)': ratio(each, by[1] as never),
    'x (b)': ratio(each, by[2] as never),
  }))
  const [step, call, sync] = [median(ours.steps), median(a.times), median(disk.times)]
  await Promise.all([ours.stop(), a.close(), b.close()])
  disk.close()
  return {
    rows,
    step: {
      'step ms': step,
      'its call ms': call,
      'disk sync ms': sync,
      'journaled step ms': step - call,
      'beyond the sync ms': step - call - sync,
      'aim ms': 2,
    },
  }
}

/** So many sagas at a time. Orders and their times are of the last rounds: those of the warm-up are forgotten. */
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
    times: () => all.slice(2).flat(),
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
