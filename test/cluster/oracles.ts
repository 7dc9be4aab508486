import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { isthmus } from '../recovery/order-intake-fixture.ts'
import type { Load } from './load.ts'
import { until, type World } from './world.ts'

/** Everything accepted has its effect, once and in the order of its key. Gives how long that took: milliseconds. */
export async function requireEffects(world: World, load: Load): Promise<number> {
  const took = await until('what was accepted is written', async () => {
    const [row] = await world.target(
      'select (select count(*) from orders) + (select count(*) from visits) as count',
    )
    return Number(row?.count) >= load.accepted
  })
  const orders = await world.target('select order_id, seen from orders')
  assert.deepEqual(new Set(orders.map(({ order_id }) => order_id)), load.orders)
  const visits = await world.target('select customer, no, seen from visits order by place')
  assert.deepEqual(
    [...orders, ...visits].filter(({ seen }) => seen !== 1),
    [],
    'nothing is written twice',
  )
  const written = Map.groupBy(visits, ({ customer }) => String(customer))
  for (const [customer, last] of load.visits)
    assert.deepEqual(
      written.get(customer)?.map(({ no }) => no),
      Array.from({ length: last }, (_, n) => n + 1),
      `visits of ${customer}`,
    )
  await requireTicks(world)
  return took
}

/** Each second up to now has been told of once, whoever had the schedule then, and also where nobody had it. */
async function requireTicks({ target }: World): Promise<void> {
  const [now] = await target('select max(at) as last from ticks')
  const told = async () => {
    const [row] = await target(
      `select count(*)::int as count, count(distinct at)::int as times,
        extract(epoch from max(at) - min(at))::int + 1 as seconds from ticks where at <= $1`,
      [now?.last],
    )
    assert.equal(row?.count, row?.times, 'a second was told of twice')
    return row
  }
  await until('every second is told of', async () => {
    const row = await told()
    return row !== undefined && row.count === row.seconds
  })
}

/** The books of the store balance; nobody works on it. */
export async function requireBalance(world: World, load: Load): Promise<void> {
  const child = isthmus(['verify', 'test/cluster/landscape.ts', '--json'], {
    ...process.env,
    ISTHMUS_STORE: world.storeUrl.ours,
    ISTHMUS_DATA: join(world.folder, 'verify'),
    ORDERS_DB: 'unused',
    TRAY: world.tray,
  })
  const [out, error, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  assert.equal(code, 0, out + error)
  const { balanced, flows } = JSON.parse(out) as {
    balanced: boolean
    flows: { flow: string; accepted: number; delivered: number }[]
  }
  assert.ok(balanced, out)
  const posted = flows.filter(({ flow }) => flow !== 'lines' && flow !== 'ticks')
  const sum = (what: 'accepted' | 'delivered') => posted.reduce((all, each) => all + each[what], 0)
  assert.deepEqual([sum('accepted'), sum('delivered')], [load.accepted, load.accepted], out)
}

/** Everybody ends as they are asked to. */
export async function stopAll({ members }: World): Promise<void> {
  const endings = await Promise.all(members.map(member => member.stop()))
  assert.deepEqual(
    endings,
    members.map(() => ({ code: 0, signal: null })),
    members.map(({ log }) => log.slice(-2000)).join('\n'),
  )
}

/** Of processes that have met everything: neither memory nor connections have been left behind. */
export function requireSmall({ members }: World): void {
  for (const { load, place } of members) {
    assert.ok(load.memory < 450 * 2 ** 20, `${place.name} takes ${load.memory} bytes`)
    assert.ok(load.handles < 150, `${place.name} has ${load.handles} files and connections`)
  }
}
