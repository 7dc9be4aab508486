import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { readOpenApi } from '../../src/contract/openapi/read.ts'
import { IsthmusError } from '../../src/errors.ts'
import type { RequesterChannel } from '../../src/system/channel.ts'
import type { System } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { corpus, corpusOptions, modelsOf, moduleOf, Project, readContract } from './contract-harness.ts'

const real = [
  {
    path: 'openapi/xero/xero_accounting.yaml',
    counts: { paths: 138, operations: 235, schemas: 140, webhooks: 0, callbacks: 0 },
  },
  {
    path: 'openapi/xero/xero_assets.yaml',
    counts: { paths: 4, operations: 6, schemas: 12, webhooks: 0, callbacks: 0 },
  },
  {
    path: 'openapi/xero/xero-webhooks.yaml',
    counts: { paths: 0, operations: 0, schemas: 2, webhooks: 4, callbacks: 0 },
  },
  {
    path: 'openapi/sap-cloud-sdk-test-service.json',
    counts: { paths: 15, operations: 31, schemas: 19, webhooks: 0, callbacks: 0 },
  },
]
for (const { path, counts } of real)
  test(`${path} becomes a module that compiles, loads and validates`, corpusOptions, async t => {
    const project = new Project(t)
    const contract = await readContract(readOpenApi, join(corpus, path))
    assert.deepEqual(contract.counts, counts)
    const text = moduleOf(contract)
    assert.equal(moduleOf(await readContract(readOpenApi, join(corpus, path))), text)
    project.write('shop.ts', text)
    assert.equal(await project.typeCheck(), '')
    const models = modelsOf(await project.load('shop.ts'))
    assert.equal(Object.keys(models).length, contract.models.length)
    // What has no channel is told.
    const told = contract.problems.filter(({ problem }) => problem.includes('there is no channel')).length
    assert.equal(contract.channels.length + told, counts.operations + counts.webhooks)
  })

test(
  'models that contain one another accept what fits and refuse what does not, at any depth',
  corpusOptions,
  async t => {
    const project = new Project(t)
    const contract = await readContract(readOpenApi, join(corpus, 'openapi/xero/xero_accounting.yaml'))
    project.write('shop.ts', moduleOf(contract))
    project.write(
      'use.ts',
      `import type { DataOf } from 'isthmus'
import { Invoice, Payment } from './shop.ts'
export const good: DataOf<typeof Invoice> = { Payments: [{ Invoice: { Payments: [{ Amount: 1 }] } }] }
// @ts-expect-error an amount is a number, also in a payment of an invoice of a payment
export const bad: DataOf<typeof Payment> = { Invoice: { Payments: [{ Invoice: { Payments: [{ Amount: 'x' }] } }] } }
`,
    )
    assert.equal(await project.typeCheck(), '')
    const { Invoice } = modelsOf(await project.load('shop.ts'))
    assert.ok(Invoice)
    assert.equal(Invoice.validate({ Payments: [{ Invoice: { Payments: [{ Amount: 1 }] } }] }).ok, true)
    const refused = Invoice.validate({ Payments: [{ Invoice: { Payments: [{ Amount: 'x' }] } }] })
    assert.deepEqual(refused.ok ? [] : refused.problems.map(({ path }) => path), [
      'Payments[0].Invoice.Payments[0].Amount',
    ])
  },
)

test('effects are proposed with the reason', corpusOptions, async () => {
  const { channels } = await readContract(readOpenApi, join(corpus, 'openapi/xero/xero_accounting.yaml'))
  const effectOf = (name: string) => channels.find(channel => channel.name === name)?.effect
  assert.deepEqual(effectOf('get-invoices')?.kind, 'read')
  assert.equal(effectOf('delete-contact-group-contacts')?.kind, 'idempotent')
  // POST with the header Idempotency-Key.
  assert.equal(effectOf('update-or-create-contacts')?.kind, 'idempotent')
  assert.match(effectOf('update-or-create-contacts')?.why ?? '', /header Idempotency-Key/)
})

