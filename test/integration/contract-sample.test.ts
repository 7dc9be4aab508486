import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Contract } from '../../src/contract/contract.ts'
import { samplesIn } from '../../src/contract/sample/input.ts'
import { readSamples } from '../../src/contract/sample/read.ts'
import { soundContract } from '../../src/contract/sound-contract.ts'
import { xml } from '../../src/message/codec/xml.ts'
import type { JsonSchema } from '../../src/model/schema-validator.ts'
import { corpus, corpusOptions, modelsOf, moduleOf, Project } from './contract-harness.ts'

async function samplesOf(location: string): Promise<Contract> {
  return soundContract(await readSamples(location, 'shop'), location)
}

/** The schema that is inferred from the content of one file. */
async function inferredFrom(t: TestContext, name: string, content: unknown): Promise<JsonSchema> {
  const project = new Project(t)
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  const [model] = (await samplesOf(project.write(`data/${name}`, text))).models
  return model?.schema ?? {}
}

function fieldOf(schema: JsonSchema, name: string): JsonSchema {
  const { $comment: _, ...field } = (schema.properties as Record<string, JsonSchema>)[name] ?? {}
  return field
}

const tables = [
  ['files/government_contracts.csv', 6422],
  ['files/persons.csv', 3],
  ['files/movies-condensed.tsv', 20],
  ['zh/areas.csv', 2978],
  ['zh/cities.gbk.csv', 342],
  ['cleaning/org-sites-dirty-with-true-ids.csv', 3337],
  ['cleaning/febrl', 6000],
  ['files/json-sample-format-1.json', 1],
  ['files/xml-sample-format-1.xml', 1],
  ['ubl', 11],
] as const
test('models inferred from real files compile, and accept every record of them', corpusOptions, async t => {
  const project = new Project(t)
  for (const [index, [name, records]] of tables.entries()) {
    const contract = await samplesOf(join(corpus, name))
    assert.equal(contract.counts.records, records, name)
    project.write(`m${index}.ts`, moduleOf(contract))
    const models = modelsOf(await project.load(`m${index}.ts`))
    assert.equal(Object.keys(models).length, contract.models.length)
    if (!/\.\w+$/.test(name)) continue
    const location = join(corpus, name)
    const { records: all } = samplesIn({
      location,
      body: await readFile(location),
      load: () => assert.fail(),
    })
    const [model] = Object.values(models)
    for (const record of all) assert.deepEqual(model?.validate(record), { ok: true, data: record })
  }
  assert.equal(await project.typeCheck(), '')
})

test(
  'messages of one kind fit one model, whatever prefixes their namespaces have',
  corpusOptions,
  async t => {
    const project = new Project(t)
    const contract = await samplesOf(join(corpus, 'ubl'))
    const names = [
      'CreditNote',
      'DespatchAdvice',
      'InventoryReport',
      'Invoice',
      'Order',
      'OrderChange',
      'OrderResponse',
    ]
    assert.deepEqual(contract.models.map(({ name }) => name).sort(), names)
    project.write('ubl.ts', moduleOf(contract))
    const { Invoice } = modelsOf(await project.load('ubl.ts'))
    const codec = xml({
      root: 'Invoice',
      schema: contract.models.find(({ name }) => name === 'Invoice')?.schema,
    })
    for (const file of ['2.0-Example-NS1', '2.0-Example-NS2', '2.1-Example', '2.1-Example-Trivial']) {
      const data = codec.decode(await readFile(join(corpus, `ubl/UBL-Invoice-${file}.xml`)))
      assert.deepEqual(Invoice?.validate(data), { ok: true, data })
    }
  },
)

test('formats are those that every value has', async t => {
  const rows = [1, 2, 3, 4, 5].map(n => ({
    day: `2024-02-0${n}`,
    at: `2024-02-0${n}T10:00:00+08:00`,
    id: `0c9f9c0e-8f1d-4e5b-9a53-00000000000${n}`,
    mail: `a${n}@example.com`,
    link: `https://example.com/${n}`,
    price: `${n}.50`,
    zip: `0${n}`,
    mixed: n === 3 ? 'soon' : `2024-02-0${n}`,
  }))
  const schema = await inferredFrom(t, 'rows.json', rows)
  assert.deepEqual(fieldOf(schema, 'day'), { type: 'string', format: 'date' })
  assert.deepEqual(fieldOf(schema, 'at'), { type: 'string', format: 'date-time' })
  assert.deepEqual(fieldOf(schema, 'id'), { type: 'string', format: 'uuid' })
  assert.deepEqual(fieldOf(schema, 'mail'), { type: 'string', format: 'email' })
  assert.deepEqual(fieldOf(schema, 'link'), { type: 'string', format: 'uri' })
  assert.deepEqual(fieldOf(schema, 'price'), { type: 'string', pattern: '^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?$' })
  assert.deepEqual(fieldOf(schema, 'zip'), { type: 'string' })
  assert.deepEqual(fieldOf(schema, 'mixed'), { type: 'string' })
})

