import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kindOf, type NumberKind } from './number-format.ts'
import { timeText } from './serial-time.ts'

const times: readonly [number, NumberKind, string | undefined][] = [
  [1, 'date', '1900-01-01'],
  [59, 'date', '1900-02-28'],
  [60, 'date', undefined],
  [61, 'date', '1900-03-01'],
  [45351, 'date', '2024-02-29'],
  [45351, 'moment', '2024-02-29T00:00:00'],
  [45351.5729166667, 'moment', '2024-02-29T13:45:00'],
  [45351.5729166667, 'date', '2024-02-29T13:45:00'],
  [45351.999999999, 'date', '2024-03-01'],
  [45351.00000115741, 'moment', '2024-02-29T00:00:00.100'],
  [0, 'time', '00:00:00'],
  [0, 'date', undefined],
  [0.75, 'time', '18:00:00'],
  [0.75, 'moment', '18:00:00'],
  [1.5, 'time', '1900-01-01T12:00:00'],
  [1.104166666666667, 'elapsed', 'PT26H30M0S'],
  [2_958_465, 'date', '9999-12-31'],
  [2_958_466, 'date', undefined],
  [-1, 'date', undefined],
  [Number.NaN, 'date', undefined],
]
for (const [serial, kind, text] of times) {
  test(`${serial} as ${kind} is ${text ?? 'no time'}`, () =>
    assert.equal(timeText(serial, kind, false), text))
}

test('days may be counted from 1904', () => {
  assert.equal(timeText(0, 'date', true), '1904-01-01')
  assert.equal(timeText(60, 'date', true), '1904-03-01')
  assert.equal(timeText(43889, 'date', true), '2024-02-29')
  assert.equal(timeText(0.5, 'time', true), '12:00:00')
  assert.equal(timeText(2_957_003, 'date', true), '9999-12-31')
  assert.equal(timeText(2_957_004, 'date', true), undefined)
})

const codes: readonly [string, NumberKind][] = [
  ['General', 'number'],
  ['0.00E+00', 'number'],
  ['#,##0.00_);[Red](#,##0.00)', 'number'],
  ['"day "0', 'number'],
  ['0\\d', 'number'],
  ['[$€-407]#,##0', 'number'],
  ['@', 'number'],
  ['yyyy-mm-dd', 'date'],
  ['yyyy"年"m"月"d"日"', 'date'],
  ['[$-F800]dddd, mmmm dd, yyyy', 'date'],
  ['mmm', 'date'],
  ['h:mm AM/PM', 'time'],
  ['mm:ss.0', 'time'],
  ['m/d/yy h:mm;@', 'moment'],
  ['[h]:mm:ss', 'elapsed'],
  ['[Red]0;[h]', 'number'],
]
for (const [code, kind] of codes) test(`${code} shows a ${kind}`, () => assert.equal(kindOf(code), kind))
