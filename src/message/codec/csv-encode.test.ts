import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvEncode } from './csv-encode.ts'

function cellOf(value: unknown, formulaGuard?: boolean): string {
  return csvEncode([{ a: value, b: 0 }], { columns: ['a', 'b'], header: false, formulaGuard }).replace(
    /,0\r\n$/,
    '',
  )
}

test('text that a spreadsheet would run as a formula gets an apostrophe', () => {
  const formulas = [
    '=1+1',
    "=cmd|' /C calc'!A0",
    '+A1',
    '-A1',
    '@SUM(A1)',
    '\tx',
    '\0x',
    '＝1',
    '＋1',
    '－1',
    '＠x',
    '-',
    '+-1',
    '-1-1',
  ]
  for (const text of formulas) assert.equal(cellOf(text), `'${text}`, JSON.stringify(text))
  assert.equal(cellOf('\r=1'), '"\'\r=1"')
  assert.equal(cellOf('=1,2'), '"\'=1,2"')
})

test('plain numbers and ordinary text stay as they are', () => {
  for (const text of ['-5', '+5', '-0.25', '+1.5e-7', '5-3', 'a=b', "O'Neil", ''])
    assert.equal(cellOf(text), text)
  assert.equal(cellOf(-5.5), '-5.5')
  assert.equal(cellOf(-0), '-0')
})

test('the guard also covers the names of columns, and can be switched off', () => {
  assert.equal(csvEncode([], { columns: ['=a', 'b'] }), "'=a,b\r\n")
  assert.equal(cellOf('=1+1', false), '=1+1')
})

test('values of every plain kind are written; others are refused', () => {
  assert.equal(
    csvEncode(
      [
        { a: null, c: true },
        { a: 10n, b: 'x"y' },
      ],
      { columns: ['a', 'b', 'c'], delimiter: ';', newline: '\n' },
    ),
    'a;b;c\n;;true\n10;"x""y";\n',
  )
  for (const value of [{}, [], Number.NaN, () => 1])
    assert.throws(() => cellOf(value), { code: 'MSG-ENCODE' })
})

test('a property without a column is refused, not dropped', () => {
  assert.throws(() => csvEncode([{ a: 1, z: 2 }], { columns: ['a'] }), { code: 'MSG-ENCODE', message: /"z"/ })
})
