import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { rest } from '../../src/connectors/rest/index.ts'
import { Filtered, planFlow } from '../../src/engine/plan.ts'
import { runSteps } from '../../src/engine/run-steps.ts'
import { checkLandscape } from '../../src/flow/check.ts'
import { mermaid } from '../../src/flow/graph.ts'
import {
  type Flow,
  flow,
  IsthmusError,
  idempotent,
  landscape,
  model,
  read,
  system,
  Type,
} from '../../src/index.ts'
import type { RequesterChannel, SinkChannel, SourceChannel } from '../../src/system/channel.ts'

const Line = Type.Object({ sku: Type.String(), qty: Type.Number() })
const Order = model('Order', {
  version: 1,
  key: 'id',
  schema: Type.Object({ id: Type.String(), lines: Type.Array(Line) }),
})
const Item = model('Item', { version: 1, schema: Line })
type Order = { id: string; lines: { sku: string; qty: number }[] }
type Item = Order['lines'][number]

const base = { system: 'shop', options: {} }
const orders: SourceChannel<Order> = { ...base, role: 'source', name: 'orders', model: Order }
const items: SinkChannel<Item, typeof idempotent> = {
  ...base,
  role: 'sink',
  name: 'items',
  model: Item,
  effect: idempotent,
}
const archive: SinkChannel<Order, typeof idempotent> = {
  ...base,
  role: 'sink',
  name: 'archive',
  model: Order,
  effect: idempotent,
}
const price: RequesterChannel<{ sku: string }, { price: number }, typeof read> = {
  ...base,
  role: 'requester',
  name: 'price',
  model: model('Ask', { version: 1, schema: Type.Object({ sku: Type.String() }) }),
  answer: model('Price', { version: 1, schema: Type.Object({ price: Type.Number() }) }),
  effect: read,
}

const everything = () =>
  flow('everything')
    .from(orders)
    .filter('nothing ordered', order => order.lines.length > 0)
    .tap(archive, order => order)
    .split('lines', order => order.lines)
    .filter('none of it', line => line.qty > 0)
    .enrich('cost', price, line => ({ sku: line.sku }))
    .to(items, { sku: line => line.sku, qty: line => line.qty })
    .aggregate((lines, order) => ({ ...order, lines: [...lines], total: lines.length }))
    .route('size', routes =>
      routes
        .when(
          'big',
          order => order.total > 1,
          branch => branch.to(archive, order => order, { id: 'big' }),
        )
        .otherwise(branch => branch.filter('too small', () => false)),
    )
    .to(archive, order => order, { id: 'last' })

/** Runs the steps on plain data, with effects that answer at once. */
async function run(order: Order) {
  const calls: [path: string, data: unknown][] = []
  const result = await runSteps(planFlow(everything()).steps, order, {
    effect: async (plan, path, data) => {
      calls.push([path, data])
      return plan.id === 'cost' ? { price: 2 } : null
    },
  })
  return { result, calls }
}

test('items of a split run one by one, filtered ones are left out, and each call has a path of its own', async () => {
  const lines = [
    { sku: 'a', qty: 1 },
    { sku: 'b', qty: 0 },
    { sku: 'c', qty: 2 },
  ]
  const { result, calls } = await run({ id: '1', lines })
  assert.deepEqual(
    calls.map(([path]) => path),
    [
      'shop.archive',
      'lines[0].cost',
      'lines[0].shop.items',
      'lines[2].cost',
      'lines[2].shop.items',
      'big',
      'last',
    ],
  )
  assert.deepEqual(calls[2]?.[1], { sku: 'a', qty: 1 })
  const priced = [
    { ...lines[0], cost: { price: 2 } },
    { ...lines[2], cost: { price: 2 } },
  ]
  assert.deepEqual(result, { id: '1', lines: priced, total: 2 })
})

test('a message that its branch filters ends there; one that does not fit the source names field and path', async () => {
  const { result, calls } = await run({ id: '2', lines: [{ sku: 'a', qty: 1 }] })
  assert.ok(result instanceof Filtered && result.reason === 'too small')
  assert.ok(!calls.some(([path]) => path === 'last' || path === 'big'))
  const wrong = { id: '3', lines: [{ sku: 'a', qty: '1' }] } as unknown as Order
  await assert.rejects(run(wrong), /lines\[0\]\.qty must be number/)
})

