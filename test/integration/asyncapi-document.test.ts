import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { rest } from '../../src/connectors/rest/index.ts'
import { readAsyncApi } from '../../src/contract/asyncapi/read.ts'
import {
  flow,
  idempotent,
  landscape,
  model,
  saga,
  sagaEvent,
  schedule,
  system,
  Type,
  topic,
} from '../../src/index.ts'
import { asyncApi } from '../../src/server/asyncapi-document.ts'
import { env } from '../../src/system/setting.ts'
import { modelsOf, moduleOf, Project, readContract } from './contract-harness.ts'

const Order = model('Order', {
  version: 1,
  key: 'no',
  pii: ['customer'],
  schema: Type.Object({ no: Type.String(), customer: Type.String() }),
})
/** A tree, whose schema refers to itself. */
const Part = model('Part', {
  version: 3,
  schema: Type.Cyclic(
    { Part: Type.Object({ no: Type.String(), parts: Type.Array(Type.Ref('Part')) }) },
    'Part',
  ),
})

const shop = system('shop', { kind: 'other', connector: rest({ url: env('SHOP_URL') }) })
const hook = shop.webhook('orders', Order, { verify: 'unsigned' })
const told = shop.send('told', Part, {
  method: 'POST',
  path: '/events',
  effect: idempotent,
  event: { source: '/isthmus' },
})
const silent = shop.send('silent', Order, { method: 'POST', path: '/orders', effect: idempotent })
const placed = topic('order-placed', Order)
const described = asyncApi(
  landscape({
    name: 'shop-floor',
    systems: [shop],
    flows: [
      flow('intake').from(hook).to(placed),
      flow('stock').from(placed).to(silent),
      flow('parts')
        .from(placed)
        .map(Part, { no: ({ no }) => no, parts: () => [] })
        .to(told),
    ],
  }),
)

test('the document says which flow receives and sends what where', () => {
  assert.deepEqual(Object.keys(described.channels), ['shop.orders', 'topics.order-placed', 'shop.told'])
  assert.deepEqual(
    Object.entries(described.operations).map(([name, { action, channel }]) => [name, action, channel.$ref]),
    [
      ['intake.receive', 'receive', '#/channels/shop.orders'],
      ['intake.send.topics.order-placed', 'send', '#/channels/topics.order-placed'],
      ['stock.receive', 'receive', '#/channels/topics.order-placed'],
      ['parts.receive', 'receive', '#/channels/topics.order-placed'],
      ['parts.send.shop.told', 'send', '#/channels/shop.told'],
    ],
  )
  assert.deepEqual(described.components.messages['Order.v1']?.['x-personal-data'], ['customer'])
})

test('what sagas send is in the document; sagas, their events and schedules are of Isthmus itself, and are not', () => {
  const orders = saga('orders', Order)
    .step('announce', placed, ({ input }) => input)
    .wait('paid', sagaEvent('paid', Order))
    .step('tell', told, () => ({ no: '1', parts: [] }))
  const { channels, operations } = asyncApi(
    landscape({
      name: 'shop-floor',
      systems: [shop],
      flows: [
        flow('nightly')
          .from(schedule('night', { every: '1d' }))
          .map(Order, { no: ({ at }) => at, customer: () => 'nobody' })
          .to(orders),
        flow('stock').from(placed).to(silent),
      ],
    }),
  )
  assert.deepEqual(Object.keys(channels).sort(), ['shop.told', 'topics.order-placed'])
  assert.deepEqual(Object.keys(operations), [
    'stock.receive',
    'saga.orders.send.topics.order-placed',
    'saga.orders.send.shop.told',
  ])
})

test('the document is valid by the schema of AsyncAPI 3.0', () => {
  const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json')
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true })
  addFormats.default(ajv)
  const validate = ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema' })
  assert.ok(validate(described), JSON.stringify(validate.errors, null, 2))
  assert.equal(validate({ ...described, channels: 7 }), false)
})

test('what we write we can import, a schema that refers to itself included', async t => {
  const project = new Project(t)
  const contract = await readContract(readAsyncApi, project.write('events.json', JSON.stringify(described)))
  const { channels, operations, messages, schemas } = contract.counts
  assert.deepEqual([channels, operations, messages, schemas], [3, 5, 2, 2])
  project.write('events.ts', moduleOf(contract))
  assert.equal(Object.keys(modelsOf(await project.load('events.ts'))).length, contract.models.length)
  assert.equal(await project.typeCheck(), '')
})
