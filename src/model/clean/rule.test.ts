import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { model } from '../model.ts'
import { brokenRules, fieldsOfRule, refuseBroken, rule } from './index.ts'

interface Line {
  readonly quantity: number
  readonly unit?: string
}

const positive = rule<Line>('positive', { reason: 'nothing is issued by zero' }, line => line.quantity > 0)
const named = rule<Line>('unit', { severity: 'warn', reason: 'no unit' }, line => line.unit !== undefined)

test('broken rules are told in order, and refused with their names and reasons', () => {
  assert.deepEqual(brokenRules([positive, named], { quantity: 1, unit: 'kg' }), [])
  assert.deepEqual(brokenRules([positive, named], { quantity: 0 }), [positive, named])
  assert.doesNotThrow(() => refuseBroken([positive], { quantity: 1 }))
  assert.throws(() => refuseBroken([positive, named], { quantity: 0 }), {
    code: 'RULE-BROKEN',
    message: 'positive: nothing is issued by zero; unit: no unit',
    detail: { rules: ['positive', 'unit'] },
  })
})

test('a rule tells which fields it reads', () => {
  const Lines = model('Line', {
    version: 1,
    schema: Type.Object({ quantity: Type.Number(), unit: Type.Optional(Type.String()) }),
  })
  assert.deepEqual(fieldsOfRule(named, Lines), { sources: ['unit'], complete: true })
})

test('a rule that fails itself is a defect of the flow, named', () => {
  const wrong = rule<Line>('wrong', { reason: 'x' }, line => (line.unit as string).length > 0)
  assert.throws(() => brokenRules([wrong], { quantity: 1 }), {
    code: 'STEP-FAILED',
    message: /^Rule wrong failed/,
  })
})

test('a rule needs a name and a reason', () => {
  assert.throws(() => rule('', { reason: 'x' }, () => true), { code: 'FLOW-DEFINITION' })
  assert.throws(() => rule('x', { reason: ' ' }, () => true), { code: 'FLOW-DEFINITION' })
})
