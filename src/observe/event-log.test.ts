import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineEvent } from '../engine/events.ts'
import { flow, landscape, model, type SourceChannel, Type } from '../index.ts'
import { eventLog } from './event-log.ts'
import type { LogEntry } from './log.ts'

const schema = Type.Object({ no: Type.String() })
const source = (pii: readonly string[]): SourceChannel<{ no: string }> => ({
  role: 'source',
  system: 's',
  name: pii.length > 0 ? 'personal' : 'plain',
  model: model('M', { version: 1, key: 'no', schema, pii }),
  options: {},
})

function watched() {
  const entries: LogEntry[] = []
  const flows = [flow('plain').from(source([])), flow('personal').from(source(['no']))]
  return { entries, watch: eventLog(entry => entries.push(entry), landscape({ systems: [], flows })) }
}

function setback(flow: string, more: Partial<Extract<EngineEvent, { type: 'setback' }>> = {}): EngineEvent {
  const common = {
    type: 'setback',
    key: 'K-1',
    seq: 1,
    fate: 'park',
    code: 'TARGET-REFUSED',
    attempts: 1,
  } as const
  return { ...common, flow, reason: 'K-1 is unknown', step: 'erp.post', ...more }
}

test('a parked message is one line with flow, key, step, code and reason', () => {
  const { entries, watch } = watched()
  watch(setback('plain'))
  assert.deepEqual(
    entries.map(({ level, event, text }) => ({ level, event, text })),
    [{ level: 'warn', event: 'parked', text: 'plain/1 (K-1) at erp.post: TARGET-REFUSED K-1 is unknown' }],
  )
})

test('of a flow with personal data, neither the reason nor a personal key is logged', () => {
  const { entries, watch } = watched()
  watch(setback('personal'))
  assert.equal(
    entries[0]?.text,
    'personal/1 at erp.post: TARGET-REFUSED the target refused the message for good',
  )
  assert.doesNotMatch(JSON.stringify(entries), /K-1/)
})

test('of a flow with personal data, the fields that do not fit are named without what is in them', () => {
  const { entries, watch } = watched()
  const fields = Array.from({ length: 12 }, (_, n) => `lines[${n}].qty`)
  watch(setback('personal', { code: 'MODEL-INVALID', fields }))
  assert.match(
    entries[0]?.text ?? '',
    /MODEL-INVALID data does not fit its model: lines\[0\]\.qty, .*lines\[9\]\.qty and 2 more$/,
  )
  assert.doesNotMatch(JSON.stringify(entries), /K-1/)
})

test('nothing is logged of a message that is delivered, and a flood is not a line each', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { entries, watch } = watched()
  watch({ type: 'accepted', flow: 'plain', key: 'K', id: '1' })
  watch({ type: 'ended', flow: 'plain', key: 'K', seq: 1, outcome: 'delivered', ms: 1 })
  assert.equal(entries.length, 0)
  for (let seq = 1; seq <= 500; seq++) watch(setback('plain', { seq }))
  assert.equal(entries.length, 20)
  t.mock.timers.tick(10_000)
  assert.match(entries.at(-1)?.text ?? '', /^480 more like it within 10 s: /)
})

test('a system that cannot be reached is told once in a while, and when it is back', () => {
  const { entries, watch } = watched()
  watch({ type: 'system', system: 'erp', state: 'open' })
  for (let n = 0; n < 5; n++)
    watch({ type: 'system', system: 'erp', state: 'unreachable', reason: 'refused' })
  watch({ type: 'system', system: 'erp', state: 'open' })
  assert.deepEqual(
    entries.map(({ level, event, text }) => `${level} ${event} ${text}`),
    ['warn system erp: refused', 'info system erp is connected again after 0 s and 5 failures'],
  )
})

test('another reason of a source or of a pause is told at once', () => {
  const { entries, watch } = watched()
  const reasons = ['no route', 'no route', 'wrong password', 'no route', 'wrong password']
  for (const reason of reasons) watch({ type: 'source', source: 'mes.moved', state: 'failed', reason })
  for (const reason of reasons) watch({ type: 'paused', flow: 'plain', reason, ms: 1000 })
  assert.deepEqual(
    entries.map(({ text }) => text),
    [
      ...['mes.moved: no route', 'mes.moved: wrong password'],
      ...['plain waits 1 s: no route', 'plain waits 1 s: wrong password'],
    ],
  )
})
