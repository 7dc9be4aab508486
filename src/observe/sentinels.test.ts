import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { sentinel } from '../flow/sentinel.ts'
import { model } from '../model/model.ts'
import { profile } from '../model/profile/profiler.ts'
import type { SourceChannel } from '../system/channel.ts'
import { PrometheusText } from './prometheus-text.ts'
import { Sentinels } from './sentinels.ts'

const Order = model('Order', {
  version: 1,
  pii: ['buyer'],
  schema: Type.Object({ no: Type.String(), state: Type.String(), buyer: Type.String() }),
})
type Order = { no: string; state: string; buyer: string }
const channel: SourceChannel<Order> = {
  role: 'source',
  system: 'shop',
  name: 'orders',
  model: Order,
  options: undefined,
}

const orders = (count: number, state = (at: number) => ['open', 'closed'][at % 2] as string): Order[] =>
  Array.from({ length: count }, (_, at) => ({ no: `SO-${1000 + at}`, state: state(at), buyer: `Ada ${at}` }))

function post(sample: number) {
  const told: string[] = []
  const known = profile(orders(400), { pii: Order.pii })
  const sentinels = new Sentinels([sentinel(channel, known, { sample })], (_, findings) => {
    told.push(
      findings.map(({ field, kind, severity }) => `${severity} ${field} ${kind}`).join(', ') || 'as it was',
    )
  })
  const take = (data: readonly unknown[], source = 'shop.orders') => {
    for (const each of data) sentinels.watch({ type: 'received', source, data: each })
  }
  const measured = () => {
    const text = new PrometheusText()
    sentinels.render(text)
    return String(text)
      .split('\n')
      .filter(line => line.startsWith('isthmus_drift_findings{'))
  }
  return { told, take, measured }
}

test('a sample is compared when it is whole, and what has changed is told once', () => {
  const { told, take, measured } = post(100)
  take(orders(99))
  assert.deepEqual([told, measured()], [[], []])
  take(orders(1))
  assert.deepEqual(told, [])
  assert.ok(measured().includes('isthmus_drift_findings{source="shop.orders",severity="critical"} 0'))
  const held = orders(100, at => (at % 4 === 0 ? 'held' : (['open', 'closed'][at % 2] as string)))
  take(held)
  take(held)
  assert.deepEqual(told, ['critical state new values, warning state distribution'])
  assert.ok(measured().includes('isthmus_drift_findings{source="shop.orders",severity="critical"} 1'))
  take(orders(100))
  assert.equal(told.at(-1), 'as it was')
})

test('only its own channel is looked at', () => {
  const { told, take } = post(50)
  take(
    orders(100, () => 'held'),
    'shop.other',
  )
  assert.deepEqual(told, [])
})

test('what is no profile is refused when it is declared', () => {
  assert.throws(() => sentinel(channel, { fields: [] }), /This is no profile/)
  assert.throws(() => sentinel(channel, profile([]), { sample: 0 }), /a sample of one message at least/)
})
