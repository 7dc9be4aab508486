import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError, irreversible, model, probed, Type } from '../index.ts'
import { carryOut, type EffectChannel, type EffectNotes } from './effects.ts'
import type { EffectPlan } from './plan.ts'
import type { StepError } from './run-steps.ts'

const Order = model('Order', { version: 1, schema: Type.Object({ id: Type.String() }) })
const channel = { system: 'bank', name: 'pay', role: 'sink', model: Order, effect: probed(irreversible) }
const plan = { id: 'pay', step: { kind: 'to', channel, policy: {} } } as unknown as EffectPlan
const item = { data: {}, effectKey: 'e', key: 'k', messageId: 'm', attempt: 2 }
const down = () =>
  new IsthmusError('TARGET-UNAVAILABLE', 'down', { detail: { uncounted: true }, retryAfter: 7 })

async function failureOf(over: Partial<EffectChannel>, notes: EffectNotes, noted: unknown[] = []) {
  const none = async () => assert.fail('it is not called')
  const calls: EffectChannel = { admit: () => undefined, call: none, probe: none, ...over }
  const note = async () => void noted.push(1)
  try {
    await carryOut(plan.step, 'pay', item, calls, notes, { note, when: 'soon' })
  } catch (error) {
    return (error as StepError).error
  }
  return assert.fail('it did not fail')
}

test('what is not admitted was not sent, and nothing says so', async () => {
  const notes: EffectNotes = { results: {}, sent: new Set() }
  const noted: unknown[] = []
  const error = await failureOf({ admit: () => Promise.reject(down()) }, notes, noted)
  assert.equal(error.fate, 'retry')
  assert.equal(error.detail.uncounted, true)
  assert.deepEqual([notes.sent.size, noted.length], [0, 0])
})

test('a probe that fails because its system is down does not use up attempts, and stays in doubt', async () => {
  const notes: EffectNotes = { results: {}, sent: new Set(['pay']) }
  const error = await failureOf({ probe: () => Promise.reject(down()) }, notes)
  assert.equal(error.fate, 'retry')
  assert.equal(error.detail.uncounted, true)
  assert.equal(error.retryAfter, 7)
  assert.ok(notes.sent.has('pay'))
})