test('a step gives a new flow and leaves the one before as it is', () => {
  const start = flow('growing').from(orders)
  const one = start.to(archive)
  const two = one.to(archive, undefined, { id: 'again' })
  assert.deepEqual(
    [start, one, two].map(({ steps }) => steps.length),
    [0, 1, 2],
  )
  assert.throws(() => (one.steps as unknown[]).push(0), TypeError)
})

test('two steps of one id are refused, with the place of the flow and the remedy', () => {
  assert.throws(
    () => flow('twice').from(orders).to(archive).to(archive),
    (error: unknown) =>
      error instanceof IsthmusError &&
      error.code === 'FLOW-DEFINITION' &&
      /declaring\.test\.ts:\d+: flow twice .*"shop\.archive".*id: 'another-name'/.test(error.message),
  )
})

test('a drawing has every step, branch and channel of a flow, and only nodes that are declared', () => {
  const drawn = mermaid(landscape({ systems: [], flows: [everything()] }))
  const shown = ['filter: nothing ordered', 'tap shop.archive', 'split lines', 'enrich cost', 'to shop.items']
  for (const label of [...shown, 'route size', 'big', 'otherwise', 'to last'])
    assert.ok(drawn.includes(`["${label}"]`), label)
  const edges = [...drawn.matchAll(/^\s*(\S+?)(?:\(\[.*?\]\))? (?:-->|-\.->|<-->) (\w+)/gm)].flatMap(
    ([, from, to]) => [from, to],
  )
  assert.ok(edges.length > 20)
  for (const node of new Set(edges))
    assert.ok(drawn.includes(`${node}["`) || drawn.includes(`${node}(["`), String(node))
})

test('every problem of a landscape is told with its place and a remedy', () => {
  const unsafe = { ...archive, effect: { kind: 'irreversible', probe: false } } as unknown as typeof archive
  const flows = [
    flow('nowhere').from(orders),
    flow('repeating').from(orders).to(unsafe, undefined, { unanswered: 'retry' }),
    flow('asking')
      .from(orders)
      .to(unsafe, undefined, { unanswered: 'probe' as never }),
    flow('pausing')
      .from(orders)
      .to(archive, undefined, { retry: { first: '5 seconds' } }),
    flow('asking').from(orders).to(archive),
  ]
  const problems = checkLandscape(landscape({ systems: [], flows }))
  const told = [
    /^flow asking: two flows have this name/,
    /channel shop\.orders: its system "shop" is not in the landscape/,
    /flow nowhere, as a whole: .*sends them nowhere/,
    /flow repeating, step shop\.archive: it repeats calls that were not answered/,
    /flow asking, step shop\.archive: shop\.archive cannot be probed/,
    /flow pausing, step shop\.archive: its pause between attempts cannot be read/,
  ]
  for (const pattern of told)
    assert.ok(
      problems.some(({ where, reason }) => pattern.test(`${where}: ${reason}`)),
      String(pattern),
    )
  for (const { remedy, at } of problems) {
    assert.ok(remedy.length > 10)
    assert.match(at ?? '', /declaring\.test\.ts:\d+$/)
  }
})

test('two channels of one name are refused, one channel in several flows is not', () => {
  const shared = [flow('first').from(orders).to(archive), flow('second').from(orders).to(archive)]
  const doubled = (flows: readonly Flow[]) =>
    checkLandscape(landscape({ systems: [], flows })).filter(({ reason }) => /another channel/.test(reason))
  assert.deepEqual(doubled(shared), [])
  const again = { ...archive }
  const third = flow('third').from(orders).to(again).to(again, undefined, { id: 'twice' })
  const [problem, ...more] = doubled([...shared, third])
  assert.match(
    `${problem?.where}: ${problem?.reason}. ${problem?.remedy}`,
    /flow third, channel shop\.archive: .* in flow first\. Declare the channel once .* another name/,
  )
  assert.deepEqual(more, [])
})

