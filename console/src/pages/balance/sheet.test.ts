import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FlowStatus, lineOf, totalOf } from './sheet.ts'

const status = (accepted: number, ended: number, parked: number) =>
  ({ flow: 'f', accepted, ended, waiting: 1, retrying: 0, held: 0, parked, inDoubt: 0 }) as FlowStatus

test('what is not accounted for shows, and is not hidden by another flow', () => {
  const lines = [lineOf(status(10, 8, 1)), lineOf(status(10, 8, 0))]
  assert.deepEqual(
    lines.map(({ difference }) => difference),
    [0, 1],
  )
  const { accepted, ended, difference } = totalOf(lines, 'all')
  assert.deepEqual([accepted, ended, difference], [20, 16, 1])
})
