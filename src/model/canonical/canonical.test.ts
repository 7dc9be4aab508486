import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Model } from '../model.ts'
import { samplesOf } from '../sample.ts'
import type { JsonSchema } from '../schema-validator.ts'
import * as catalogue from './index.ts'
import { Invoice, LedgerEntry, Material, SalesOrder, termsOf } from './index.ts'

const models = Object.values(catalogue).filter(each => 'jsonSchema' in each) as Model[]

test('the catalogue has the models that companies exchange', () => {
  const names = models.map(({ name }) => name)
  for (const name of [
    ...[
      'Material',
      'BillOfMaterial',
      'WorkOrder',
      'MaterialIssue',
      'ProductionReport',
      'SalesOrder',
      'PurchaseOrder',
    ],
    ...['Customer', 'Supplier', 'Employee', 'Invoice', 'StockMove', 'LedgerEntry'],
  ])
    assert.ok(names.includes(name), name)
})

for (const model of models)
  test(`${model.name}: a key that is required, terms for every field, samples that fit, personal fields that exist`, () => {
    const { key = '', jsonSchema, pii } = model
    assert.ok((jsonSchema.required as string[]).includes(key))
    const told = new Set(termsOf(model).map(({ path }) => path))
    const all = fieldsOf(jsonSchema, '')
    assert.deepEqual(
      all.filter(path => !told.has(path)),
      [],
    )
    for (const path of pii)
      assert.ok(
        all.some(field => field.replaceAll('[]', '') === path),
        path,
      )
    for (const sample of samplesOf(jsonSchema))
      assert.deepEqual(model.validate(sample), { ok: true, data: sample })
  })

/** Of lists the elements. */
function fieldsOf(schema: JsonSchema, path: string): string[] {
  if (schema.items) return fieldsOf(schema.items as JsonSchema, `${path}[]`)
  const fields = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
  return [path, ...fields.flatMap(([name, inner]) => fieldsOf(inner, path ? `${path}.${name}` : name))]
}

test('a term is that of its field from the document on', () => {
  const of = (model: Model, path: string) =>
    termsOf(model).flatMap(each => (each.path === path ? [`${each.standard} ${each.term}`] : []))
  assert.deepEqual(of(SalesOrder, 'lines[].quantity.unit'), [
    'UBL Order/cac:OrderLine/cac:LineItem/cbc:Quantity/@unitCode',
    'B2MML UnitOfMeasure',
  ])
  assert.deepEqual(of(SalesOrder, 'buyer.party.name'), [
    'UBL Order/cac:BuyerCustomerParty/cac:Party/cac:PartyName/cbc:Name',
  ])
  assert.deepEqual(of(Invoice, 'deliveries[].address'), [
    'UBL Invoice/cac:Delivery/cac:DeliveryAddress',
    'UBL Invoice/cac:Delivery/cac:DeliveryLocation/cac:Address',
  ])
  assert.deepEqual(of(Material, 'materialNo'), [
    'B2MML MaterialDefinition/ID',
    'UBL cac:Item/cac:SellersItemIdentification/cbc:ID',
  ])
  assert.deepEqual(of(LedgerEntry, 'lines[].account'), [
    'XBRL-GL gl-cor:entryHeader/gl-cor:entryDetail/gl-cor:account/gl-cor:accountMainID',
  ])
})

test('amounts are digits with a currency, never numbers; dates are dates', () => {
  const [sample] = samplesOf(LedgerEntry.jsonSchema) as {
    lines: { amount: unknown }[]
    postingDate: string
  }[]
  assert.ok(sample)
  const [line] = sample.lines
  const entry = (change: object) =>
    LedgerEntry.validate({ ...sample, lines: [line, { ...line, ...change }] }).ok
  assert.equal(entry({ amount: { value: '0.10', currency: 'CNY' } }), true)
  for (const amount of [
    { value: 0.1, currency: 'CNY' },
    { value: '1e3', currency: 'CNY' },
    { value: '1', currency: '¥' },
  ])
    assert.equal(entry({ amount }), false)
  assert.equal(LedgerEntry.validate({ ...sample, postingDate: '2026-02-30' }).ok, false)
})
