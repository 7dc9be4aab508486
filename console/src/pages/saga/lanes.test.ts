import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heldOf, lanesOf, type Saga } from './lanes.ts'

const effect = (channel: string, status = 'open') => ({ channel, status, attempts: 1 })
const saga = {
  state: 'compensating',
  turned: 'mes.order was refused',
  timeline: [
    { n: 1, at: 0, what: 'started' },
    { n: 2, at: 400, what: 'done', step: 'credit', doing: 'do', attempts: 1 },
    { n: 3, at: 500, what: 'sent', step: 'order', doing: 'do', attempts: 1 },
    { n: 4, at: 900, what: 'failed', step: 'order', attempts: 3, code: 'TARGET-REFUSED' },
    { n: 5, at: 900, what: 'turned' },
    { n: 6, at: 600_000, what: 'done', step: 'credit', doing: 'undo', attempts: 1 },
  ],
  steps: [
    {
      step: 'credit',
      known: 'taken back',
      do: effect('sap.credit', 'done'),
      undo: effect('sap.release', 'done'),
    },
    {
      step: 'order',
      known: 'unknown',
      do: effect('mes.order', 'failed'),
      undo: effect('mes.cancel', 'stuck'),
    },
    { step: 'invoice', known: 'open', do: effect('u8.invoice') },
  ],
} as unknown as Saga

test('bars stand where they happened, and long stretches of nothing are short', () => {
  const { lanes, gaps, ticks } = lanesOf({ ...saga, state: 'compensated' }, 700_000)
  assert.deepEqual(
    lanes.map(({ step, bars }) => [step, bars.map(({ doing, outcome }) => `${doing} ${outcome}`)]),
    [
      ['credit', ['do done', 'undo done']],
      ['order', ['do failed']],
      ['invoice', []],
    ],
  )
  assert.deepEqual(
    gaps.map(({ ms }) => ms),
    [599_100],
  )
  const bars = lanes.flatMap(lane => lane.bars)
  assert.ok(bars.every(({ from, to }) => from >= 0 && to <= 1 && from < to))
  assert.equal(ticks[0]?.place, 0)
  const [credit] = lanes[0]?.bars ?? []
  assert.ok(credit && credit.to < 0.5)
})

test('what is held is told against what should be', () => {
  assert.deepEqual(
    heldOf(saga).map(({ system, should, is, fit }) => [system, should, is, fit]),
    [
      ['sap', 'not happened', 'taken back', 'match'],
      ['mes', 'not happened', 'unknown', 'differs'],
      ['u8', 'not happened', 'open', 'match'],
    ],
  )
})

test('a step that was not on the way of a saga that is completed is not missed', () => {
  const steps = [
    { step: 'ship', known: 'happened', do: effect('erp.shipment', 'done') },
    { step: 'produce', known: 'open', do: effect('mes.order') },
  ]
  const completed = { ...saga, state: 'completed', turned: undefined, steps } as unknown as Saga
  assert.deepEqual(
    heldOf(completed).map(({ system, should, fit }) => [system, should, fit]),
    [
      ['erp', 'happened', 'match'],
      ['mes', 'not happened', 'match'],
    ],
  )
})
