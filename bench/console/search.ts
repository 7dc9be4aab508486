import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { FindQuery, NewMessage, Store } from '../../src/store/store.ts'
import { table } from '../support/harness.ts'

// Search by business key over many messages: three flows, each key three times, at hours that lie apart; the keys of a
// day begin alike, as order numbers do, and there are as many random ones. Every question is asked of the store as the
// console asks it, in this process, one after another.
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    messages: { type: 'string', default: '10000000' },
    store: { type: 'string', default: 'sqlite' },
    /** Where the store of SQLite is kept, so that a second run need not fill it again. */
    keep: { type: 'string' },
    questions: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
})
const count = Number(values.messages)
const flows = ['orders', 'deliveries', 'invoices']
const keys = Math.ceil(count / flows.length)
const perDay = 20_000
const began = Date.UTC(2026, 0, 1)

const directory = values.keep ?? mkdtempSync(join(tmpdir(), 'isthmus-search-'))
mkdirSync(directory, { recursive: true })
const insert = `insert into entries (flow, seq, accepted_at, checksum, partition, bytes, id, key, head, body)
  select flow, seq, at, 0, 0, 100, id, key, '{"source":"bench","type":"Order.v1"}', decode(repeat('ab', 60), 'hex')
  from unnest($1::int[], $2::bigint[], $3::bigint[], $4::text[], $5::text[]) as t (flow, seq, at, id, key)`

const store = open()
try {
  await store.claim('bench')
  const filled = values.store === 'sqlite' ? await fill() : await fillByStatement()
  await indexed()
  const rows = []
  for (const [question, query] of Object.entries(questions())) rows.push(await measured(question, query))
  const told = values.json ? JSON.stringify({ filled, rows }) : `${describe(filled)}\n${table(rows)}`
  console.log(told)
} finally {
  await store.close()
  if (values.keep === undefined) rmSync(directory, { recursive: true, force: true })
}

function open(): Store {
  if (values.store === 'sqlite') return sqliteStore({ path: join(directory, 'store'), ballastBytes: 4096 })
  const url = process.env.ISTHMUS_TEST_POSTGRES
  if (url === undefined) throw new Error('Set ISTHMUS_TEST_POSTGRES to the URL of a PostgreSQL.')
  return postgresStore({ url, schema: 'bench_search' })
}

