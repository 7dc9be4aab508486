import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../errors.ts'
import { parseDuration } from './duration.ts'

test('a duration is a number with a unit', () => {
  const known = { '500ms': 500, '5s': 5000, '1.5m': 90_000, '2h': 7_200_000, '7d': 604_800_000, '0s': 0 }
  for (const [text, milliseconds] of Object.entries(known))
    assert.equal(parseDuration(text), milliseconds, text)
})

test('anything else is refused, and named', () => {
  for (const text of ['', '5', 's', '-1s', '5 s', '5S', '1e3s', 'Infinitys', '5s ', '99999999999999999d']) {
    assert.throws(
      () => parseDuration(text),
      (error: unknown) =>
        error instanceof IsthmusError &&
        error.code === 'FLOW-DEFINITION' &&
        error.message.includes(`"${text}"`),
    )
  }
})
