import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildSchema, introspectionFromSchema, parse, validate } from 'graphql'
import { readGraphql } from '../../src/connectors/graphql/index.ts'
import type { Contract, ContractChannel, ContractDocument } from '../../src/contract/contract.ts'
import { openDocument } from '../../src/contract/open-document.ts'
import { schemaValidator } from '../../src/model/schema-validator.ts'

const corpus = process.env.ISTHMUS_CORPUS ?? ''
const options = { skip: corpus === '' && 'set ISTHMUS_CORPUS to the folder of real files to run it' }

const shop = /* GraphQL */ `
  "Money, exactly."
  scalar Decimal
  scalar Weird
  enum State { OPEN, CLOSED }
  interface Node { id: ID! }
  type Product implements Node { id: ID!, name: String, price: Decimal!, state: State!, secret(key: String!): String, old: Int @deprecated, maker: Maker }
  type Maker { id: ID!, address: Address, products: [Product!] }
  type Address { street: String, country: Country }
  type Country { code: String! }
  type ProductEdge { node: Product }
  type PageInfo { hasNextPage: Boolean!, endCursor: String }
  type ProductConnection { edges: [ProductEdge!]!, pageInfo: PageInfo! }
  type Refused { reason: String! }
  union Created = Product | Refused
  input Range { from: Decimal!, to: Decimal, size: Int! = 3, within: Range }
  type OnlyArguments { it(of: Int!): Int }
  type Query {
    products(first: Int, after: String, price: Range): ProductConnection!
    product(id: ID!): Product
    node(id: ID!): Node
    hidden: OnlyArguments
  }
  type Mutation { createProduct(name: String!, states: [State!]!): Created, product: Int }
  type Subscription { productCreated: Product! }
`

function documentOf(text: string, location = 'my shop.graphql'): ContractDocument {
  return { location, body: Buffer.from(text), load: () => assert.fail('nothing else is named') }
}

/** A literal of a contract's code, as it would be read from the module. */
function literal(channel: ContractChannel | undefined, option: string): string {
  const { text } = channel?.options[option] ?? assert.fail(`no ${option}`)
  return JSON.parse(`"${text.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`)
}

const channelOf = ({ channels }: Contract, name: string) => channels.find(each => each.name === name)

test('a schema becomes models, and a channel for every field of its roots', async () => {
  const contract = await readGraphql(documentOf(shop))
  assert.deepEqual(contract.counts, { types: 22, queries: 4, mutations: 2, subscriptions: 1 })
  assert.equal(contract.title, 'my shop')
  assert.equal(contract.connector?.options.url?.text, "env('MY_SHOP_URL')")
  assert.deepEqual(
    contract.channels.map(({ name, factory, role, effect }) => [name, factory, role, effect?.kind]),
    [
      ['products', 'query', 'requester', 'read'],
      ['product', 'query', 'requester', 'read'],
      ['node', 'query', 'requester', 'read'],
      ['create-product', 'mutate', 'requester', 'irreversible'],
      ['product-2', 'mutate', 'requester', 'irreversible'],
      ['product-created', 'subscribe', 'source', undefined],
    ],
  )
  assert.deepEqual(
    contract.problems.map(({ problem }) => problem),
    [
      'The scalar Weird does not say what its values are; any value is taken',
      'Query.hidden is left out: all that it answers needs arguments, or is deprecated',
    ],
  )
  assert.match(contract.problems[0]?.place ?? '', /^my shop\.graphql:4$/)
})

test('documents select the leaves of the answer and of what it holds', async () => {
  const contract = await readGraphql(documentOf(shop))
  const leaves = 'id name price state maker { id }'
  const expected: Record<string, string> = {
    product: `query Product($id: ID!) { product(id: $id) { ${leaves} } }`,
    products:
      'query Products($first: Int, $after: String, $price: Range) { products(first: $first, after: $after, price: $price) ' +
      `{ edges { node { ${leaves} } } pageInfo { hasNextPage endCursor } } }`,
    'create-product':
      'mutation CreateProduct($name: String!, $states: [State!]!) { createProduct(name: $name, states: $states) ' +
      '{ __typename ... on Product { id name price state } ... on Refused { reason } } }',
    'product-created': `subscription ProductCreated { productCreated { ${leaves} } }`,
  }
  for (const [name, document] of Object.entries(expected))
    assert.equal(literal(channelOf(contract, name), 'document'), document)
  assert.equal(literal(channelOf(contract, 'create-product'), 'at'), 'createProduct')
})

