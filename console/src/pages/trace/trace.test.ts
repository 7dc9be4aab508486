import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  cleanerName,
  type HopStep,
  place,
  selectedHop,
  selectedStep,
  shown,
  type Trace,
  worthFirst,
} from './trace.ts'

const trace = (stoppedAt?: string) =>
  ({ hops: [{ message: 'a/1' }, { message: 'b/1' }, { message: 'c/1' }], stoppedAt }) as unknown as Trace

test('the hop of the address is shown, else the one that stopped, else the last', () => {
  assert.equal(selectedHop(trace('b/1'), 'a/1'), 0)
  assert.equal(selectedHop(trace('b/1'), undefined), 1)
  assert.equal(selectedHop(trace(), undefined), 2)
  assert.equal(selectedHop(trace(), 'gone/1'), 2)
})

test('the step where it stopped is shown first, else the last that changed something', () => {
  const step = (name: string, kind: string, error?: string) =>
    ({ step: name, changes: [{ kind }], error }) as unknown as HopStep
  const steps = [step('a', 'changed'), step('b', 'added'), step('c', 'same')]
  assert.equal(selectedStep(steps, undefined), 1)
  assert.equal(selectedStep(steps, 'c'), 2)
  assert.equal(selectedStep([...steps, step('d', 'same', 'no')], undefined), 3)
  assert.equal(selectedStep([], undefined), 0)
})

test('values stand on one line, and places are told by the end of their path', () => {
  assert.equal(shown(undefined), '—')
  assert.equal(shown({ a: 'x' }), '{"a":"x"}')
  assert.equal(shown('x'.repeat(500)).length, 201)
  assert.equal(place({ file: '/srv/landscape/flows/orders.ts', line: 7 }), 'flows/orders.ts:7')
  assert.equal(cleanerName('decimal({ scale: 2 })'), 'decimal')
  const kinds = worthFirst([{ kind: 'same' }, { kind: 'removed' }, { kind: 'changed' }] as never)
  assert.deepEqual(
    kinds.map(({ kind }) => kind),
    ['changed', 'removed', 'same'],
  )
})
