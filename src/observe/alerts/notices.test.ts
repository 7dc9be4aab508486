import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertChannel } from '../../flow/alert-channel.ts'
import type { AlertState } from './alert-state.ts'
import { causesOf } from './causes.ts'
import { noticesFor, reminder } from './notices.ts'
import type { Silence } from './silence.ts'

const now = 1_700_000_000_000

function state(rule: string, labels: Record<string, string>, more: Partial<AlertState> = {}): AlertState {
  const id = [rule, ...Object.values(labels)].join('~')
  const base = {
    id,
    rule,
    labels,
    severity: 'warning',
    status: 'firing',
    value: 1,
    since: now,
    told: {},
  } as const
  return { ...base, ...more }
}

const uses = new Map([
  ['orders', new Set(['crm', 'erp'])],
  ['invoices', new Set(['erp', 'bank'])],
])

test('what a system that is away brings with it is one alert', () => {
  const away = state('system-unreachable', { system: 'crm' })
  const states = [
    away,
    state('source-failed', { source: 'crm.orders', system: 'crm' }),
    state('flow-paused', { flow: 'orders' }),
    state('backlog-old', { flow: 'orders' }),
    state('backlog-old', { flow: 'invoices' }),
    state('messages-parked', { flow: 'orders' }),
  ]
  assert.deepEqual(Object.fromEntries(causesOf(states, uses)), {
    'source-failed~crm.orders~crm': away.id,
    'flow-paused~orders': away.id,
    'backlog-old~orders': away.id,
  })
})

test('a cause that has a cause is explained by that, and what only may fire explains nothing', () => {
  const space = state('store-space', {})
  const closed = state('admission-closed', {})
  const source = state('source-failed', { source: 'crm.orders', system: 'crm' })
  const causes = causesOf([source, closed, space], uses)
  assert.deepEqual([...causes.values()], [space.id, space.id])
  assert.equal(causesOf([{ ...closed, status: 'pending' }, source], uses).size, 0)
})

const channel = alertChannel('ops', { kind: 'wecom', url: 'https://wecom.example.com' })
const quiet = { causes: new Map<string, string>(), silences: [] as Silence[] }
const words = (states: AlertState[], more: Partial<typeof quiet> = {}, at = now, of = channel) =>
  noticesFor(of, { states, ...quiet, ...more }, at).map(({ what, state }) => `${what} ${state.id}`)

test('a channel is told once, and again only of what nobody has', () => {
  const fresh = state('a', {})
  assert.deepEqual(words([fresh]), ['firing a'])
  const told = { ...fresh, told: { ops: { what: 'firing', at: now } } } as AlertState
  assert.deepEqual(words([told]), [])
  assert.deepEqual(words([told], {}, now + reminder), ['still a'])
  assert.deepEqual(words([{ ...told, acknowledged: { by: 'Wang', at: now } }], {}, now + reminder), [])
})

test('only a channel that knows of an alert is told that it is over', () => {
  const over = state('a', {}, { status: 'resolved', resolvedAt: now })
  assert.deepEqual(words([over]), [])
  assert.deepEqual(words([{ ...over, told: { ops: { what: 'firing', at: now } } }]), ['resolved a'])
  assert.deepEqual(words([{ ...over, told: { ops: { what: 'resolved', at: now } } }]), [])
})

test('consequences, what is silenced, what may still be nothing and what is not severe enough are not told', () => {
  assert.deepEqual(words([state('a', {})], { causes: new Map([['a', 'b']]) }), [])
  assert.deepEqual(words([state('a', {}, { status: 'pending' })]), [])
  const critical = alertChannel('ops', { kind: 'wecom', url: 'x', atLeast: 'critical' })
  const both = [state('a', {}), state('b', {}, { severity: 'critical' })]
  assert.deepEqual(words(both, {}, now, critical), ['firing b'])
  assert.deepEqual(words(both), ['firing b', 'firing a'])
  const silence: Silence = {
    id: 's',
    match: { flow: 'orders' },
    by: 'x',
    why: 'y',
    from: now,
    until: now + 10,
  }
  const about = [state('a', { flow: 'orders' }), state('a', { flow: 'invoices' })]
  assert.deepEqual(words(about, { silences: [silence] }, now + 9), ['firing a~invoices'])
  assert.deepEqual(words(about, { silences: [silence] }, now + 10).length, 2)
})

test('a channel is not told over itself that it is down', () => {
  const down = state('alert-channel-down', { channel: 'ops' })
  assert.deepEqual(words([down]), [])
  assert.deepEqual(words([down], {}, now, alertChannel('other', { kind: 'wecom', url: 'x' })), [
    'firing alert-channel-down~ops',
  ])
})