test('models take what GraphQL takes, and refuse what it refuses', async () => {
  const contract = await readGraphql(documentOf(shop))
  const $defs = Object.fromEntries(contract.models.map(({ name, schema }) => [name, schema]))
  const fits = (name: string, data: unknown) =>
    schemaValidator(name, { $defs, $ref: `#/$defs/${name}` }, undefined).validate(data).ok
  const product = { id: '1', name: null, price: '12.50', state: 'OPEN', maker: { id: '2' } }
  assert.ok(fits('ProductAnswer', product))
  assert.ok(fits('ProductAnswer', null))
  assert.ok(!fits('ProductAnswer', { ...product, state: 'LOST' }))
  assert.ok(!fits('ProductAnswer', { ...product, price: null }))
  assert.ok(!fits('ProductCreatedAnswer', null))
  assert.ok(fits('ProductsVariables', { price: { from: '1', within: { from: '2' } } }))
  assert.ok(!fits('ProductsVariables', { price: { to: '1' } }))
  assert.ok(!fits('ProductsVariables', { colour: 'red' }))
  assert.ok(fits('CreateProductAnswer', { __typename: 'Refused', reason: 'no' }))
  assert.ok(!fits('CreateProductAnswer', { __typename: 'Product', reason: 'no' }))
})

test('an introspection says the same as the SDL', async () => {
  const said = introspectionFromSchema(buildSchema(shop))
  const sdl = await readGraphql(documentOf(shop))
  for (const json of [said, { data: said }]) {
    const contract = await readGraphql(documentOf(JSON.stringify(json), 'my shop.json'))
    assert.deepEqual(contract.counts, sdl.counts)
    assert.deepEqual(contract.channels, sdl.channels)
    const byName = (models: Contract['models']) => new Map(models.map(each => [each.name, each.schema]))
    assert.deepEqual(byName(contract.models), byName(sdl.models))
  }
})

test('what cannot be read says where; what is only wrong is told', async () => {
  const refused: [string, RegExp][] = [
    ['type Query {\n a: Int\n', /^shop\.graphql:3: Syntax Error/],
    ['query { a }', /^shop\.graphql:1: it holds an operation/],
    ['type Query { a: Missing }', /Unknown type: "Missing"|Unknown type "Missing"/],
    ['type A { a: Int }', /Query root type must be provided/],
    ['{"data":{}}', /no result of an introspection/],
    ['{"a":1,"a":2}', /twice/],
    ['', /Syntax Error/],
  ]
  for (const [text, message] of refused)
    await assert.rejects(readGraphql(documentOf(text, 'shop.graphql')), {
      code: 'CONTRACT-UNREADABLE',
      message,
    })
  const twice = await readGraphql(
    documentOf('type Query { a: T }\ntype T { b: Int }\ntype T { c: Int }', 's.graphql'),
  )
  assert.deepEqual(twice.problems, [
    {
      place: 's.graphql:3',
      problem: 'T is defined again, and this second definition is left out. The first is at line 2',
    },
  ])
})

test('the schema of Saleor: all its types, and documents that it accepts', options, async () => {
  const path = join(corpus, 'graphql/saleor.graphql')
  const contract = await readGraphql(await openDocument(path))
  assert.deepEqual(contract.counts, { types: 1461, queries: 89, mutations: 332, subscriptions: 26 })
  assert.equal(contract.channels.length, 89 + 332 + 26)
  assert.equal(new Set(contract.channels.map(({ name }) => name)).size, contract.channels.length)
  assert.equal(new Set(contract.models.map(({ name }) => name)).size, contract.models.length)
  const schema = buildSchema(await readFile(path, 'utf8'))
  for (const channel of contract.channels)
    assert.deepEqual(validate(schema, parse(literal(channel, 'document'))), [], channel.name)
  const $defs = Object.fromEntries(contract.models.map(({ name, schema: each }) => [name, each]))
  const { validate: check } = schemaValidator('all', { $defs, $ref: '#/$defs/OrdersAnswer' }, undefined)
  assert.ok(!check({ edges: 'none' }).ok)
})