const orders = {
  openapi: '3.0.3',
  info: { title: 'Orders', version: '2' },
  servers: [{ url: 'https://{host}/api', variables: { host: { default: 'orders.example' } } }],
  components: {
    schemas: {
      Order: {
        type: 'object',
        required: ['no', 'lines', 'createdAt'],
        properties: {
          no: { type: 'integer', format: 'int64' },
          lines: { type: 'array', minItems: 1, items: { $ref: 'parts/line.yaml#/Line' } },
          note: { type: 'string', nullable: true, maxLength: 5 },
          state: { type: 'string', enum: ['open', 'done'], nullable: true },
          createdAt: { type: 'string', format: 'date-time', readOnly: true },
          price: { type: 'number', minimum: 0, exclusiveMinimum: true },
          extra: { type: 'object', additionalProperties: { type: 'integer' } },
          by: { oneOf: [{ $ref: '#/components/schemas/Person' }, { type: 'string', format: 'email' }] },
        },
      },
      Person: {
        allOf: [
          { $ref: '#/components/schemas/Named' },
          { type: 'object', properties: { age: { type: 'integer' } } },
        ],
      },
      Named: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' } },
        discriminator: { propertyName: 'name' },
      },
    },
    securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
  },
  paths: {
    '/orders/{region}': {
      parameters: [{ $ref: '#/components/parameters/Region' }],
      get: {
        operationId: 'listOrders',
        parameters: [
          { name: 'state', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
          {
            name: 'ids',
            in: 'query',
            explode: false,
            required: true,
            schema: { type: 'array', items: { type: 'integer' } },
          },
          {
            name: 'filter',
            in: 'query',
            content: {
              'application/json': { schema: { type: 'object', properties: { a: { type: 'string' } } } },
            },
          },
          { name: 'X-Trace', in: 'header', schema: { type: 'string' } },
        ],
        responses: {
          200: {
            description: 'ok',
            content: {
              'application/json': {
                schema: { type: 'array', items: { $ref: '#/components/schemas/Order' } },
              },
            },
          },
        },
      },
      post: {
        operationId: 'createOrder',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } },
        },
        responses: {
          201: {
            description: 'made',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } },
          },
          204: { description: 'none' },
        },
      },
    },
  },
}

function writeOrders(project: Project): string {
  project.write(
    'api/parts/line.yaml',
    'Line:\n  type: object\n  required: [sku]\n  properties:\n    sku: { type: string, pattern: "^[A-Z]+$" }\n    of: { $ref: "../orders.json#/components/schemas/Order" }\n',
  )
  const parameters = { Region: { name: 'region', in: 'path', required: true, schema: { type: 'string' } } }
  return project.write(
    'api/orders.json',
    JSON.stringify({ ...orders, components: { ...orders.components, parameters } }),
  )
}

test('a document in several files is called as it says, and its answers are checked', async t => {
  const project = new Project(t)
  const contract = await readContract(readOpenApi, writeOrders(project))
  assert.deepEqual(contract.problems, [])
  const text = moduleOf(contract)
  project.write('shop.ts', text)
  assert.equal(await project.typeCheck(), '')
  assert.match(text, /apiKey\('X-Key', secret\('SHOP_KEY'\)\)/)
  assert.match(text, /env\('SHOP_URL', 'https:\/\/orders\.example\/api'\)/)
  assert.match(text, /\/\/ POST may happen twice/)

  const asked: { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }[] = []
  const order = {
    no: '9007199254740993',
    lines: [{ sku: 'A' }],
    createdAt: '2024-01-01T00:00:00Z',
    note: null,
    state: null,
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    asked.push({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    })
    if (request.method === 'POST') response.writeHead(204).end()
    else
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify([order]).replace('"9007199254740993"', '9007199254740993'))
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const { shop, listOrders, createOrder } = (await project.load('shop.ts')) as {
    shop: System
    listOrders: RequesterChannel<unknown, unknown>
    createOrder: RequesterChannel<unknown, unknown>
  }
  const settings = { SHOP_URL: `http://127.0.0.1:${port}/api`, SHOP_KEY: 'k' }
  const connection = await shop.connector.connect(connectContext({ system: 'shop', settings }))
  t.after(() => connection.close())
  const ask = async (channel: RequesterChannel<unknown, unknown>, data: unknown) => {
    assert.equal(channel.model.validate(data).ok, true)
    const item = { data, effectKey: 'e', key: 'k', messageId: 'm', attempt: 1 }
    const [answer] = (await connection.requester?.(channel).ask([item], new AbortController().signal)) ?? []
    return answer
  }
  const listed = await ask(listOrders, {
    region: 'a/b',
    state: ['open', 'x y'],
    ids: [1, 2],
    filter: { a: 'ü' },
    'X-Trace': 't',
  })
  assert.deepEqual(listed, { ok: true, result: [order] })
  const { no: _, createdAt: __, ...rest } = order
  assert.deepEqual(await ask(createOrder, { region: 'x', body: { ...rest, no: 1 } }), {
    ok: true,
    result: null,
  })

  const [get, post] = asked
  const query = new URL(get?.url ?? '', 'http://x')
  assert.equal(query.pathname, '/api/orders/a%2Fb')
  assert.deepEqual(query.searchParams.getAll('state'), ['open', 'x y'])
  assert.equal(query.searchParams.get('ids'), '1,2')
  assert.equal(query.searchParams.get('filter'), '{"a":"ü"}')
  assert.equal(get?.headers['x-trace'], 't')
  assert.equal(get?.headers['x-key'], 'k')
  assert.deepEqual(JSON.parse(post?.body ?? ''), { ...rest, no: 1 })
})

