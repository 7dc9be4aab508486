import assert from 'node:assert/strict'
import { stripTypeScriptTypes } from 'node:module'
import { test } from 'node:test'
import { draftOf } from '../../model/suggest/draft.ts'
import { suggestMapping } from '../../model/suggest/suggest.ts'
import { writeMappingDraft } from './mapping-draft.ts'

const text = { type: 'string' }
const object = (properties: object) => ({ type: 'object', properties })
const list = (properties: object) => ({ type: 'array', items: object(properties) })
const names = {
  from: { name: 'Given', module: './given.ts' },
  to: { name: 'Order', module: './models.ts' },
  mapping: 'givenToOrder',
}
function drafted(from: object, to: object): string {
  const suggestions = suggestMapping(
    { name: 'Given', schema: from as never },
    { name: 'Order', schema: to as never },
  )
  return writeMappingDraft(draftOf(suggestions), names)
}

test('objects and lists of the target are written as such; what is doubtful is a comment', () => {
  const from = object({
    orderNumber: text,
    ShipCity: text,
    items: list({ matnr: text, qty: text, attributes: list({ key: text, value: text }) }),
    note: text,
  })
  const to = object({
    orderNo: text,
    shipTo: object({ city: text }),
    lines: list({ materialNo: text, quantity: text, properties: list({ name: text, value: text }) }),
    contract: text,
    description: text,
  })
  assert.equal(
    drafted(from, to).split('\n').slice(3).join('\n'),
    `import { type DataOf, mapping } from 'isthmus'
import { Given } from "./given.ts"
import { Order } from "./models.ts"

export const givenToOrder = mapping<DataOf<typeof Given>, DataOf<typeof Order>>(Order, {
  orderNo: from => from.orderNumber, // 1
  // contract: from => from.orderNumber, // 0.46
  // description: from => from.note, // 0.5
  shipTo: from => ({
    city: from.ShipCity, // 1
  }),
  lines: from => (from.items ?? []).map(item => ({
    materialNo: item.matnr, // 1
    quantity: item.qty, // 1
    properties: (item.attributes ?? []).map(itemItem => ({
      // name: nothing was found
      value: itemItem.value, // 1
    })),
  })),
})
`,
  )
})

test('names of a document stay names, whatever they say', () => {
  const hostile = [
    "a'b",
    'x: 1 }); process.exit() //',
    'order no\n} evil()',
    '*/ evil() /*',
    '`$' + '{evil()}`',
    '__proto__',
  ]
  const properties = Object.fromEntries(hostile.map(name => [name, text]))
  const written = drafted(object(properties), object({ ...properties, lines: list(properties) }))
  const bare = stripTypeScriptTypes(written).replace(/"(?:[^"\\]|\\.)*"|\/\/.*$/gm, '""')
  assert.doesNotMatch(bare, /evil|exit/)
})
