import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countsOf, matchText } from './alerts.ts'

test('what fires is counted by severity, and apart from what only may', () => {
  const counts = countsOf([
    { status: 'firing', severity: 'critical' },
    { status: 'firing', severity: 'warning' },
    { status: 'firing', severity: 'warning' },
    { status: 'firing', severity: 'info' },
    { status: 'pending', severity: 'critical' },
  ])
  assert.deepEqual(counts, { critical: 1, warning: 2, pending: 1 })
})

test('a silence says what it is for', () => {
  assert.equal(matchText({ match: { flow: 'orders', rule: 'messages-parked' } }), 'messages-parked, orders')
})
