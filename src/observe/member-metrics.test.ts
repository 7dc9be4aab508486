import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemberMetrics } from './member-metrics.ts'
import { MetricReading } from './prometheus-text.ts'

const none = { partition: 0, source: 0, coordination: 0 }
const outlook = {
  members: { intake: 2, worker: 3, scheduler: 1 },
  held: { ...none, partition: 5 },
  ...{ unheld: none, lost: 1, sure: false, ahead: -90_500 },
}

test('moves of leases count by what moved and how, from nothing on', () => {
  const metrics = new MemberMetrics()
  metrics.watch({ type: 'lease', lease: 'partition/0', state: 'taken', clean: true })
  metrics.watch({ type: 'lease', lease: 'partition/1', state: 'taken', clean: false })
  metrics.watch({ type: 'lease', lease: 'partition/1', state: 'given' })
  metrics.watch({ type: 'lease', lease: 'source/shop.orders', state: 'taken', clean: false })
  const { samples } = measured(metrics)
  const moves = samples.get('isthmus_lease_moves_total') ?? []
  assert.equal(moves.length, 9)
  assert.deepEqual(
    moves.filter(([, value]) => value !== 0).map(([{ kind, how }, value]) => `${kind} ${how} ${value}`),
    ['partition taken 1', 'partition taken_over 1', 'partition given 1', 'source taken_over 1'],
  )
})

test('how the members stand is told in base units', () => {
  const { samples } = measured(new MemberMetrics())
  assert.deepEqual(samples.get('isthmus_members'), [
    [{ role: 'intake' }, 2],
    [{ role: 'worker' }, 3],
    [{ role: 'scheduler' }, 1],
  ])
  assert.deepEqual(samples.get('isthmus_leases')?.[0], [{ kind: 'partition' }, 5])
  assert.deepEqual(samples.get('isthmus_membership_sure'), [[{}, 0]])
  assert.deepEqual(samples.get('isthmus_clock_ahead_seconds'), [[{}, -90.5]])
})

function measured(metrics: MemberMetrics): MetricReading {
  const reading = new MetricReading()
  metrics.render(outlook, reading)
  return reading
}
