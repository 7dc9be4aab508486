import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Scene } from './fixture.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Report {
  readonly counts: Record<string, number>
  readonly models: number
  readonly channels: number
  readonly problems: readonly { place: string; problem: string; duplicate?: true }[]
  readonly changes: readonly {
    name: string
    path?: string
    text: string
    breaking: boolean
    why: string
    flows: readonly { flow: string; step?: string; certain: boolean }[]
  }[]
  readonly written: readonly string[]
}

/** A folder of a user, in which the command is called. */
class Desk {
  readonly #scene: Scene

  constructor(t: TestContext) {
    this.#scene = new Scene(t)
    mkdirSync(this.path('node_modules'))
    symlinkSync(root, this.path('node_modules/isthmus'))
    this.write('package.json', '{"type":"module"}')
  }

  path(name: string): string {
    return join(this.#scene.folder, name)
  }

  write(name: string, content: string | object): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), typeof content === 'string' ? content : JSON.stringify(content))
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  run(...args: string[]) {
    return this.#scene.run(['import', ...args])
  }

  async report(...args: string[]): Promise<Report> {
    const { out, err, code } = await this.run(...args, '--json')
    assert.equal(code, 0, err)
    return JSON.parse(out)
  }
}

function shop(order: object, answer: object = { type: 'object', properties: { id: { type: 'string' } } }) {
  const json = (schema: object) => ({ content: { 'application/json': { schema } } })
  return {
    openapi: '3.1.0',
    info: { title: 'Shop', version: '1' },
    paths: {
      '/orders': {
        get: { operationId: 'listOrders', responses: { 200: json({ type: 'array', items: answer }) } },
        post: {
          operationId: 'placeOrder',
          requestBody: json({ $ref: '#/components/schemas/Order' }),
          responses: { 201: json({ $ref: '#/components/schemas/Receipt' }) },
        },
      },
    },
    components: { schemas: { Order: order, Receipt: answer } },
  }
}

const order = {
  type: 'object',
  required: ['no', 'qty'],
  properties: { no: { type: 'string' }, qty: { type: 'integer' }, note: { type: 'string' } },
}
const receipt = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'string' },
    state: { type: 'string', enum: ['new', 'sent'] },
    by: { type: 'string' },
  },
}

test('a dry run counts what was found and writes nothing', async t => {
  const desk = new Desk(t)
  desk.write('shop.json', shop(order, receipt))
  const report = await desk.report('openapi', 'shop.json', '--dry-run')
  assert.deepEqual(report.counts, { paths: 1, operations: 2, schemas: 2, webhooks: 0, callbacks: 0 })
  assert.deepEqual([report.models, report.channels, report.written], [4, 2, []])
  assert.equal(existsSync(desk.path('shop.ts')), false)
})