/** Messages that are there already are not accepted again. */
async function fill() {
  const states = await store.read.flows()
  let next = states.reduce((sum, { head }) => sum + head, 0)
  const first = next
  const start = performance.now()
  const cpu = process.cpuUsage()
  const worker = async () => {
    while (next < count) {
      const from = next
      next = Math.min(next + 2000, count)
      await store.accept(Array.from({ length: next - from }, (_, n) => message(from + n)))
    }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  const { user, system } = process.cpuUsage(cpu)
  const accepted = count - first
  return {
    accepted,
    seconds: (performance.now() - start) / 1000,
    cpuMicroseconds: (user + system) / accepted,
  }
}

/**
 * The rows that acceptance would write, but for their checksums, which searching does not look at: ten million
 * acceptances with their syncs are another benchmark's.
 */
async function fillByStatement() {
  const client = new pg.Client({ connectionString: process.env.ISTHMUS_TEST_POSTGRES })
  await client.connect()
  const start = performance.now()
  try {
    await client.query('set search_path to bench_search')
    await client.query('set synchronous_commit to off')
    const { rows } = await client.query('select coalesce(sum(head), 0) as there from flows')
    const there = Number(rows[0]?.there)
    if (there === 0)
      for (const flow of flows) await client.query('insert into flows (name) values ($1)', [flow])
    const heads = flows.map(() => 0)
    for (let from = there; from < count; from += 20_000) {
      const part = Array.from({ length: Math.min(20_000, count - from) }, (_, n) => message(from + n))
      await client.query(insert, columnsOf(part, heads))
    }
    if (there === 0)
      for (const [n, head] of heads.entries())
        await client.query('update flows set head = $1 where name = $2', [head, flows[n]])
    await client.query('analyze entries')
    return { accepted: count - there, seconds: (performance.now() - start) / 1000, cpuMicroseconds: 0 }
  } finally {
    await client.end()
  }
}

function columnsOf(part: readonly NewMessage[], heads: number[]): unknown[] {
  const columns: [number[], number[], number[], string[], string[]] = [[], [], [], [], []]
  for (const {
    flows: [address],
    id,
    acceptedAt,
  } of part) {
    const no = flows.indexOf(address?.flow ?? '')
    heads[no] = (heads[no] ?? 0) + 1
    columns[0].push(no + 1)
    columns[1].push(heads[no])
    columns[2].push(acceptedAt)
    columns[3].push(id)
    columns[4].push(address?.key ?? '')
  }
  return columns
}

/** The n-th: its key comes three times, a few hours apart. */
function message(n: number): NewMessage {
  const lap = Math.floor(n / (3 * perDay))
  const within = n % (3 * perDay)
  const key = keyOf(Math.min(keys - 1, lap * perDay + (within % perDay)))
  const acceptedAt = began + n * 260
  return {
    flows: [{ flow: flows[Math.floor(within / perDay)] ?? 'orders', partition: 0, key }],
    id: `01890000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
    head: { source: 'bench', type: 'Order.v1', time: acceptedAt, contentType: 'application/json' },
    body: Buffer.from(JSON.stringify({ orderNo: key, quantity: n % 100, customer: `C-${n % 1000}` })),
    acceptedAt,
  }
}

/** Every second one is random to look at. */
function keyOf(n: number): string {
  if (n % 2 === 1) return (Math.imul(n, 0x9e3779b1) >>> 0).toString(36).padStart(7, '0').toUpperCase()
  const day = new Date(began + Math.floor(n / perDay) * 86_400_000).toISOString().slice(0, 10)
  return `SO-${day}-${String(n % perDay).padStart(5, '0')}`
}

/** Until the newest are indexed, as far as they will be. */
async function indexed(): Promise<void> {
  for (let waited = 0; waited < 600; waited++) {
    if ((await store.read.find({ keys: ['none'], limit: 1 })).unsearched === 0) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

function questions(): Record<string, () => FindQuery> {
  const random = seeded(7)
  const any = () => keyOf(Math.floor(random() * keys))
  const ordered = () => keyOf(Math.floor((random() * keys) / 2) * 2)
  return {
    'whole key': () => ({ keys: [any()], limit: 50 }),
    'key that is not there': () => ({ keys: [`${any()}x`], limit: 50 }),
    'beginning of a few': () => ({ prefix: any().slice(0, -1), limit: 50 }),
    'beginning of about 150': () => ({ prefix: ordered().slice(0, 16), limit: 50 }),
    'beginning of a day (30,000)': () => ({ prefix: ordered().slice(0, 13), limit: 50 }),
    'beginning of nearly all': () => ({ prefix: 'SO-', limit: 50 }),
    '50 keys of a list': () => ({ keys: Array.from({ length: 50 }, any), limit: 200 }),
    '200 keys of a list': () => ({ keys: Array.from({ length: 200 }, any), limit: 800 }),
  }
}

async function measured(question: string, query: () => FindQuery) {
  const times: number[] = []
  let found = 0
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const asked = Number(values.questions)
  await store.read.find(query())
  const cpu = process.cpuUsage()
  delay.enable()
  for (let n = 0; n < asked; n++) {
    const start = performance.now()
    found += (await store.read.find(query())).messages.length
    times.push(performance.now() - start)
  }
  delay.disable()
  const { user, system } = process.cpuUsage(cpu)
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0
  return {
    question,
    found: found / asked,
    'p50 ms': at(0.5),
    'p95 ms': at(0.95),
    'max ms': at(1),
    'cpu ms': (user + system) / 1000 / asked,
    'longest turn ms': delay.max / 1e6,
  }
}

function describe({ accepted, seconds, cpuMicroseconds }: Awaited<ReturnType<typeof fill>>): string {
  const per =
    accepted === 0
      ? ''
      : `, ${Math.round(accepted / seconds)} a second, ${cpuMicroseconds.toFixed(1)} us of CPU each`
  return `${values.store}: ${count} messages (${accepted} accepted now${per})`
}

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
