import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { flow, type Intake, landscape, model, type SourceChannel, saga, sagaEvent, Type } from 'isthmus'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { processEnds } from '../connectors/runtime.ts'
import { plantDirectory } from '../support/plant.ts'

const count = Number(process.env.SAGAS ?? 100_000)
const file = join(import.meta.dirname, 'waiting.ts')

const Order = model('Order', { version: 1, key: 'no', schema: Type.Object({ no: Type.String() }) })
type Order = { no: string }

/** A saga that waits for an event, for 30 days at most. */
const paid = sagaEvent('paid', Order)
const selling = saga('selling', Order).wait('payment', paid, { within: '30d' })

interface Figures {
  readonly begin: { readonly perSecond: number; readonly megabytes: number }
  readonly restart: {
    readonly seconds: number
    readonly taken: number
    readonly perSecond: number
    readonly megabytes: number
    readonly resting: number
  }
}

/** Sagas that wait: begun by one process, taken up by another one, in which then each of 1,000 gets its event. */
export async function measureWaiting() {
  const directory = plantDirectory()
  try {
    const begun = await inProcess('begin', directory.path)
    const again = await inProcess('restart', directory.path)
    return {
      'waiting sagas': count,
      'begun /s': begun.perSecond,
      'MB while they wait': begun.megabytes,
      'restart to first end s': again.seconds,
      'all are taken up s': again.taken,
      'peak MB after restart': again.megabytes,
      'MB at rest': again.resting,
      'ended by event /s': again.perSecond,
    }
  } finally {
    directory.remove()
  }
}

async function inProcess<T extends 'begin' | 'restart'>(what: T, path: string): Promise<Figures[T]> {
  const args = ['--expose-gc', file, what, path]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', chunk => {
    printed += chunk
  })
  await once(child, 'close')
  return JSON.parse(printed)
}

async function open(path: string) {
  const [begins, tells] = [processEnds(), { ...processEnds() }]
  const orders = { ...begins, made: begins.made as SourceChannel<Order> }
  const payments = { ...tells.made, system: 'payments' } as SourceChannel<Order>
  const store = sqliteStore({ path })
  const statuses = new Map<string, number>()
  const watchers = new Set<() => void>()
  const engine = await startEngine({
    landscape: landscape({
      systems: [begins.ends, { ...tells.ends, name: 'payments' }],
      flows: [flow('orders').from(orders.made).to(selling), flow('payments').from(payments).to(paid)],
      sagas: [selling],
    }),
    store,
    claim: await store.claim('bench'),
    host: realHost(path),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: error => {
      console.error(error)
      process.exit(5)
    },
    watch(event) {
      if (event.type !== 'saga') return
      statuses.set(event.status, (statuses.get(event.status) ?? 0) + 1)
      for (const look of watchers) look()
    },
  })
  /** Resolves when so many sagas have come to be this. */
  const reached = (status: string, many: number) =>
    new Promise<void>(resolve => {
      const look = () => {
        if ((statuses.get(status) ?? 0) < many) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  return { engine, reached, orders: await begins.intake, payments: await tells.intake }
}

async function accept(intake: Intake, first: number, many: number, reached: (n: number) => Promise<void>) {
  const began = performance.now()
  for (let n = first; n < first + many; n += 500) {
    const some = Array.from({ length: Math.min(500, first + many - n) }, (_, i) => `O${n + i}`)
    await intake.accept(some.map(no => ({ id: no, data: { no } })))
    await reached(n - first - 1_000)
  }
  await reached(many)
  return many / ((performance.now() - began) / 1000)
}

async function begin(path: string): Promise<void> {
  const { engine, reached, orders } = await open(path)
  const perSecond = await accept(orders, 0, count, many => reached('waiting', many))
  globalThis.gc?.()
  const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20)
  await engine.stop()
  console.log(JSON.stringify({ perSecond, megabytes }))
}

/** Seconds count from the beginning of the process. */
async function restart(path: string): Promise<void> {
  const { engine, reached, payments } = await open(path)
  await accept(payments, count - 1, 1, many => reached('completed', many))
  const seconds = performance.now() / 1000
  while (engine.sagas.running > 0) await new Promise(resolve => setTimeout(resolve, 20))
  const taken = performance.now() / 1000
  const perSecond = await accept(payments, 0, 1_000, many => reached('completed', many + 1))
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024)
  globalThis.gc?.()
  const resting = Math.round(process.memoryUsage.rss() / 2 ** 20)
  await engine.stop()
  console.log(JSON.stringify({ seconds, taken, perSecond, megabytes, resting }))
}

if (process.argv[1] === file) {
  const path = process.argv[3] as string
  await (process.argv[2] === 'begin' ? begin(path) : restart(path))
}
