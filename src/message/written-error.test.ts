import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../errors.ts'
import { readError, type WrittenError, writtenError } from './written-error.ts'

const told = (error: unknown): Error =>
  readError(JSON.parse(JSON.stringify(writtenError(error))) as WrittenError)

test('an error that is told to another process is the same there: its code, its fate and when to try again', () => {
  const error = new IsthmusError('TARGET-REFUSED', 'not now', {
    fate: 'retry',
    retryAfter: 2_000,
    detail: { status: 409, at: undefined },
  })
  const found = told(error)
  assert.ok(found instanceof IsthmusError)
  const { code, message, fate, retryAfter, detail } = found
  assert.deepEqual(
    { code, message, fate, retryAfter, detail },
    { code: 'TARGET-REFUSED', message: 'not now', fate: 'retry', retryAfter: 2_000, detail: { status: 409 } },
  )
})

test('an error of which nothing is known, and one of a newer release, are plain errors', () => {
  for (const found of [
    told(new TypeError('x is null')),
    readError({ code: 'NEWER-CODE', message: 'x is null' }),
  ]) {
    assert.equal(found instanceof IsthmusError, false)
    assert.equal(found.message, 'x is null')
  }
})

test('a detail that cannot be said in JSON does not keep the error from being told', () => {
  const detail: Record<string, unknown> = {}
  detail.self = detail
  assert.deepEqual((told(new IsthmusError('TARGET-REFUSED', 'no', { detail })) as IsthmusError).detail, {})
})
