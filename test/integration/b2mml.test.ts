import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Codec } from '../../src/message/codec/codec.ts'
import {
  type B2mmlOptions,
  materialClasses,
  materialIssues,
  materialLots,
  materials,
  productionReports,
  workOrders,
} from '../../src/model/b2mml/index.ts'
import {
  Material,
  MaterialClass,
  MaterialIssue,
  MaterialLots,
  ProductionReport,
  WorkOrder,
} from '../../src/model/canonical/index.ts'
import type { Model } from '../../src/model/model.ts'
import { samplesOf } from '../../src/model/sample.ts'
import { contentOf, without } from './document-content.ts'
import { b2mmlSchemas, faultsOf, lacks } from './xml-schemas.ts'

const corpus = process.env.ISTHMUS_CORPUS
const v7 = 'http://www.mesa.org/xml/B2MML'
const v0401 = 'http://www.wbf.org/xml/B2MML-V0401'

type Kind = readonly [name: string, schema: string, (options?: B2mmlOptions) => Codec, Model]
const kinds: readonly Kind[] = [
  ['materials', 'Material', materials, Material],
  ['material classes', 'Material', materialClasses, MaterialClass],
  ['lots', 'Material', materialLots, MaterialLots],
  ['work orders', 'OperationsSchedule', workOrders, WorkOrder],
  ['production reports', 'OperationsPerformance', productionReports, ProductionReport],
  ['material issues', 'OperationsPerformance', materialIssues, MaterialIssue],
]

type Read = Record<string, unknown> & { unmapped?: string[] }
const bare = (records: unknown) => (records as Read[]).map(({ unmapped: _, ...record }) => record)

/** With every field, and with none that may be left out. */
function recordsOf({ jsonSchema }: Model): Read[] {
  return samplesOf(jsonSchema).map(sample => {
    const record = bare([JSON.parse(JSON.stringify(sample))])[0] as Read
    for (const field of ['schedule', 'performance']) if (record[field]) record[field] = 'S-1'
    return record
  })
}

test('V0500 and V0600 are read as V7 is; other versions are refused by what they are', () => {
  const [record] = recordsOf(WorkOrder)
  const written = Buffer.from(workOrders().encode([record])).toString('utf8')
  const inVersion = (namespace: string) => Buffer.from(written.replace(`"${v7}"`, `"${namespace}"`))
  for (const version of ['V0500', 'V0600'])
    assert.deepEqual(
      workOrders().decode(inVersion(`${v7}-${version}`)),
      workOrders().decode(Buffer.from(written)),
    )
  assert.throws(() => workOrders().decode(inVersion(`${v7}-V9`)), {
    code: 'MSG-DECODE',
    message: /V9.*V0600/,
  })
})

describe('the real documents of B2MML', { skip: corpus ? false : 'ISTHMUS_CORPUS is not set' }, () => {
  const files = corpus ? globSync(join(corpus, 'isa95-b2mml/courbon-v0401/*.xml')).sort() : []
  const readers = [materialLots, materials] as const
  const options = { version: 'V0401', units: { KG: 'KGM' } } as const

  test('there are two', () => assert.equal(files.length, 2))

  for (const [index, file] of files.entries())
    test(`${basename(file)} fits its model, and comes back from what is written of it`, () => {
      const codec = (readers[index] ?? materials)(options)
      const model = index === 0 ? MaterialLots : Material
      const records = codec.decode(readFileSync(file)) as Read[]
      for (const record of records) assert.equal(model.validate(record).ok, true)
      const written = codec.encode(records)
      assert.deepEqual(codec.decode(written), bare(records))
      const original = without(contentOf(readFileSync(file), { '': v0401 }), records[0]?.unmapped ?? [])
      assert.deepEqual(contentOf(written, { '': v0401 }), original)
    })

  test('a quantity keeps its digits, and its unit becomes a code of Recommendation 20', () => {
    const [first] = materialLots(options).decode(readFileSync(files[0] ?? '')) as {
      lots: { sublots: object[] }[]
    }[]
    assert.deepEqual(first?.lots[0]?.sublots, [
      { lotNo: 'CRBN0001_LOT01_01', status: 'NotValid', quantities: [{ value: '24.910', unit: 'KGM' }] },
    ])
    const [material] = materials(options).decode(readFileSync(files[1] ?? '')) as Read[]
    assert.equal(material?.baseUnit, 'KGM')
    assert.deepEqual(material?.unmapped, ['DataArea/MaterialDefinition/Description/@languageID'])
  })
})

describe('what is written of B2MML V7 is valid', { skip: lacks('xmllint', 'b2mml') }, () => {
  let folder = ''
  let schemaOf: (name: string) => string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'isthmus-b2mml-'))
    schemaOf = b2mmlSchemas(join(folder, 'xsd'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('a validator that sees a fault says so', async () => {
    const written = Buffer.from(workOrders().encode(recordsOf(WorkOrder).slice(0, 1))).toString()
    const wrong = written.replace(/<ProcessSegmentID>.*?<.ProcessSegmentID>/, '')
    assert.match(await faultsOf([Buffer.from(wrong)], schemaOf('OperationsSchedule'), folder), /not expected/)
  })

  for (const [name, schema, codec, model] of kinds)
    test(name, async () => {
      const records = recordsOf(model)
      const plain = records.map(({ message: _, ...record }) => record)
      const documents = [...records, ...plain].map(record => codec().encode(record))
      const faults = await faultsOf(documents, schemaOf(schema), folder)
      assert.doesNotMatch(faults, /validity error|fails to|failed to compile/)
    })
})