test('what a schema says is what its model accepts', async t => {
  const project = new Project(t)
  project.write('shop.ts', moduleOf(await readContract(readOpenApi, writeOrders(project))))
  const { Order } = modelsOf(await project.load('shop.ts'))
  const order = { no: 1, lines: [{ sku: 'A', of: { no: 2, lines: [{ sku: 'B' }] } }] }
  const fits = (change: object) => Order?.validate({ ...order, ...change }).ok
  assert.equal(fits({}), true)
  assert.equal(
    fits({ note: null, state: 'done', price: 0.1, extra: { a: 1 }, by: { name: 'x', age: 1 } }),
    true,
  )
  assert.equal(fits({ by: 'a@b.de' }), true)
  for (const wrong of [
    { note: 'longer' },
    { state: 'lost' },
    { price: 0 },
    { extra: { a: 'x' } },
    { by: { age: 1 } },
    { by: 'no mail' },
    { lines: [] },
    { lines: [{ sku: 'a' }] },
    { lines: [{ sku: 'A', of: { no: 2, lines: [{ sku: 'b' }] } }] },
    { no: 'x' },
  ])
    assert.equal(fits(wrong), false, JSON.stringify(wrong))
})

test('a part of a path that is a number or a text is sent as it is', async t => {
  const project = new Project(t)
  const path = project.write(
    'either.yaml',
    `${head}paths:
  /items/{id}:
    get:
      operationId: item
      parameters: [{ name: id, in: path, required: true, schema: { oneOf: [{ type: integer }, { type: string }] } }]
      responses: { 204: { description: x } }
`,
  )
  const text = moduleOf(await readContract(readOpenApi, path))
  assert.match(text, /`\/items\/\$\{encodeURIComponent\(data\.id\)\}`/)
  project.write('shop.ts', text)
  assert.equal(await project.typeCheck(), '')
})

test('Swagger 2.0 is read as it means', async t => {
  const project = new Project(t)
  const path = project.write(
    'old.yaml',
    `swagger: "2.0"
info: { title: Old, version: "1" }
host: old.example
basePath: /v1
schemes: [http, https]
securityDefinitions: { login: { type: basic } }
paths:
  /pets/{id}:
    put:
      operationId: savePet
      parameters:
        - { name: id, in: path, required: true, type: integer }
        - { name: tags, in: query, type: array, items: { type: string }, collectionFormat: pipes }
        - { name: pet, in: body, schema: { $ref: "#/definitions/Pet" } }
      responses: { 200: { description: ok, schema: { $ref: "#/definitions/Pet" } } }
    post:
      operationId: uploadPet
      consumes: [application/x-www-form-urlencoded]
      parameters:
        - { name: id, in: path, required: true, type: integer }
        - { name: name, in: formData, required: true, type: string }
      responses: { default: { description: ok } }
definitions:
  Pet: { type: object, required: [name], properties: { name: { type: string }, of: { $ref: "#/definitions/Pet" } } }
`,
  )
  const contract = await readContract(readOpenApi, path)
  assert.deepEqual(contract.problems, [])
  const text = moduleOf(contract)
  project.write('shop.ts', text)
  assert.equal(await project.typeCheck(), '')
  assert.match(text, /'https:\/\/old\.example\/v1'/)
  assert.match(text, /basic\(env\('SHOP_USER'\), secret\('SHOP_PASSWORD'\)\)/)
  assert.match(text, /tags: data\.tags === undefined \? undefined : delimited\(data\.tags, '\|'\)/)
  assert.match(text, /codec: form\(\)/)
  const { Pet } = modelsOf(await project.load('shop.ts'))
  assert.equal(Pet?.validate({ name: 'a', of: { name: 'b' } }).ok, true)
  assert.equal(Pet?.validate({ name: 'a', of: {} }).ok, false)
})

