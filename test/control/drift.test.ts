import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sentinel } from '../../src/flow/sentinel.ts'
import { flow, irreversible, model, type SinkChannel, type SourceChannel, Type } from '../../src/index.ts'
import { profile } from '../../src/model/profile/profiler.ts'
import type { WatchedChannel } from '../../src/server/operations/pipelines/quality-schemas.ts'
import type { Status } from '../../src/server/operations/schemas.ts'
import { controlScene, type Order, until } from './control-scene.ts'

const Asked = model('Order', {
  version: 1,
  key: 'no',
  pii: ['buyer'],
  schema: Type.Object({ no: Type.String(), buyer: Type.String(), ask: Type.String() }),
})
const orders: SourceChannel<Order> = {
  role: 'source',
  system: 'shop',
  name: 'orders',
  model: Asked,
  options: {},
}
const bookings: SinkChannel<Order, typeof irreversible> = {
  role: 'sink',
  system: 'shop',
  name: 'bookings',
  model: Asked,
  options: {},
  effect: irreversible,
}
const some = (count: number, ask: (at: number) => string, from = 0): Order[] =>
  Array.from({ length: count }, (_, at) => ({
    no: `SO-${1000 + from + at}`,
    buyer: `Ada ${at}`,
    ask: ask(at),
  }))

test('what a sentinel found is told by the control API and the status, with the filters and mappings that read it', async t => {
  const known = profile(
    some(200, at => (at % 2 ? 'book' : 'quick')),
    { pii: Asked.pii },
  )
  const booking = flow('booking')
    .from(orders)
    .filter('withdrawn', order => order.ask !== 'withdrawn')
    .to(bookings, { no: order => order.no, buyer: order => order.buyer, ask: order => order.ask })
  const { accept, ask } = await controlScene(t, {
    parts: { flows: [booking], sentinels: [sentinel(orders, known, { sample: 60 })] },
  })
  const drift = async () =>
    ((await (await ask('/api/v1/sentinels')).json()) as { channels: WatchedChannel[] }).channels
  assert.deepEqual(await drift(), [{ channel: 'shop.orders', system: 'shop', sample: 60, taken: 0 }])
  await accept(some(60, () => 'withdrawn'))
  await until(async () => (await drift())[0]?.comparedAt !== undefined)
  const [found] = await drift()
  const finding = found?.findings?.find(({ field }) => field === 'ask')
  assert.equal(finding?.severity, 'critical')
  assert.deepEqual(finding?.flows, ['booking'])
  assert.ok(!JSON.stringify(found).includes('Ada'))
  const status = (await (await ask('/api/v1/status')).json()) as Status
  assert.deepEqual(
    status.drift?.map(({ source, critical }) => [source, critical > 0]),
    [['shop.orders', true]],
  )
})