for (const [name, , codec, model] of kinds)
  test(`every field of ${name} has its place in the document, and comes back from there`, () => {
    for (const record of recordsOf(model)) {
      assert.deepEqual(model.validate(record), { ok: true, data: record })
      for (const version of ['V7', 'V0401'] as const)
        assert.deepEqual(codec({ version }).decode(codec({ version }).encode(record)), [record])
    }
  })

const schedule = `<OperationsSchedule xmlns="${v7}"><ID>S-1</ID><Description>week 18</Description>${[
  'WO-1',
  'WO-2',
]
  .map(
    id => `<OperationsRequest><ID>${id}</ID><SegmentRequirement><ID>10</ID><ProcessSegmentID>WELD</ProcessSegmentID>
<OperationsDefinitionID>BIKE</OperationsDefinitionID><OperationsSegmentID>10</OperationsSegmentID></SegmentRequirement></OperationsRequest>`,
  )
  .join('')}</OperationsSchedule>`

test('a schedule is a list of work orders, which go back into one schedule', () => {
  const orders = workOrders().decode(Buffer.from(schedule)) as Read[]
  assert.deepEqual(
    orders.map(({ workOrderNo, schedule: number, unmapped }) => ({ workOrderNo, number, unmapped })),
    ['WO-1', 'WO-2'].map(workOrderNo => ({ workOrderNo, number: 'S-1', unmapped: ['Description'] })),
  )
  assert.match(
    Buffer.from(workOrders().encode(orders)).toString(),
    /<OperationsSchedule .*<ID>S-1<.*WO-1.*WO-2/,
  )
  const others = orders.map(order => ({ ...order, schedule: order.workOrderNo }))
  assert.throws(() => workOrders().encode(others), { code: 'MSG-ENCODE', message: /give them a message/ })
})

const actual = (id: string, use: string) =>
  `<MaterialActual><ID>${id}</ID><MaterialDefinitionID>TUBE</MaterialDefinitionID><MaterialUse>${use}</MaterialUse><Quantity>
<QuantityString>+1.500</QuantityString><DataType>decimal</DataType><UnitOfMeasure>MTR</UnitOfMeasure></Quantity></MaterialActual>`
const performance = `<p:OperationsPerformance xmlns:p="${v7}" xmlns="${v7}"><ID>P-1</ID><p:OperationsResponse><ID>R-1</ID>
<OperationsRequestID>WO-1</OperationsRequestID><SegmentResponse><ID>G-1</ID><ActualEndTime>2026-05-01T08:00:00Z</ActualEndTime>
${actual('1', 'Consumed')}${actual('2', 'Produced')}</SegmentResponse><SegmentResponse><ID>G-2</ID>${actual('1', 'Produced')}
</SegmentResponse></p:OperationsResponse></p:OperationsPerformance>`

test('of a performance the material that was consumed is issued, and what else it says is told', () => {
  const issues = materialIssues().decode(Buffer.from(performance))
  assert.deepEqual(issues, [
    {
      issueNo: 'G-1',
      issuedAt: '2026-05-01T08:00:00Z',
      lines: [{ lineNo: '1', material: 'TUBE', use: 'Consumed', quantity: { value: '1.500', unit: 'MTR' } }],
      workOrderNo: 'WO-1',
      performance: 'P-1',
      unmapped: [
        'SegmentResponse/MaterialActual[MaterialUse=Produced]',
        'OperationsResponse/ID',
        'SegmentResponse[ID=G-2]',
      ],
    },
  ])
  const none = performance.replaceAll('>Consumed<', '>Produced<')
  assert.throws(() => materialIssues().decode(Buffer.from(none)), {
    code: 'MSG-DECODE',
    message: /no record/,
  })
})

test('materials in one document are those of a message, or information on several', () => {
  const [one, other] = ['A', 'B'].map(materialNo => ({ materialNo }))
  const information = materials().encode([one, other])
  assert.match(Buffer.from(information).toString(), /<MaterialInformation .*>A<.*>B</)
  assert.deepEqual(materials().decode(information), [one, other])
  const message = { verb: 'Sync', createdAt: '2026-05-01T08:00:00Z' }
  const together = [one, other].map(each => ({ ...each, message }))
  assert.deepEqual(materials().decode(materials().encode(together)), together)
  assert.deepEqual(materials().decode(materials().encode(one)), [one])
  const apart = [together[0], { ...other, message: { ...message, verb: 'Process' } }]
  for (const wrong of [
    apart,
    [],
    [{ ...one, message: { ...message, verb: 'Drop' } }],
    [{ ...one, lots: [] }],
  ])
    assert.throws(() => materials().encode(wrong), { code: 'MSG-ENCODE' })
})

test('documents that are not of B2MML, or of another kind, are refused by name', () => {
  for (const text of [schedule.replaceAll(v7, 'urn:other'), schedule])
    assert.throws(() => materials().decode(Buffer.from(text)), {
      code: 'MSG-DECODE',
      message: /not MaterialDefinition or MaterialInformation of B2MML/,
    })
  const doctype = `<!DOCTYPE x [<!ENTITY a "b">]>${schedule}`
  assert.throws(() => workOrders().decode(Buffer.from(doctype)), { code: 'MSG-DECODE' })
  assert.throws(() => workOrders({ maxNodes: 10 }).decode(Buffer.from(schedule)), { code: 'MSG-LIMIT' })
})
