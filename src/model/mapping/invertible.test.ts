import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { model } from '../model.ts'
import { codeTable } from './code-table.ts'
import { invertible, roundTripProblems, unitPair } from './invertible.ts'

const Text = Type.String()
const Item = model('Item', {
  version: 1,
  schema: Type.Object({ no: Text, unit: Text, grams: Text, note: Type.Optional(Text) }),
})
const Part = model('Part', {
  version: 1,
  schema: Type.Object({ code: Text, uom: Text, kilograms: Text, remark: Type.Optional(Text) }),
})
const uom = codeTable('uom', { pc: 'C62', kg: 'KGM', m: 'MTR', l: 'LTR', t: 'TNE', g: 'GRM', dz: 'DZN' })
const both = invertible(Item, Part, {
  no: { to: 'code', by: { code: no => `P-${no}`, back: code => code.slice(2) } },
  unit: { to: 'uom', by: uom },
  grams: { to: 'kilograms', by: unitPair('GRM', 'KGM') },
  note: 'remark',
})

test('one list of pairs maps both ways', () => {
  const item = { no: '7', unit: 'kg', grams: '1250' }
  const part = both.forward.apply(item)
  assert.deepEqual(part, { code: 'P-7', uom: 'KGM', kilograms: '1.250' })
  assert.deepEqual(both.backward.apply({ ...part, remark: 'x' }), { ...item, grams: '1250.000', note: 'x' })
  assert.deepEqual(both.forward.lineage(Item).uom?.sources, ['unit'])
  assert.deepEqual(both.backward.lineage(Part).grams, { sources: ['kilograms'], complete: true })
})

test('what does not come back is told, on every code of its tables', () => {
  assert.deepEqual(roundTripProblems(both), [])
  const lossy = invertible(Item, Part, {
    no: { to: 'code', by: { code: no => no.trim(), back: code => code } },
    unit: {
      to: 'uom',
      by: { code: unit => (unit === 'l' ? 'KGM' : uom.code(unit)), back: code => uom.back(code as 'KGM') },
    },
    grams: 'kilograms',
  })
  const item = { no: ' 7', unit: 'l', grams: '1' }
  assert.deepEqual(roundTripProblems(lossy, [item]), [
    { field: 'no', given: ' 7', back: '7' },
    { field: 'unit', given: 'l', back: 'kg' },
  ])
})

test('a table that is not one to one, and two fields for one, are refused when declared', () => {
  const twice = codeTable('twice', { a: 'X', b: 'X' } as Record<string, string>)
  assert.throws(
    () => invertible(Item, Part, { no: 'code', unit: { to: 'uom', by: twice }, grams: 'kilograms' }),
    /X is the code of a and of b/,
  )
  assert.throws(
    () => invertible(Item, Part, { no: 'code', unit: 'uom', grams: 'kilograms', note: 'code' } as never),
    /Two fields are paired with Part.code/,
  )
})
