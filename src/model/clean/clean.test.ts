import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { decimal, halfWidth, localTime, singleSpaces, trim } from './index.ts'

const unclean = (error: unknown) => error instanceof IsthmusError && error.code === 'CLEAN-VALUE'

test('white space and invisible characters at both ends go, those inside stay', () => {
  assert.equal(trim('\ufeff\u200b \t A\u200bB \u00a0\u3000\u2060'), 'A\u200bB')
  assert.equal(singleSpaces('a \t\n b\u3000c'), 'a b c')
})

test('full-width letters, digits and signs become half width; other scripts stay', () => {
  assert.equal(halfWidth('ＡＢ－１２３\u3000（株）カ'), 'AB-123 (株)カ')
})

test('a decimal is exact in any notation that has one meaning', () => {
  const clean = decimal({ scale: 2 })
  const known = {
    ' 1,234.5 ': '1234.50',
    '1,234,567': '1234567.00',
    '-0': '0.00',
    '-0.10': '-0.10',
    '+7': '7.00',
    '007.1000': '7.10',
    '9007199254740993.01': '9007199254740993.01',
  }
  for (const [text, amount] of Object.entries(known)) assert.equal(clean(text), amount, text)
  assert.equal(clean(0.1), '0.10')
})

test('a decimal that could mean two things, or would lose places, is refused', () => {
  const clean = decimal({ scale: 2 })
  for (const text of ['1,234', '1,5', '1.234,50', '12,34.5', '1.005', '', '1e3', '１', 'NaN', '1 234'])
    assert.throws(() => clean(text), unclean, text)
})

test('a local time is the moment that clocks in its zone show, in summer and winter', () => {
  const berlin = localTime('Europe/Berlin')
  assert.equal(berlin('2026-01-15 08:30:00'), '2026-01-15T07:30:00.000Z')
  assert.equal(berlin('2026/07/15 08:30'), '2026-07-15T06:30:00.000Z')
  assert.equal(berlin('2026-03-29T03:00:00'), '2026-03-29T01:00:00.000Z')
  assert.equal(berlin('2026-10-25 01:59:59'), '2026-10-24T23:59:59.000Z')
  assert.equal(localTime('Asia/Tokyo')('2026-01-01 00:00:00'), '2025-12-31T15:00:00.000Z')
  assert.equal(localTime('Australia/Lord_Howe')('2026-01-15 12:00:00'), '2026-01-15T01:00:00.000Z')
})

test('a local time that a clock change skips or repeats is refused, and so is one that no calendar has', () => {
  const berlin = localTime('Europe/Berlin')
  const wrong = ['2026-03-29 02:30:00', '2026-10-25 02:30:00', '2026-02-30 10:00:00', '2026-13-01 10:00:00']
  for (const text of [
    ...wrong,
    '2026-01-01 24:00:00',
    '2026-01-01 10:60:00',
    '2026-01-01',
    '01.02.2026 10:00',
  ])
    assert.throws(() => berlin(text), unclean, text)
})
