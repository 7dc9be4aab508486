import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idempotent, landscape, model, type SinkChannel, saga, Type } from '../index.ts'
import { eventLog } from './event-log.ts'
import type { LogEntry } from './log.ts'

const schema = Type.Object({ no: Type.String() })

function sagaOf(name: string, pii: readonly string[]) {
  const of = model('M', { version: 1, key: 'no', schema, pii })
  const channel: SinkChannel<{ no: string }, typeof idempotent> = {
    role: 'sink',
    system: 's',
    name: 'book',
    model: of,
    options: {},
    effect: idempotent,
  }
  return saga(name, of).pivot('book', channel, ({ input }) => input)
}

function watched() {
  const entries: LogEntry[] = []
  const sagas = [sagaOf('plain', []), sagaOf('personal', ['no'])]
  const watch = eventLog(entry => entries.push(entry), landscape({ systems: [], flows: [], sagas }))
  const lines = () => entries.map(({ level, event, text }) => `${level} ${event} ${text}`)
  return { watch, entries, lines }
}

test('that a saga needs a person is told once, until it has gone on', () => {
  const { watch, lines } = watched()
  const needs = {
    type: 'saga',
    saga: 'plain',
    key: 'A',
    status: 'needs person',
    reason: 'no stock',
    ms: 1,
  } as const
  watch(needs)
  watch(needs)
  watch({ ...needs, status: 'running', reason: undefined })
  watch({ ...needs, reason: 'no truck' })
  assert.deepEqual(lines(), ['error needs person plain/A: no stock', 'error needs person plain/A: no truck'])
})

test('of sagas with personal data neither reasons nor personal keys are told, nor what they lock', () => {
  const { watch, entries, lines } = watched()
  watch({ type: 'saga', saga: 'personal', key: 'Li Na', status: 'needs person', reason: 'Li Na owes', ms: 1 })
  watch({ type: 'deadlock', on: 'account of Li Na', sagas: ['personal/Li Na', 'plain/A'] })
  assert.doesNotMatch(JSON.stringify(entries), /Li Na/)
  assert.match(lines()[1] ?? '', /^warn deadlock .*: personal, plain$/)
  watch({ type: 'deadlock', on: 'stock 1', sagas: ['plain/A', 'plain/B'] })
  assert.match(lines()[2] ?? '', /over "stock 1".*: plain\/A, plain\/B$/)
})

test('what stays in doubt is a warning, then an error; what is mixed is an error at once', () => {
  const { watch, lines } = watched()
  const doubt = { type: 'in doubt', transaction: 'transfer', gid: 'isth:g', reason: 'away' } as const
  watch({ ...doubt, ms: 60_000 })
  watch({ ...doubt, ms: 300_000 })
  watch({ ...doubt, ms: 0, mixed: true })
  assert.deepEqual(lines(), [
    'warn in doubt transaction transfer isth:g, for 60 s: away',
    'error in doubt transaction transfer isth:g, for 300 s: away',
    'error mixed away',
  ])
})