const head = 'openapi: 3.1.0\ninfo: { title: T, version: "1" }\n'
const refused: Readonly<Record<string, { text: string; code: string; says: RegExp }>> = {
  'a file that is not there': {
    text: `${head}components:\n  schemas:\n    A:\n      $ref: "missing.yaml#/A"\n`,
    code: 'CONTRACT-REFERENCE',
    says: /bad\.yaml:6: .*missing\.yaml/,
  },
  'a file outside of the folder': {
    text: `${head}components: { schemas: { A: { $ref: "../secret.yaml" } } }`,
    code: 'CONTRACT-REFERENCE',
    says: /bad\.yaml:3: /,
  },
  'another host': {
    text: `${head}components: { schemas: { A: { $ref: "http://169.254.169.254/x" } } }`,
    code: 'CONTRACT-REFERENCE',
    says: /bad\.yaml:3: .*another host/,
  },
  'YAML that is broken': {
    text: `${head}paths:\n  - a\n b: [`,
    code: 'CONTRACT-UNREADABLE',
    says: /bad\.yaml:5: /,
  },
  'JSON that is broken': {
    text: '{"openapi": "3.0.0",,}',
    code: 'CONTRACT-UNREADABLE',
    says: /bad\.yaml: .*line 1/,
  },
  'another kind of document': { text: 'a: 1', code: 'CONTRACT-UNREADABLE', says: /no OpenAPI document/ },
}
for (const [what, { text, code, says }] of Object.entries(refused))
  test(`${what} is refused, with the place`, async t => {
    const project = new Project(t)
    project.write('secret.yaml', 'type: string')
    const path = project.write('api/bad.yaml', text)
    await assert.rejects(readContract(readOpenApi, path), error => {
      assert.ok(error instanceof IsthmusError)
      assert.equal(error.code, code)
      assert.match(error.message, says)
      return true
    })
  })

test('what cannot be taken over is told, and the rest is read', async t => {
  const project = new Project(t)
  const path = project.write(
    'odd.yaml',
    `${head}paths:
  /a:
    get: { operationId: a, responses: { 200: { description: x, content: { application/pdf: {} } } } }
    trace: { responses: {} }
    post: { operationId: b, requestBody: { content: { application/octet-stream: {} } }, responses: {} }
components:
  schemas:
    A: { $ref: "#/components/schemas/B" }
    B: { $ref: "#/components/schemas/A" }
    C: { type: string, pattern: "[" }
    D: { $ref: "#/components/schemas/Nowhere" }
    D: { type: object, properties: { __proto__: { type: string }, x: { type: string } } }
`,
  )
  const { problems, channels, models } = await readContract(readOpenApi, path)
  const told = problems.map(({ problem }) => problem).join('\n')
  for (const says of [
    /application\/pdf, which is not read/,
    /TRACE/,
    /octet-stream, which is not written/,
    /defined by itself/,
    /pattern "\["/,
    /__proto__/,
  ])
    assert.match(told, says)
  const twice = problems.filter(({ duplicate }) => duplicate)
  assert.match(twice[0]?.place ?? '', /odd\.yaml:14$/)
  assert.deepEqual(
    channels.map(({ name }) => name),
    ['a'],
  )
  assert.deepEqual(
    models.map(({ name }) => name),
    ['A', 'B', 'C', 'D', 'Nothing'],
  )
})
