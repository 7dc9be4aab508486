import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { cleanersOf, cleanRow, decimal, oneOf, optional, trim, upperCase } from './index.ts'

interface Order {
  readonly code: string
  readonly note?: string | null
  readonly to: { readonly city: string }
  readonly lines: readonly { readonly no: number; readonly quantity: string; readonly unit?: string }[]
}

const rules = {
  code: [trim, upperCase],
  note: optional(trim),
  to: { city: trim },
  lines: { quantity: decimal({ scale: 1 }), unit: oneOf({ KGM: ['kg', '千克'] }) },
} as const

const dirty: Order = {
  code: ' a1 ',
  note: ' ',
  to: { city: '上海 ' },
  lines: [
    { no: 1, quantity: '1.0', unit: 'KG' },
    { no: 2, quantity: '2' },
  ],
}

test('rules clean fields, those of objects in fields and those of each element of a list', () => {
  const clean = cleanRow(rules, dirty)
  assert.deepEqual(clean, {
    code: 'A1',
    note: undefined,
    to: { city: '上海' },
    lines: [
      { no: 1, quantity: '1.0', unit: 'KGM' },
      { no: 2, quantity: '2.0' },
    ],
  })
  assert.equal(dirty.code, ' a1 ')
  assert.equal(clean.lines[0]?.unit satisfies 'KGM' | undefined, 'KGM')
})

test('each change is told with its cleaner, in order; what a cleaner left as it was is not', () => {
  const told: string[] = []
  cleanRow(rules, dirty, ({ field, rule, before, after }) =>
    told.push(`${field} ${rule} ${JSON.stringify(before)} ${JSON.stringify(after)}`),
  )
  assert.deepEqual(told, [
    'code trim " a1 " "a1"',
    'code upperCase "a1" "A1"',
    'note optional(trim) " " undefined',
    'to.city trim "上海 " "上海"',
    'lines[0].unit oneOf(KGM) "KG" "KGM"',
    'lines[1].quantity decimal({ scale: 1 }) "2" "2.0"',
  ])
})

test('a row without changes is the same row, with the same objects in it', () => {
  const row: Order = { code: 'A1', to: { city: '上海' }, lines: [{ no: 1, quantity: '1.0' }] }
  assert.equal(cleanRow(rules, row), row)
  const other = cleanRow(rules, { ...row, code: 'a1' })
  assert.equal(other.lines, row.lines)
  assert.equal(other.to, row.to)
})

test('what is absent or null stays so, and a field that is a list where an object was expected is not made up', () => {
  const absent = { note: null } as unknown as Order
  assert.equal(cleanRow(rules, absent), absent)
  const odd = { code: 'A1', to: 'here', lines: ['x', null] } as unknown as Order
  assert.equal(cleanRow(rules, odd), odd)
})

test('every field that cannot be cleaned is named at once, with its place and the reason', () => {
  const bad: Order = { code: 'A', to: { city: 'x' }, lines: [{ no: 1, quantity: 'many', unit: 'm' }] }
  assert.throws(
    () => cleanRow(rules, bad),
    (error: IsthmusError) => {
      assert.equal(error.code, 'CLEAN-VALUE')
      assert.match(error.message, /^lines\[0\]\.quantity: "many" is not a decimal number; lines\[0\]\.unit: /)
      const problems = error.detail.problems as readonly { readonly path: string }[]
      assert.deepEqual(
        problems.map(({ path }) => path),
        ['lines[0].quantity', 'lines[0].unit'],
      )
      return true
    },
  )
})

test('a cleaner that throws something of its own is a defect of the value, too', () => {
  const wrong = (_: string): string => {
    throw new TypeError('no')
  }
  assert.throws(
    () => cleanRow({ a: wrong }, { a: 'x' }),
    (error: unknown) => error instanceof IsthmusError && error.message === 'a: no',
  )
})

test('the cleaners of rules are listed with the paths of their fields', () => {
  assert.deepEqual(
    cleanersOf(rules).map(([field, { name }]) => `${field} ${name}`),
    [
      'code trim',
      'code upperCase',
      'note optional(trim)',
      'to.city trim',
      'lines.quantity decimal({ scale: 1 })',
      'lines.unit oneOf(KGM)',
    ],
  )
})
