import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { catalogueModels } from '../../scripts/models-reference.ts'
import type { Codec } from '../../src/message/codec/codec.ts'
import {
  InventoryReport,
  Invoice,
  OrderChange,
  OrderResponse,
  PurchaseOrder,
  SalesOrder,
  StockMove,
  termsOf,
} from '../../src/model/canonical/index.ts'
import type { Model } from '../../src/model/model.ts'
import { samplesOf } from '../../src/model/sample.ts'
import {
  despatchAdvice,
  inventoryReport,
  invoice,
  order,
  orderChange,
  orderResponse,
} from '../../src/model/ubl/index.ts'
import { contentOf, without } from './document-content.ts'
import { faultsOf, lacks, ublSchemas } from './xml-schemas.ts'

const corpus = process.env.ISTHMUS_CORPUS
const kinds: Readonly<Record<string, readonly [Codec, ...Model[]]>> = {
  Order: [order(), SalesOrder, PurchaseOrder],
  OrderChange: [orderChange(), OrderChange],
  OrderResponse: [orderResponse(), OrderResponse],
  DespatchAdvice: [despatchAdvice(), StockMove],
  Invoice: [invoice(), Invoice],
  CreditNote: [invoice(), Invoice],
  InventoryReport: [inventoryReport(), InventoryReport],
}
const files = corpus ? globSync(join(corpus, 'ubl/*.xml')) : []
const kindOf = (file: string) => /^UBL-([A-Za-z]+)-/.exec(basename(file))?.[1] ?? ''
const codecOf = (kind: string) => kinds[kind]?.[0] as Codec

type Read = Record<string, unknown> & { unmapped?: string[] }

function read(file: string): { record: Record<string, unknown>; unmapped: readonly string[] } {
  const { unmapped = [], ...record } = codecOf(kindOf(file)).decode(readFileSync(file)) as Read
  return { record, unmapped }
}

describe('the real documents of UBL', { skip: corpus ? false : 'ISTHMUS_CORPUS is not set' }, () => {
  const base = 'urn:oasis:names:specification:ubl:schema:xsd:'
  const prefixes = { cac: `${base}CommonAggregateComponents-2`, cbc: `${base}CommonBasicComponents-2` }
  /** Two ways in which UBL says where goods go: the record has one. */
  const oneAddress = (line: string) => line.replace('cac:DeliveryLocation/cac:Address', 'cac:DeliveryAddress')

  test('there are some of every kind', () => {
    assert.deepEqual(new Set(files.map(kindOf)), new Set(Object.keys(kinds)))
    assert.equal(files.length, 11)
  })

  for (const file of files)
    test(`${basename(file)} fits its model, and comes back from what is written of it`, () => {
      const kind = kindOf(file)
      const [codec, ...models] = kinds[kind] as (typeof kinds)[string]
      const { record, unmapped } = read(file)
      for (const model of models) assert.deepEqual(model.validate(record), { ok: true, data: record })
      const written = codec.encode({ ...record, unmapped })
      assert.deepEqual(codec.decode(written), record)
      const original = without(contentOf(readFileSync(file), prefixes), [...unmapped, 'cbc:UBLVersionID'])
      const again = without(contentOf(written, prefixes), ['cbc:UBLVersionID'])
      assert.deepEqual(again.sort(), original.map(oneAddress).sort())
    })

  test('what has no place is told: little, and by its path', () => {
    const told = Object.fromEntries(files.map(file => [basename(file), read(file).unmapped]))
    assert.deepEqual(told['UBL-Invoice-2.1-Example-Trivial.xml'], [])
    assert.deepEqual(told['UBL-Order-2.0-Example.xml'], ['cbc:UBLVersionID'])
    assert.deepEqual(told['UBL-DespatchAdvice-2.0-Example.xml'], [
      'cbc:UBLVersionID',
      'cac:Shipment/cac:Consignment',
    ])
    assert.ok(told['UBL-Order-2.1-Example.xml']?.includes('cac:AdditionalDocumentReference'))
  })

  test('one invoice under other prefixes is the same record', () => {
    const [one, other] = ['NS1', 'NS2'].map(name =>
      read(join(corpus ?? '', `ubl/UBL-Invoice-2.0-Example-${name}.xml`)),
    )
    assert.deepEqual(one, other)
    assert.equal(one?.record.invoiceNo, 'A00095678')
  })
})

