import { setTimeout as delay } from 'node:timers/promises'
import {
  flow,
  idempotent,
  landscape,
  model,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from 'isthmus'
import { LocalOperations } from '../../src/server/operations/local-operations.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { NewMessage, Unfinished } from '../../src/store/store.ts'
import { table } from '../support/harness.ts'
import { plantDirectory } from '../support/plant.ts'

// Failures by cause over very many messages set aside: how long a count takes, how long it keeps others waiting at most,
// and what it leaves in memory. `npm run bench -- console failures [COUNT]`.
// The heap is looked at after a collection: `node --expose-gc` makes it exact.
const count = Number(process.argv.find(argument => /^\d+$/.test(argument)) ?? 1_000_000)
const chunk = 2_000

const Order = model('Order', { version: 1, key: 'no', schema: Type.Object({ no: Type.String() }) })
type OrderData = { no: string }
const base = { system: 'shop', model: Order, options: {} }
const source: SourceChannel<OrderData> = { ...base, role: 'source', name: 'orders' }
const sink: SinkChannel<OrderData, typeof idempotent> = {
  ...base,
  role: 'sink',
  name: 'book',
  effect: idempotent,
}
const connector = {
  name: 'shop',
  summary: {},
  channels: () => ({}),
  connect: () => Promise.reject(new Error('none')),
}
const shop = system('shop', { kind: 'other', connector })
const plan = landscape({ name: 'bench', systems: [shop], flows: [flow('booking').from(source).to(sink)] })

const reasons = [
  (n: number) => `connect ECONNREFUSED 10.8.2.${n % 4}:8443`,
  (n: number) => `order SO-2026-${n} exists`,
  (n: number) => `row ${n} is locked`,
  (n: number) => `422 taxCode is required in line ${n % 90}`,
]

const directory = plantDirectory()
const store = sqliteStore({ path: directory.path })
const { token } = await store.claim('bench')
for (let first = 1; first <= count; first += chunk) {
  const numbers = Array.from({ length: Math.min(chunk, count - first + 1) }, (_, n) => first + n)
  await store.accept(numbers.map(message))
  await store.settle({
    flow: 'booking',
    partition: 0,
    token,
    cursor: numbers.at(-1) ?? 0,
    settled: [],
    unfinished: numbers.map(row),
  })
}

const operations = new LocalOperations({
  reader: store.read,
  landscape: plan,
  store: directory.path,
  log: () => {},
  allowNewEffects: false,
  apply: () => Promise.reject(new Error('nobody decides here')),
  append: async append => (await store.append([append], token))[0] as never,
  resync: async () => {},
  retry: async () => false,
  rebuild: async () => 0,
})
const before = await heap()
const [report, counting] = await timed(() => operations.failures.report({}))
const counted = await heap()
const [, again] = await timed(() => operations.failures.report({}))
const [frozen, freezing] = await timed(() =>
  operations.batches.select(
    { failures: { groups: report.groups.slice(0, 1).map(({ group }) => group) } },
    'bench',
  ),
)
await store.close()
directory.remove()
const told = {
  failures: report.total,
  groups: report.groups.length,
  'count ms': counting.ms,
  'longest pause ms': counting.pause,
  'asked again ms': again.ms,
  'MB kept': (counted - before) / 2 ** 20,
  frozen: frozen.count,
  'freeze ms': freezing.ms,
}
console.log(process.argv.includes('--json') ? JSON.stringify(told) : table([told]))

function message(n: number): NewMessage {
  return {
    flows: [{ flow: 'booking', partition: 0, key: `K${n}` }],
    id: `m${n}`,
    head: { source: 'shop.orders', type: 'Order', time: 0, contentType: 'application/json' },
    body: Buffer.from(`{"no":"${n}"}`),
    acceptedAt: n,
  }
}

function row(seq: number): Unfinished {
  const reason = (reasons[seq % reasons.length] as (n: number) => string)(seq)
  const error = { code: 'TARGET-REFUSED', reason, step: 'shop.book' }
  return { seq, key: `K${seq}`, status: 'parked', attempts: 5, crashes: 0, since: seq, error }
}

async function heap(): Promise<number> {
  for (let n = 0; n < 5; n++) {
    globalThis.gc?.()
    await delay(20)
  }
  return process.memoryUsage().heapUsed
}

/** With the longest time for which nothing else could run. */
async function timed<T>(
  work: () => Promise<T>,
): Promise<[T, { readonly ms: number; readonly pause: number }]> {
  const began = performance.now()
  let last = began
  let pause = 0
  const watch = setInterval(() => {
    pause = Math.max(pause, performance.now() - last)
    last = performance.now()
  }, 1)
  const result = await work()
  clearInterval(watch)
  return [result, { ms: performance.now() - began, pause }]
}
