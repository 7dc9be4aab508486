import assert from 'node:assert/strict'
import pg from 'pg'
import { partitionOf } from '../../src/message/partition.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { MessageHead } from '../../src/store/store.ts'
import { orderXml } from '../recovery/order-intake-fixture.ts'
import type { Member } from './member.ts'
import { requireSmall, stopAll } from './oracles.ts'
import { makeWorld, settled, until, type World } from './world.ts'

interface Backlog {
  readonly messages: number
  tell(line: string): void
}

/** Many visits wait, since their table is locked: orders go on beside them, and so does a worker that starts again. */
export async function backlog(
  t: { after(work: () => unknown): void },
  { messages, tell }: Backlog,
): Promise<void> {
  const world = await makeWorld(t, { workers: 2 })
  await Promise.all(world.members.map(member => member.start()))
  await settled(world)
  await post(world, 'visits', 'application/json', JSON.stringify({ id: 'first', customer: 'first', no: 1 }))
  await until('the first is written', async () => (await count(world, 'visits')) === 1)
  const before = await latency(world, 'before')
  const lock = await lockVisits(world)
  t.after(() => lock.end().catch(() => {}))
  await fill(world, messages)
  const [one] = world.workers as [Member]
  const during = await latency(world, 'during')
  assert.equal(await count(world, 'visits'), 1, 'the others wait')
  assert.ok(during < 4 * before + 3_000, `an order took ${before} ms before, and ${during} ms with a backlog`)
  assert.deepEqual(await one.stop(), { code: 0, signal: null })
  const began = performance.now()
  await one.start()
  await settled(world)
  await latency(world, 'again')
  const restarted = performance.now() - began
  assert.ok(restarted < 120_000, `it took ${restarted} ms to start with a backlog`)
  requireSmall(world)
  const memory = Math.max(...world.workers.map(({ load }) => load.memory)) / 2 ** 20
  tell(
    `${messages} waiting: an order takes ${before.toFixed(0)} ms without and ${during.toFixed(0)} ms with them, ` +
      `a restart ${(restarted / 1000).toFixed(1)} s; ${memory.toFixed(0)} MB`,
  )
  await lock.query('rollback')
  await drained(world, messages)
  requireSmall(world)
  await stopAll(world)
}

/** Nobody writes visits until it rolls back. */
async function lockVisits({ database }: World): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url.replace(/postgres$/, 'target') })
  // It ends with its server.
  client.on('error', () => {})
  await client.connect()
  await client.query('begin; lock table visits in share mode')
  return client
}

const customers = 500

/** As if they had been posted. */
async function fill(world: World, messages: number): Promise<void> {
  const [row] = await world.store('select head from cluster.entries limit 1')
  const { identity: _, ...head } = JSON.parse(String(row?.head)) as MessageHead
  const url = world.storeUrl.ours.replace(/\?.*/, '')
  const store = postgresStore({ url, schema: 'cluster' })
  for (let n = 0; n < messages; n += 1_000)
    await store.accept(
      Array.from({ length: Math.min(1_000, messages - n) }, (_, k) => {
        const at = n + k
        const customer = `B-${at % customers}`
        const visit = { id: `B/${at}`, customer, no: Math.floor(at / customers) }
        return {
          flows: [{ flow: 'visits', partition: partitionOf(customer, 16), key: customer }],
          id: `B/${at}`,
          head,
          body: Buffer.from(JSON.stringify(visit)),
          acceptedAt: Date.now(),
        }
      }),
    )
  await store.close()
}

async function drained(world: World, messages: number): Promise<void> {
  for (let last = 0; ; ) {
    const now = await count(world, 'visits')
    if (now === messages + 1) break
    last = now
    await until('more are written', async () => (await count(world, 'visits')) > last)
  }
  const [wrong] = await world.target(`
    select count(*)::int as count from (
      select seen, no, row_number() over (partition by customer order by place) as rank from visits where id <> 'first'
    ) as v where seen <> 1 or no <> rank - 1`)
  assert.equal(wrong?.count, 0, 'each once, in the order of its key')
}

/** Milliseconds from posting an order until it is written: the median of ten. */
async function latency(world: World, name: string): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < 10; n++) {
    const id = `L-${name}-${n}`
    const began = performance.now()
    await post(world, 'orders', 'application/xml', orderXml({ id }))
    await until('the order is written', async () => {
      return (await world.target('select from orders where order_id = $1', [id])).length === 1
    })
    times.push(performance.now() - began)
  }
  return times.sort((a, b) => a - b)[5] as number
}

async function post({ intake }: World, path: string, type: string, body: string): Promise<void> {
  const answer = await fetch(`${intake.url}/${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
  assert.equal(answer.status, 202, await answer.text())
}

async function count({ target }: World, table: string): Promise<number> {
  const [found] = await target('select to_regclass($1) as table', [table])
  if (found?.table === null) return 0
  return Number((await target(`select count(*) as count from ${table}`))[0]?.count)
}
