import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../model/model.ts'
import { columnsOf } from './columns.ts'

test('a decimal column has as many places as its pattern allows', () => {
  const scale = (pattern: string) =>
    columnsOf(model('Amount', { version: 1, schema: Type.Object({ a: Type.String({ pattern }) }) }))[0]?.scale
  const scales = {
    '^\\d+\\.\\d$': 1,
    '^\\d+\\.\\d\\d$': 2,
    '^-?\\d+\\.\\d{2}$': 2,
    '^\\d+\\.\\d{1,4}$': 4,
    '^[0-9]+[.][0-9]{3}$': 3,
    '^\\d+\\.\\d+$': 9,
    '^\\d+(\\.\\d*)?$': 9,
    '^\\d+\\.\\d{2,}$': 9,
    '^\\d+$': undefined,
  }
  for (const [pattern, expected] of Object.entries(scales)) assert.equal(scale(pattern), expected, pattern)
})