test('required, optional, null, lists, numbers, and numbers that JavaScript cannot hold', async t => {
  const text = `[{"a":1,"b":null,"n":1.5,"big":9007199254740993,"list":[{"x":1}],"mix":"a"},
    {"a":2,"b":"t","n":2,"big":1,"list":[{"x":2,"y":true},{"x":3}],"mix":{"z":1},"more":[]}]`
  const schema = await inferredFrom(t, 'rows.json', text)
  assert.deepEqual(schema.required, ['a', 'b', 'n', 'big', 'list', 'mix'])
  assert.deepEqual(fieldOf(schema, 'a'), { type: 'integer' })
  assert.deepEqual(fieldOf(schema, 'b'), { anyOf: [{ type: 'string' }, { type: 'null' }] })
  assert.deepEqual(fieldOf(schema, 'n'), { type: 'number' })
  assert.deepEqual(fieldOf(schema, 'big'), { anyOf: [{ type: 'integer' }, { type: 'string' }] })
  const list = fieldOf(schema, 'list').items as JsonSchema
  assert.deepEqual(list.required, ['x'])
  assert.deepEqual(fieldOf(list, 'y'), { type: 'boolean' })
  assert.deepEqual(fieldOf(schema, 'more'), { type: 'array', items: {} })
  const kinds = (fieldOf(schema, 'mix').anyOf as JsonSchema[]).map(({ type }) => type)
  assert.deepEqual(kinds, ['object', 'string'])
})

test('values that repeat are a list of values; those that do not, or are few, are none', async t => {
  const rows = Array.from({ length: 20 }, (_, n) => ({
    state: ['open', 'done', 'lost'][n % 3],
    name: `name ${n}`,
    seldom: n === 0 ? 'once' : 'often',
    code: String(n % 3),
  }))
  const schema = await inferredFrom(t, 'rows.json', rows)
  assert.deepEqual(fieldOf(schema, 'state'), { type: 'string', enum: ['done', 'lost', 'open'] })
  for (const name of ['name', 'seldom', 'code']) assert.deepEqual(fieldOf(schema, name), { type: 'string' })
  const few = await inferredFrom(t, 'rows.json', rows.slice(0, 19))
  assert.deepEqual(fieldOf(few, 'state'), { type: 'string' })
})

test('objects whose names are data are maps', async t => {
  const schema = await inferredFrom(t, 'rows.json', [
    { stock: { '4711': { qty: 1 }, '4712': { qty: 2 } }, labels: { de: 'a', en: 'b' } },
    { stock: { '4713': { qty: 3, site: 'A' } }, labels: { de: 'c' } },
  ])
  const { additionalProperties, properties } = fieldOf(schema, 'stock')
  assert.equal(properties, undefined)
  assert.deepEqual((additionalProperties as JsonSchema).required, ['qty'])
  assert.deepEqual(fieldOf(schema, 'labels').required, ['de'])
})

test('comments tell how many samples said so, and hold no value', async t => {
  const project = new Project(t)
  const path = project.write('people.csv', 'id;name;city\n007;Wang;\n008;Li;Ulm\n009;Wang;Bonn\n')
  const text = moduleOf(await samplesOf(path))
  assert.match(text, /Inferred from 3 samples/)
  assert.match(
    text,
    /id: Type\.String\(\), \/\/ in 3 of 3, 3 different, digits with leading zeros: stays text/,
  )
  assert.match(text, /name: Type\.String\(\), \/\/ in 3 of 3, 2 different\n/)
  assert.match(text, /city: Type\.String\(\), \/\/ in 3 of 3, 2 different, 1 empty/)
  assert.doesNotMatch(text, /Wang|Bonn|007/)
})

test('recorded traffic becomes requests and answers of each operation', async t => {
  const project = new Project(t)
  const lines = [
    {
      request: { method: 'GET', url: 'https://x/orders/1?a=1' },
      response: { status: 200, body: { no: '1' } },
    },
    {
      request: { method: 'GET', url: 'https://x/orders/2' },
      response: { status: 200, body: '{"no":"2","at":"2024-01-01"}' },
    },
    {
      request: { method: 'GET', url: 'https://x/orders/3' },
      response: { status: 404, body: { error: 'none' } },
    },
    {
      request: { method: 'POST', path: '/orders', body: { no: '4' } },
      response: { status: 201, body: { ok: true } },
    },
  ]
  const path = project.write('traffic.jsonl', lines.map(line => JSON.stringify(line)).join('\n'))
  const { models } = await samplesOf(path)
  assert.deepEqual(
    models.map(({ name }) => name),
    ['GETOrdersIdAnswer', 'POSTOrdersRequest', 'POSTOrdersAnswer'],
  )
  assert.deepEqual(models[0]?.schema.required, ['no'])
})

test('records that cannot be read are told with their line, and a file without any is refused', async t => {
  const project = new Project(t)
  const path = project.write('rows.jsonl', '{"a":1}\n{"a":2}\n{"a":\n')
  const { problems } = await samplesOf(path)
  assert.match(problems[0]?.place ?? '', /rows\.jsonl:3$/)
  const broken = project.write('broken.csv', 'a,b\n1,2,3\n')
  await assert.rejects(samplesOf(broken), {
    code: 'CONTRACT-UNREADABLE',
    message: /broken\.csv:2: left out: 3 cells/,
  })
  const bomb = project.write('bomb.xml', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
  await assert.rejects(samplesOf(bomb), { code: 'CONTRACT-UNREADABLE' })
})
