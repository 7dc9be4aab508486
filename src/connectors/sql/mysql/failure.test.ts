import assert from 'node:assert/strict'
import { it } from 'node:test'
import { failureOf, lostCommit } from './failure.ts'

const answer = (errno: number, sqlMessage: string, sqlState = 'HY000') =>
  Object.assign(new Error(sqlMessage), { errno, sqlMessage, sqlState })

it('gives each number of the server its meaning', () => {
  for (const [errno, code, rows, lost] of [
    [1205, 'TARGET-UNAVAILABLE', true, false],
    [1213, 'TARGET-UNAVAILABLE', true, false],
    [1290, 'TARGET-UNAVAILABLE', false, true],
    [1836, 'TARGET-UNAVAILABLE', false, true],
    [1040, 'TARGET-UNAVAILABLE', false, true],
    [2006, 'TARGET-UNAVAILABLE', false, true],
    [1045, 'TARGET-CREDENTIALS', false, false],
    [1044, 'TARGET-CREDENTIALS', false, false],
    [1062, 'TARGET-REFUSED', true, false],
    [1406, 'TARGET-REFUSED', true, false],
    [1264, 'TARGET-REFUSED', true, false],
    [1451, 'TARGET-REFUSED', true, false],
    [1452, 'TARGET-REFUSED', true, false],
    [4025, 'TARGET-REFUSED', true, false],
    [3819, 'TARGET-REFUSED', true, false],
    [1146, 'TARGET-CONTRACT', false, false],
    [1054, 'TARGET-CONTRACT', false, false],
    [60_000, 'TARGET-UNAVAILABLE', false, true],
  ] as const) {
    const failure = failureOf(answer(errno, 'no'), 'Writing')
    assert.deepEqual([failure.error.code, failure.rows, failure.lost], [code, rows, lost], String(errno))
  }
  assert.equal(failureOf(answer(60_001, 'x', '23000'), 'Writing').error.code, 'TARGET-REFUSED')
})

it('shows no value that the server quotes', () => {
  for (const [errno, message] of [
    [1062, "Duplicate entry 'secret' for key 'a' for key 'orders.PRIMARY'"],
    [1366, "Incorrect integer value: 'secret' for column `erp`.`t`.`n` at row 1"],
    [1292, "Truncated incorrect DOUBLE value: 'secret'"],
  ] as const)
    assert.doesNotMatch(failureOf(answer(errno, message), 'Writing').error.message, /secret/)
})

it('does not know what became of a commit whose connection ended', () => {
  const lost = failureOf(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'Writing')
  assert.equal(lost.error.code, 'TARGET-UNAVAILABLE')
  assert.equal(lostCommit(lost).code, 'TARGET-UNANSWERED')
  assert.equal(
    lostCommit(failureOf(answer(1180, 'error during commit'), 'Writing')).code,
    'TARGET-UNANSWERED',
  )
  assert.equal(lostCommit(failureOf(answer(1213, 'deadlock'), 'Writing')).code, 'TARGET-UNAVAILABLE')
})