/** Runs a flow with every call answered by nothing, and gives what was sent. */
async function sentBy(declared: Parameters<typeof planFlow>[0], data: unknown): Promise<unknown[]> {
  const sent: unknown[] = []
  const effect = async (_plan: unknown, _path: string, request: unknown) => {
    sent.push(request)
    return null
  }
  await runSteps(planFlow(declared).steps, data, { effect })
  return sent
}

test('what is sent or asked is checked against the model of its channel', async () => {
  const order: Order = { id: 'A-1', lines: [{ sku: 'x', qty: 1 }] }
  const wrong = Number.NaN as unknown as string
  const faulty = [
    flow('by-fields')
      .from(orders)
      .to(items, { sku: () => wrong, qty: () => 1 }),
    flow('by-function')
      .from(orders)
      .to(items, () => ({ sku: wrong, qty: 1 })),
    flow('asking')
      .from(orders)
      .enrich('price', price, () => ({ sku: wrong }))
      .to(items, { sku: () => 'x', qty: () => 1 }),
  ]
  const step = { 'by-fields': 'shop.items', 'by-function': 'shop.items', asking: 'price' }
  for (const declared of faulty)
    await assert.rejects(sentBy(declared, order), (error: { path: string; error: IsthmusError }) => {
      assert.equal(error.error.code, 'MODEL-INVALID')
      assert.equal(error.path, step[declared.name as keyof typeof step])
      return true
    })
  const right = flow('right')
    .from(orders)
    .to(items, order => order.lines[0] as Item)
  assert.deepEqual(await sentBy(right, order), [{ sku: 'x', qty: 1 }])
})

/** A model that counts how often it is asked. */
function counting() {
  const counted = { times: 0 }
  const validate = (value: unknown) => {
    counted.times++
    return { value: value as Order }
  }
  const schema: StandardSchemaV1<Order, Order> = { '~standard': { version: 1, vendor: 'test', validate } }
  return { counted, Counted: model('Counted', { version: 1, schema, jsonSchema: Order.jsonSchema }) }
}

test('data that were just checked against a model are not checked again by a sink of that model', async () => {
  const { counted, Counted } = counting()
  const source = { ...orders, model: Counted }
  const sink = { ...archive, model: Counted }
  const order: Order = { id: 'A-1', lines: [] }
  const begun = flow('once').from(source)
  const times = async (declared: Parameters<typeof planFlow>[0]) => {
    counted.times = 0
    await sentBy(declared, order)
    return counted.times
  }
  assert.equal(await times(begun.to(sink)), 1)
  const branched = begun.filter('none', () => true).route('way', ways => ways.otherwise(way => way.to(sink)))
  assert.equal(await times(branched), 1)
  assert.equal(await times(begun.clean({ id: id => id }).to(sink)), 2)
  assert.equal(await times(begun.to(sink, order => order)), 2)
})

test('a model that could check no message is found before messages come', () => {
  const typo = model('Typo', { version: 1, schema: { type: 'strnig' } })
  const dangling = model('Dangling', { version: 1, schema: { $ref: '#/$defs/none' } })
  const promising = model('Promising', { version: 1, schema: { $async: true, type: 'object' } })
  const late: StandardSchemaV1<string, string> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: value =>
        typeof value === 'string' ? Promise.reject(new Error('late')) : { issues: [{ message: 'no text' }] },
    },
  }
  const Late = model('Late', { version: 1, schema: late, jsonSchema: { type: 'string' } })
  const declared = flow('wrong')
    .from({ ...orders, model: typo as typeof Order })
    .validate(dangling as typeof Order)
    .enrich('price', { ...price, answer: promising as typeof price.answer }, () => ({ sku: 'x' }))
    .to({ ...archive, model: Late as unknown as typeof Order })
  const shop = system('shop', { kind: 'other', connector: rest() })
  const problems = checkLandscape(landscape({ systems: [shop], flows: [declared] }))
  assert.deepEqual(
    problems.map(({ where }) => where),
    ['Typo', 'Promising', 'Late', 'Dangling'].map(name => `flow wrong, model ${name}.v1`),
  )
  assert.match(problems[0]?.reason ?? '', /not valid JSON Schema: .*type/)
  assert.match(problems[1]?.reason ?? '', /asynchronous/)
  assert.match(problems[2]?.reason ?? '', /asynchronous/)
})
