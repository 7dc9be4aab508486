import { randomFillSync } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { postgres } from '../scripts/servers/postgres.ts'
import { startTestServers } from '../scripts/test-servers.ts'
import { postgresStore } from '../src/store/postgres/postgres-store.ts'
import type { Claim, NewMessage, Store } from '../src/store/store.ts'
import { query } from '../test/recovery/postgres-fixture.ts'
import { sliceAt } from '../test/recovery/postgres-slices.ts'
import { table } from './support/harness.ts'

// Messages of 0.5 KB in PostgreSQL are accepted and end; then half of many that have ended are retired, while others are
// accepted: a journal in slices against one that is a plain table, whose rows are deleted. Both on the same server.
const [count = 400_000] = process.argv.filter((_, n, all) => all[n - 1] === '--messages').map(Number)
const measured = 20_000
const batch = 500
const width = 8
const began = Date.now() - 40 * 86_400_000
const body = randomFillSync(Buffer.alloc(512))

interface Subject {
  readonly name: string
  readonly schema: string
  readonly store: Store
  readonly claim: Claim
  readonly took: Record<'accepting' | 'settling' | 'retiring', number>
  meanwhile: { messages: number; longest: number; ms: number }
}

const root = fileURLToPath(new URL('..', import.meta.url))
const servers = await startTestServers(root, line => console.error(line), [postgres])
const url = servers.env[postgres.variable] ?? ''
try {
  const subjects = [await subject('slices'), await subject('plain table')]
  for (let n = 0; n < measured; n += batch)
    for (const each of n % (2 * batch) === 0 ? subjects : [...subjects].reverse()) {
      await timed(each, 'accepting', () => each.store.accept(messages(n, batch)))
      await timed(each, 'settling', () => each.store.settle(settlement(each, n)))
    }
  const rows = []
  for (const each of subjects) {
    await query(filling(each.schema), [], url)
    const before = await sizeOf(each)
    const removed = await retireHalf(each)
    rows.push(await rowOf(each, before, removed))
  }
  console.log(process.argv.includes('--json') ? JSON.stringify(rows) : table(rows))
  for (const { store } of subjects) await store.close()
} finally {
  await servers.stop()
}

async function subject(name: string): Promise<Subject> {
  const schema = `bench_${name.replace(' ', '_')}`
  const store = postgresStore({ url, schema })
  const claim = await store.claim('bench')
  const bounds = Array.from({ length: width + 1 }, (_, n) => timeOf((n * count) / width))
  if (name === 'slices') await sliceAt(schema, bounds, url)
  else await query(plain(schema), [], url)
  const took = { accepting: 0, settling: 0, retiring: 0 }
  return { name, schema, store, claim, took, meanwhile: { messages: 0, longest: 0, ms: 0 } }
}

/** What it was before there were slices. */
function plain(schema: string): string {
  return `
  ALTER TABLE ${schema}.entries DETACH PARTITION ${schema}.entries_0;
  DROP TABLE ${schema}.entries;
  ALTER TABLE ${schema}.entries_0 RENAME TO entries;
  UPDATE ${schema}.slices SET high = 9007199254740991`
}

/** The others, by a statement: what they say is never read. */
function filling(schema: string): string {
  const n = `generate_series(${measured + 1}, ${count}) AS n`
  return `BEGIN;
    INSERT INTO ${schema}.entries (flow, seq, accepted_at, checksum, partition, bytes, id, key, head, body)
    SELECT 1, n, ${began} + n, 0, n % 16, 850, 'message-' || n, 'order-' || n, '{"source":"bench"}',
      decode(repeat(md5(n::text), 32), 'hex') FROM ${n};
    INSERT INTO ${schema}.settled (flow, seq, ended_at, checksum, attempts, outcome)
    SELECT 1, n, ${began} + n, 0, 1, 'delivered' FROM ${n};
    UPDATE ${schema}.flows SET head = ${count}, bytes = bytes + ${(count - measured) * 850};
    COMMIT; ANALYZE ${schema}.entries; ANALYZE ${schema}.settled`
}

function timeOf(n: number): number {
  return Math.floor(began + n)
}

function messages(first: number, size: number, at?: number): NewMessage[] {
  return Array.from({ length: size }, (_, index) => {
    const n = first + index
    const time = at ?? timeOf(n)
    return {
      flows: [{ flow: 'orders', partition: n % 16, key: `order-${n}` }],
      id: `message-${n}`,
      head: { source: 'bench', type: 'order', time, contentType: 'application/json' },
      body,
      acceptedAt: time,
      identity: `identity-${n}`,
    }
  })
}

function settlement({ claim }: Subject, n: number) {
  const settled = Array.from({ length: batch }, (_, index) => {
    return { seq: n + index + 1, outcome: 'delivered' as const, at: timeOf(n), attempts: 1 }
  })
  return { flow: 'orders', partition: 0, token: claim.token, cursor: n + batch, settled, unfinished: [] }
}

async function timed(
  subject: Subject,
  what: keyof Subject['took'],
  use: () => Promise<unknown>,
): Promise<void> {
  const start = performance.now()
  await use()
  subject.took[what] += performance.now() - start
}

/** The older half, while others are accepted. */
async function retireHalf(subject: Subject): Promise<number> {
  const { store, meanwhile } = subject
  let removed = 0
  let busy = true
  const accepting = async () => {
    for (let n = count; busy; n += 20) {
      const start = performance.now()
      await store.accept(messages(n, 20, Date.now()))
      const ms = performance.now() - start
      meanwhile.messages += 20
      meanwhile.ms += ms
      meanwhile.longest = Math.max(meanwhile.longest, ms)
    }
  }
  const others = accepting()
  await delay(200)
  await timed(subject, 'retiring', async () => {
    for (let gone = -1; gone !== 0; removed += gone) gone = await store.retire({ before: timeOf(count / 2) })
  })
  busy = false
  await others
  return removed
}

async function sizeOf({ schema }: Subject): Promise<Record<'entries' | 'settled', number>> {
  const text = `SELECT sum(pg_total_relation_size(c.oid)) FILTER (WHERE relname LIKE 'entries%') AS entries,
    sum(pg_total_relation_size(c.oid)) FILTER (WHERE relname = 'settled') AS settled
    FROM pg_class AS c WHERE relnamespace = $1::regnamespace AND relkind = 'r'`
  const [row] = await query(text, [schema], url)
  return { entries: Number(row?.entries) / 2 ** 20, settled: Number(row?.settled) / 2 ** 20 }
}

async function rowOf(subject: Subject, before: { readonly entries: number }, removed: number) {
  const { name, took, meanwhile } = subject
  const perSecond = (messages: number, ms: number) => Math.round((messages / ms) * 1000)
  const after = await sizeOf(subject)
  return {
    journal: name,
    'accepted/s': perSecond(measured, took.accepting),
    'settled/s': perSecond(measured, took.settling),
    removed,
    'removed/s': perSecond(removed, took.retiring),
    'accepted/s meanwhile': perSecond(meanwhile.messages, meanwhile.ms),
    'longest ms': meanwhile.longest,
    'MB before': before.entries,
    'MB after': after.entries,
    'settled MB': after.settled,
  }
}
