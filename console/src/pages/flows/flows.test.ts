import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flowRows, type LandscapeState, marksOf } from './flows.ts'

type Bridge = LandscapeState['bridges'][number]

const bridge = (flow: string | undefined, to: string, state: Bridge['state']): Bridge => ({
  ...{
    bridge: `${flow} ${to}`,
    from: 'crm',
    to,
    kind: 'delivers',
    state,
    backlog: 3,
    retrying: 0,
    parked: 1,
  },
  ...{ inDoubt: 0, perSecond: 2, errors: 0, ...(flow !== undefined && { flow }) },
})

test('a flow with several targets is one row, in the worst of their states; what needs somebody comes first', () => {
  const rows = flowRows({
    bridges: [
      bridge('a', 'erp', 'ok'),
      bridge('b', 'erp', 'ok'),
      bridge('b', 'mes', 'down'),
      bridge('b', 'wms', 'ok'),
      bridge(undefined, 'saga', 'down'),
      bridge('c', 'erp', 'degraded'),
    ],
  })
  assert.deepEqual(
    rows.map(({ flow, state, backlog }) => [flow, state, backlog]),
    [
      ['b', 'down', 3],
      ['c', 'degraded', 3],
      ['a', 'ok', 3],
    ],
  )
})

test('changes stand where they were, and those outside of the axis nowhere', () => {
  const points = [100, 200].map(at => ({ at, accepted: 0, ended: 0, errors: 0 }))
  const changes = [50, 100, 150, 200, 250].map(at => ({ at, kind: 'started' as const }))
  assert.deepEqual(marksOf({ points, changes }), [0, 0.5, 1])
  assert.deepEqual(marksOf({ points: [], changes }), [])
})
