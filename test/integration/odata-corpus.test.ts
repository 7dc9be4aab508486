import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import { readEdmx } from '../../src/connectors/odata/index.ts'
import { readEdm } from '../../src/connectors/odata/read-edm.ts'
import { openDocument } from '../../src/contract/open-document.ts'
import { model } from '../../src/model/model.ts'
import { type JsonSchema, schemaValidator } from '../../src/model/schema-validator.ts'
import { errorOf, noon, outgoing } from './http-harness.ts'
import { ask, connected, sourceOf } from './odata-harness.ts'
import { startV2 } from './odata-servers.ts'

const corpus = process.env.ISTHMUS_CORPUS
const options = { skip: !corpus && 'ISTHMUS_CORPUS is not set: the folder of real files is not here' }
const sap = (name: string) => `${corpus}/odata/sap-s4-v2/${name}.metadata.xml`

/** Facts about the files, counted in their text by other means. */
const files: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'Northwind.xml': { 'entity types': 26, 'entity sets': 26, 'navigation properties': 22 },
  'TripPin.xml': {
    'entity types': 9,
    'complex types': 4,
    'enum types': 1,
    'entity sets': 4,
    singletons: 1,
    functions: 4,
    actions: 2,
    'function imports': 1,
    'action imports': 1,
  },
  'annotations.xml': { 'entity types': 2, 'entity sets': 9, singletons: 4 },
  'Products.xml': { 'entity types': 5, 'entity sets': 4, actions: 1 },
  'sap-s4-v2/BILLOFMATERIALV2_SRV.metadata.xml': {
    'entity types': 61,
    'complex types': 5,
    associations: 47,
    'function imports': 31,
  },
  'sap-s4-v2/CB_EMPLOYEE_FS_SRV.metadata.xml': {
    'entity types': 10,
    associations: 6,
    'navigation properties': 6,
  },
  'sap-s4-v2/C_PURREQUISITION_FS_SRV.metadata.xml': { 'entity types': 2, associations: 1, properties: 81 },
  'sap-s4-v2/FAC_CURRENCY_EXCHANGE_RATE_SRV.metadata.xml': { 'entity types': 11, 'function imports': 5 },
  'sap-s4-v2/MM_PUR_PO_MAINT_V2_SRV.metadata.xml': {
    'entity types': 124,
    'complex types': 2,
    'entity sets': 124,
    associations: 126,
    'navigation properties': 134,
    'function imports': 37,
  },
  'sap-s4-v2/PP_WORKCENTER_GROUP_SRV.metadata.xml': { 'entity types': 12, 'function imports': 2 },
}

for (const [file, counts] of Object.entries(files))
  test(`${file} is read and counted`, options, async () => {
    const contract = await readEdmx(await openDocument(`${corpus}/odata/${file}`))
    for (const [kind, count] of Object.entries(counts)) assert.equal(contract.counts[kind], count, kind)
    const names = contract.models.map(({ name }) => name)
    assert.equal(new Set(names).size, names.length)
    for (const name of names) assert.match(name, /^[A-Za-z][A-Za-z0-9]*$/)
    const channels = contract.channels.map(({ name }) => name)
    assert.equal(new Set(channels).size, channels.length)
    for (const name of channels) assert.match(name, /^[a-z][a-z0-9-]{0,62}$/)
    for (const { model, answer, role, effect } of contract.channels) {
      for (const used of [model, answer]) if (used !== undefined) assert.ok(names.includes(used), used)
      assert.equal(role === 'source', effect === undefined)
    }
    const $defs = Object.fromEntries(contract.models.map(({ name, schema }) => [name, schema]))
    const [first] = contract.models
    schemaValidator('All', { ...first?.schema, $defs } as JsonSchema, undefined).validate({})
    const missing = contract.problems.map(({ problem }) => problem).join()
    if (file === 'Products.xml') assert.match(missing, /PeopleService is missing: .*People.xml/)
    else assert.equal(missing, '')
  })

test('records of real S/4HANA services are read, of many sets', options, async t => {
  const metadata = sap('FAC_CURRENCY_EXCHANGE_RATE_SRV')
  const { sets, types } = readEdm(await readFile(metadata))
  // The server makes up no dates for keys that are dates, but any text.
  const keyTypes = (type: string) =>
    types.get(type)?.keys.map(key => types.get(type)?.properties.get(key)?.type)
  const sound = [...sets.values()].filter(({ type }) => !keyTypes(type)?.includes('Edm.DateTime'))
  assert.ok(sound.length >= 5)
  await readAll(
    t,
    metadata,
    sound.map(({ name }) => name),
  )
})

test('the purchase orders of S/4HANA are read by their keys, and one by one', options, async t => {
  const { owner, connection } = await readAll(t, sap('MM_PUR_PO_MAINT_V2_SRV'), ['C_PurchaseOrderTP'])
  const Any = model('Any', { version: 1, schema: { type: 'object' } as never })
  const get = owner.get('one', { set: 'C_PurchaseOrderTP', request: Any, response: Any })
  const [answer] = await ask(
    connection,
    get as never,
    outgoing({ PurchaseOrder: 'x', DraftUUID: 'no guid', IsActiveEntity: true }),
  )
  assert.equal(errorOf(answer).code, 'MSG-ENCODE')
})

/** Serves a description with records that are made up, and delivers those of these sets. */
async function readAll(t: TestContext, metadata: string, sets: readonly string[]) {
  const server = await startV2(metadata, 'generated')
  t.after(() => server.close())
  const { owner, connection } = await connected(t, { url: server.url, version: 'V2' }, { now: () => noon })
  const Any = model('Any', { version: 1, schema: { type: 'object' } as never })
  assert.ok(sets.length > 0)
  for (const set of sets) {
    const channel = owner.entities('all', Any, { set, paging: 'skip', pageSize: 40, every: '1h' })
    const stop = new AbortController()
    let taken = 0
    const count = ((await server.send('GET', `${set}?$top=1000`)) as { d: { results: unknown[] } }).d.results
      .length
    assert.ok(count > 0, set)
    const intake = {
      async accept(deliveries: readonly { defect?: string | undefined }[]) {
        taken += deliveries.length
        assert.deepEqual(
          deliveries.flatMap(({ defect }) => defect ?? []),
          [],
          set,
        )
        if (taken >= count) stop.abort()
        return deliveries.map(() => ({ status: 'accepted' as const, id: '' }))
      },
      position: async () => undefined,
    }
    await sourceOf(connection, channel).run(intake, stop.signal)
    assert.equal(taken, count, set)
  }
  return { owner, connection }
}