test('the kind is told from the document, the system from the file, and the module stands in this folder', async t => {
  const desk = new Desk(t)
  desk.write('api/Shop_v2.openapi.json', shop(order, receipt))
  const { code, out } = await desk.run('api/Shop_v2.openapi.json')
  assert.equal(code, 0)
  assert.match(out, /1 path, 2 operations, 2 schemas/)
  assert.match(desk.read('shop-v2.ts'), /export const shopV2 = system\('shop-v2', /)
  assert.match(
    desk.read('shop-v2.ts'),
    /^\/\/ Written by: isthmus import openapi api\/Shop_v2\.openapi\.json --system shop-v2/,
  )
  assert.equal(JSON.parse(desk.read('shop-v2.contract.json')).edition, 1)
})

test('only some channels are written, with what they reach, and the next import keeps to it', async t => {
  const desk = new Desk(t)
  desk.write('shop.json', shop(order, receipt))
  assert.equal((await desk.report('shop.json', '--only', 'GET */orders')).channels, 1)
  assert.doesNotMatch(desk.read('shop.ts'), /placeOrder|Receipt/)
  assert.equal((await desk.report('shop.json')).channels, 1)
  assert.equal((await desk.report('shop.json', '--only', '*', '--yes')).channels, 2)
  assert.match(desk.read('shop.ts'), /placeOrder/)
  const { code, err } = await desk.run('shop.json', '--only', 'nothing-*')
  assert.equal(code, 2)
  assert.match(err, /No channel of Shop fits nothing-\*/)
})

test('the same document again changes nothing and asks nothing', async t => {
  const desk = new Desk(t)
  desk.write('shop.json', shop(order, receipt))
  await desk.report('shop.json')
  const before = desk.read('shop.ts')
  const { code, out } = await desk.run('shop.json')
  assert.equal(code, 0)
  assert.match(out, /Nothing is different: shop\.ts stays as it is/)
  assert.equal(desk.read('shop.ts'), before)
})

const landscape = `import { flow, landscape, model, system, Type } from 'isthmus'
import { rest } from 'isthmus/rest'
import { Receipt, placeOrder, shop } from './shop.ts'
const Request = model('Request', { version: 1, schema: Type.Object({ id: Type.String(), number: Type.Integer() }) })
const Kept = model('Kept', { version: 1, schema: Type.Object({ id: Type.String(), by: Type.String() }) })
const web = system('web', { kind: 'other', connector: rest({ url: 'http://localhost:9' }) })
const asked = web.webhook('asked', Request, { verify: 'unsigned', id: data => data.id })
const keep = web.send('keep', Kept, { method: 'PUT', path: '/', effect: { kind: 'idempotent', probe: false } })
export const ordering = flow('ordering')
  .from(asked)
  .key(data => data.id)
  .enrich('receipt', placeOrder, data => ({ no: data.id, qty: data.number }))
  .to(keep, { id: data => data.receipt.id, by: data => data.receipt.by ?? '' })
export default landscape({ name: 'desk', systems: [web, shop], flows: [ordering] })
`

test('the difference to the import before is told: what breaks, why, and which flows it meets', async t => {
  const desk = new Desk(t)
  desk.write('shop.json', shop(order, receipt))
  await desk.report('shop.json')
  desk.write('isthmus.ts', landscape)
  desk.write(
    'shop.json',
    shop(
      {
        type: 'object',
        required: ['no', 'qty', 'site'],
        properties: {
          no: { type: 'string' },
          qty: { type: 'string' },
          note: { type: 'string' },
          site: { type: 'string' },
        },
      },
      {
        type: 'object',
        required: ['id', 'at'],
        properties: {
          id: { type: 'string' },
          at: { type: 'string' },
          state: { type: 'string', enum: ['new', 'lost'] },
        },
      },
    ),
  )
  const { changes } = await desk.report('shop.json', '--dry-run')
  const told = changes.map(({ name, path, text, breaking, flows }) => {
    const met = flows.map(({ flow, step, certain }) => `${flow}/${step}${certain ? '' : '?'}`).join()
    return `${breaking ? '!' : ' '} ${name}${path ? `.${path}` : ''}: ${text} ${met}`.trim()
  })
  assert.deepEqual(
    told.filter(text => /Order\b|Receipt/.test(text)),
    [
      '! Order.qty: was integer, is string ordering/receipt?',
      '! Order.site: is new: string, required ordering/receipt?',
      '! Receipt.by: is gone ordering/web.keep',
      '! Receipt.state: may be "lost", too ordering/receipt?',
      'Receipt.at: is new: string, required',
      'Receipt.state: is no longer "sent"',
    ],
  )
  const { out } = await desk.run('shop.json', '--dry-run')
  assert.match(
    out,
    /breaking Receipt\.by is gone\n +what reads it finds nothing\n +flow ordering, step web\.keep\n/,
  )
})

test('a module is written over only after a yes', async t => {
  const desk = new Desk(t)
  desk.write('shop.json', shop(order, receipt))
  await desk.report('shop.json')
  const before = desk.read('shop.ts')
  desk.write('shop.json', shop({ ...order, required: [] }, receipt))
  const { code, err } = await desk.run('shop.json')
  assert.equal(code, 2)
  assert.match(err, /2 differences\. Write over shop\.ts\? Nobody can be asked here: say --yes/)
  assert.equal(desk.read('shop.ts'), before)
  await desk.report('shop.json', '--yes')
  assert.notEqual(desk.read('shop.ts'), before)
})

test('a module that was changed by hand stays, and the new one is put beside it', async t => {
  const desk = new Desk(t)
  desk.write('shop.json', shop(order, receipt))
  await desk.report('shop.json')
  const mine = `${desk.read('shop.ts')}\nexport const mine = 1\n`
  desk.write('shop.ts', mine)
  assert.deepEqual((await desk.report('shop.json')).written, [])
  desk.write('shop.json', shop({ ...order, required: [] }, receipt))
  const { code, out } = await desk.run('shop.json', '--yes')
  assert.equal(code, 0)
  assert.match(out, /shop\.ts was changed by hand/)
  assert.equal(desk.read('shop.ts'), mine)
  assert.match(desk.read('shop.new.ts'), /no: Type\.Optional\(Type\.String\(\)\)/)
  // The person takes over what is new.
  desk.write('shop.contract.json', desk.read('shop.new.contract.json'))
  assert.deepEqual((await desk.report('shop.json')).written, [])
})

test('a file that no import has written is never written over', async t => {
  const desk = new Desk(t)
  desk.write('shop.json', shop(order, receipt))
  desk.write('shop.ts', 'export const precious = 1\n')
  assert.deepEqual((await desk.report('shop.json', '--yes')).written, [
    'shop.new.ts',
    'shop.new.contract.json',
  ])
  assert.equal(desk.read('shop.ts'), 'export const precious = 1\n')
})

test('what is defined twice is told with its place, and needs a yes', async t => {
  const desk = new Desk(t)
  desk.write(
    'twice.yaml',
    'openapi: 3.1.0\ninfo: { title: T }\ncomponents:\n  schemas:\n    A: { type: string }\n    A: { type: number }\n',
  )
  const { code, out, err } = await desk.run('twice.yaml')
  assert.equal(code, 2)
  assert.match(out, /twice\.yaml:6: duplicate/)
  assert.match(err, /say --yes/)
  assert.equal(existsSync(desk.path('twice.ts')), false)
  assert.deepEqual((await desk.report('twice.yaml', '--yes')).written, ['twice.ts', 'twice.contract.json'])
})

test('a type of an XML Schema that is defined twice needs a yes, too', async t => {
  const desk = new Desk(t)
  const type = '<xs:simpleType name="No"><xs:restriction base="xs:string"/></xs:simpleType>\n'
  desk.write('erp.xsd', `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n${type}${type}</xs:schema>`)
  const { code, out } = await desk.run('erp.xsd')
  assert.equal(code, 2)
  assert.match(out, /erp\.xsd:3: .*defined again/)
  assert.equal((await desk.report('erp.xsd', '--yes')).problems[0]?.duplicate, true)
})

test('a document that names one that is missing is refused with file and line', async t => {
  const desk = new Desk(t)
  desk.write(
    'api.yaml',
    'openapi: 3.1.0\ninfo: { title: T }\ncomponents:\n  schemas:\n    A: { $ref: "gone.yaml#/A" }\n',
  )
  const { code, err } = await desk.run('api.yaml', '--yes')
  assert.equal(code, 1)
  assert.match(err, /api\.yaml:5: .*gone\.yaml.* CONTRACT-REFERENCE/)
})

test('wrong calls are explained', async t => {
  const desk = new Desk(t)
  desk.write('what.txt', 'hello')
  const wrong: [string[], RegExp][] = [
    [['what.txt'], /cannot be told what what\.txt is/],
    [['magic', 'what.txt'], /no kind "magic".*openapi, wsdl, xsd, graphql, odata, asyncapi, sql, sample/],
    [['openapi', 'what.txt', '--system', 'No Name'], /"No Name" is not/],
    [[], /LOCATION is missing/],
  ]
  for (const [args, says] of wrong) {
    const { code, err } = await desk.run(...args)
    assert.equal(code, 2)
    assert.match(err, says)
  }
})

test('samples become models', async t => {
  const desk = new Desk(t)
  desk.write('orders/1.json', { no: '007', at: '2024-01-01' })
  desk.write('orders/2.json', { no: '008', at: '2024-01-02', note: null })
  const { out } = await desk.run('sample', 'orders', '--system', 'erp')
  assert.match(out, /2 files, 2 records/)
  assert.match(
    desk.read('erp.ts'),
    /no: Type\.String\(\), \/\/ in 2 of 2, 2 different, digits with leading zeros: stays text/,
  )
})
