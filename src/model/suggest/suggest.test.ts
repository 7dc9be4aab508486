import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pinyin } from 'pinyin-pro'
import { suggestMapping } from './suggest.ts'
import { NameReader } from './words.ts'

const text = { type: 'string' }
const object = (properties: object) => ({ type: 'object', properties }) as never
const spell = (term: string) => pinyin(term, { toneType: 'none', type: 'array', v: true })
const best = (name: string, reader = new NameReader(spell)) => reader.readings(name)[0]?.join(' ')

test('names are read in every way of writing them, in English, Chinese, pinyin and the words of SAP', () => {
  const names = {
    purchaseOrderNo: 'purchase order number',
    PURCHASE_ORDER_NUMBER: 'purchase order number',
    'unit-of-measure': 'unit',
    UoM: 'unit',
    orderno: 'order number',
    MENGE: 'quantity',
    address1: 'address',
    订单编号: 'order number',
    不含税金额: 'net amount',
    gys_mc: 'supplier name',
    shuliang: 'quantity',
    kehumc: 'customer name',
    Correspnc: '?correspnc',
  }
  for (const [name, meaning] of Object.entries(names)) assert.equal(best(name), meaning, name)
  assert.equal(best('gys', new NameReader()), '?gys')
  const both = new NameReader(spell).readings('bz')
  assert.ok(new Set(both.flat()).isSupersetOf(new Set(['currency', 'remark'])))
})

test('samples tell apart what names do not: by the values of an enumeration, by their form', () => {
  const status = { name: 'T', schema: object({ orderStatus: text, payState: text }) }
  const paid = { name: 'U', schema: object({ status: { type: 'string', enum: ['paid', 'unpaid'] } }) }
  const samples = [
    { orderStatus: 'new', payState: 'PAID' },
    { orderStatus: 'sent', payState: 'unpaid' },
  ]
  const first = ([found]: ReturnType<typeof suggestMapping>) =>
    (found?.source ?? found?.alternatives[0])?.path
  assert.equal(first(suggestMapping(status, paid)), 'orderStatus')
  assert.equal(first(suggestMapping({ ...status, samples }, paid)), 'payState')
  const columns = { name: 'T', schema: object({ delivery1: text, delivery2: text }) }
  const dated = { name: 'U', schema: object({ delivery: { ...text, examples: ['2026-05-01'] } }) }
  const rows = [{ delivery1: 'by ship', delivery2: '2026-06-30' }]
  assert.equal(first(suggestMapping({ ...columns, samples: rows }, dated)), 'delivery2')
})

test('no field of the source is proposed twice, and what has none is left open', () => {
  const from = { name: 'A', schema: object({ supplier_id: text, supplier_name: text }) }
  const to = { name: 'B', schema: object({ vendorNo: text, vendorName: text, customsTariff: text }) }
  const found = suggestMapping(from, to)
  assert.deepEqual(
    found.map(({ source }) => source?.path),
    ['supplier_id', 'supplier_name', undefined],
  )
  const twice = suggestMapping(from, { name: 'B', schema: object({ vendorName: text, supplierName: text }) })
  assert.equal(twice.filter(({ source }) => source?.path === 'supplier_name').length, 1)
})

test('a schema that contains itself, or is endless in width, comes to an end', () => {
  const node = object({
    no: text,
    parent: { $ref: '#/$defs/Node' },
    children: { type: 'array', items: { $ref: '#/$defs/Node' } },
  })
  const side = { name: 'Node', schema: node, definitions: { Node: node } }
  const [first] = suggestMapping(side, { name: 'Other', schema: object({ no: text }) })
  assert.equal(first?.source?.path, 'no')
  const wide = object(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`f${n}`, text])))
  assert.ok(
    suggestMapping({ name: 'Wide', schema: wide }, { name: 'Other', schema: object({ no: text }) }).length ===
      1,
  )
})

const list = (properties: object) => ({ type: 'array', items: object(properties) })
const found = (from: object, to: object) =>
  new Map(
    suggestMapping({ name: 'A', schema: object(from) }, { name: 'B', schema: object(to) }).map(
      ({ target, source }) => [target.path, source?.path],
    ),
  )

test('an object of the source is one object of the target, and a list one list', () => {
  const address = { street: text, city: text, zip: text }
  const party = (more: object = {}) => object({ name: text, address: object(address), ...more })
  const sold = found(
    { partner: object({ name: text, ...address }) },
    { buyer: party({ account: text }), seller: party(), originator: party() },
  )
  const taken = [...sold].filter(([, source]) => source !== undefined).map(([target]) => target.split('.')[0])
  assert.ok(new Set(taken).size <= 1, `${taken}`)
  const lists = found(
    { items: list({ item_code: text, qty: text, amount: text }) },
    { lines: list({ itemNo: text, quantity: text, lineAmount: text }), allowances: list({ amount: text }) },
  )
  assert.equal(lists.get('lines[].quantity'), 'items[].qty')
  assert.equal(lists.get('allowances[].amount'), undefined)
})

test('values are named by what they are the value of, and plain lists are fields', () => {
  const value = object({ value: text, unit: text })
  const mapped = found(
    { lines: list({ qty: text, uom: text, price: text }), remark: text },
    {
      lines: list({ quantity: value, price: object({ amount: value }) }),
      notes: { type: 'array', items: text },
    },
  )
  assert.equal(mapped.get('lines[].quantity.value'), 'lines[].qty')
  assert.equal(mapped.get('lines[].price.amount.value'), 'lines[].price')
  assert.equal(mapped.get('notes[]'), 'remark')
})

test('a letter for the type ahead of a name says nothing', () => {
  const reader = new NameReader()
  assert.equal(best('cVenCode', reader), 'supplier code')
  assert.equal(best('FNumber', reader), 'number')
})