describe('what is written of UBL is valid', { skip: lacks('xmllint', 'ubl') }, () => {
  let folder = ''
  let schemaOf: (document: string) => string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'isthmus-ubl-'))
    schemaOf = await ublSchemas(folder)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('every term of UBL that a model names is one of the standard', () => {
    const schemas = globSync(
      join(folder, 'external/schemas/ubl21/{maindoc/*,common/UBL-CommonAggregateComponents-2.1}.xsd'),
    )
    const text = schemas.map(file => readFileSync(file, 'utf8')).join('\n')
    const types = new Map(
      [...text.matchAll(/<xsd:complexType name="(\w+)Type">([\s\S]*?)<\/xsd:complexType>/g)].map(
        ([, name, body]) => [
          name,
          new Set([...(body ?? '').matchAll(/ref="([^"]+)"/g)].map(([, ref]) => ref)),
        ],
      ),
    )
    const isKnown = ([first = '', ...steps]: readonly string[]): boolean => {
      if (first === 'text()' || first.startsWith('@')) return true
      let at = first.replace('cac:', '')
      for (const step of steps) {
        if (step === 'text()' || step.startsWith('@')) return true
        if (!types.get(at)?.has(step)) return false
        at = roles.get(step) ?? step.replace(/^c.c:/, '')
      }
      return types.has(first.replace('cac:', ''))
    }
    const roles = new Map(
      [...text.matchAll(/<xsd:element name="(\w+)" type="(\w+)Type"\/>/g)].map(([, name, type]) => [
        `cac:${name}`,
        type ?? '',
      ]),
    )
    const terms = catalogueModels().flatMap(each =>
      termsOf(each).filter(({ standard }) => standard === 'UBL'),
    )
    assert.ok(terms.length > 1000)
    assert.deepEqual(
      terms.filter(({ term }) => !isKnown(term.split('/'))),
      [],
    )
  })

  test('a validator that sees a fault says so', async () => {
    const [record] = samplesOf(SalesOrder.jsonSchema)
    const wrong = Buffer.from(order().encode(record))
      .toString()
      .replace(/<cbc:ID>1<.cbc:ID>/, '')
    assert.match(await faultsOf([Buffer.from(wrong)], schemaOf('Order'), folder), /not expected/)
  })

  for (const [kind, [codec, model]] of Object.entries(kinds))
    test(`${kind}: the real ones, with every field of its record, and with none that may be left out`, async () => {
      const real = files.filter(file => kindOf(file) === kind).map(file => read(file).record)
      const documents = [...real, ...recordsOf(model as Model, kind)].map(record => codec.encode(record))
      assert.equal(await faultsOf(documents, schemaOf(kind), folder), '')
    })
})

test('a stock move without an order is no despatch advice, and is refused as one', () => {
  const [, , , , least] = samplesOf(StockMove.jsonSchema)
  assert.throws(() => despatchAdvice().encode(least), {
    code: 'MSG-ENCODE',
    message: /needs lines\[0\]\.orderLines/,
  })
})

test('every field of every model has its place in the document, and comes back from there', () => {
  for (const [kind, [codec, model]] of Object.entries(kinds))
    for (const record of recordsOf(model as Model, kind)) {
      assert.deepEqual((model as Model).validate(record), { ok: true, data: record })
      assert.deepEqual(codec.decode(codec.encode(record)), record)
    }
})

/** Without what its document has no place for. */
function recordsOf({ jsonSchema }: Model, kind: string): Record<string, unknown>[] {
  const noPlace = ['unmapped', 'fromLocation', 'toLocation', ...(kind === 'CreditNote' ? ['dueDate'] : [])]
  return samplesOf(jsonSchema).map(sample => {
    const record = JSON.parse(JSON.stringify(sample)) as Record<string, unknown>
    for (const field of noPlace) delete record[field]
    if ('kind' in record) record.kind = kind
    if (kind === 'DespatchAdvice')
      for (const line of record.lines as { orderLines?: object[] }[]) line.orderLines ??= [{ lineNo: '1' }]
    return record
  })
}
