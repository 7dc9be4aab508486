import { deepStrictEqual } from 'node:assert/strict'
import {
  type CleanRules,
  cleanRow,
  date,
  decimal,
  localTime,
  oneOf,
  optional,
  singleSpaces,
  trim,
  upperCase,
} from '../src/model/clean/index.ts'
import { type Measured, ratio, rounds, table } from './support/harness.ts'

// Ten cleaners over the eight fields of a row, of which about a third has something to clean, against the same work
// written by hand as one function that knows the fields, and against it without telling what changed.
const rowsPerRound = 100_000
const json = process.argv.includes('--json')

interface Row {
  readonly code: string
  readonly name: string
  readonly quantity: string
  readonly amount: string
  readonly unit: string
  readonly ordered: string
  readonly booked: string
  readonly note?: string
}

const rules = {
  code: [trim, upperCase],
  name: [trim, singleSpaces],
  quantity: decimal({ scale: 3 }),
  amount: decimal({ scale: 2 }),
  unit: oneOf({ KGM: ['kg', '公斤'], H87: ['pcs', '个'] }),
  ordered: date(),
  booked: localTime('Asia/Shanghai'),
  note: optional(trim),
} satisfies CleanRules<Row>

const input = Array.from({ length: rowsPerRound }, (_, n): Row => {
  const isDirty = n % 3 === 0
  const day = `2026-0${1 + (n % 9)}-${10 + (n % 18)}`
  return {
    code: isDirty ? ` m-${n} ` : `M-${n}`,
    name: isDirty ? `Steel  plate ${n}` : `Steel plate ${n}`,
    quantity: isDirty ? `${n % 1000}.5` : `${n % 1000}.500`,
    amount: isDirty ? `1,${100 + (n % 900)}.50` : `1${100 + (n % 900)}.50`,
    unit: isDirty ? '公斤' : 'KGM',
    ordered: isDirty ? day.replaceAll('-', '/') : day,
    booked: `${day} 08:30:${10 + (n % 50)}`,
    ...(n % 2 === 0 ? { note: isDirty ? '  ' : 'urgent' } : {}),
  }
})

const units = new Map([
  ['KGM', 'KGM'],
  ['公斤', 'KGM'],
  ['kg', 'KGM'],
  ['H87', 'H87'],
  ['pcs', 'H87'],
  ['个', 'H87'],
])
const shanghai = 8 * 3_600_000

/** What somebody writes who knows that these rows have no other defects, and that Shanghai's clocks stay as they are. */
function byHand(row: Row): Row {
  const parts = /^(\d{4})[-/](\d\d)[-/](\d\d)$/.exec(row.ordered)
  if (!parts) throw new Error(`${row.ordered} is not a date`)
  const booked = Date.parse(`${row.booked.replace(' ', 'T')}Z`)
  const unit = units.get(row.unit)
  if (!unit || Number.isNaN(booked)) throw new Error('a wrong row')
  const note = row.note?.trim()
  return {
    code: row.code.trim().toUpperCase(),
    name: row.name.trim().replace(/\s+/g, ' '),
    quantity: fixed(row.quantity, 3),
    amount: fixed(row.amount, 2),
    unit,
    ordered: `${parts[1]}-${parts[2]}-${parts[3]}`,
    booked: new Date(booked - shanghai).toISOString(),
    ...(row.note === undefined ? {} : { note: note === '' ? undefined : note }),
  } as Row
}

/** Exact, of commas and a point. */
function fixed(text: string, scale: number): string {
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(text.trim().replaceAll(',', ''))
  if (!parts) throw new Error(`${text} is not a number`)
  return `${parts[1]}.${(parts[2] ?? '').padEnd(scale, '0')}`
}

for (const row of input.slice(0, 1000)) deepStrictEqual(cleanRow(rules, row), byHand(row))

let changes = 0
const each = (clean: (row: Row) => unknown) => () => {
  for (const row of input) clean(row)
  return input.length
}
const measured = await rounds(
  [
    { name: 'cleanRow', run: each(row => cleanRow(rules, row)) },
    { name: 'cleanRow, told', run: each(row => cleanRow(rules, row, () => void changes++)) },
    { name: 'by hand', run: each(byHand) },
  ],
  Number(process.env.ROUNDS ?? 5),
)
const hand = measured[2] as Measured
const rows = measured.map(one => ({
  name: one.name,
  'rows /s': one.perSecond,
  'cpu us per row': one.cpuMicroseconds,
  'x by hand': ratio(one, hand),
}))
console.log(json ? JSON.stringify(rows) : table(rows))
