import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch, ItemPage, Selection } from '../../src/server/operations/batches/batch-schemas.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { type ControlScene, controlScene, until } from './control-scene.ts'

async function failing(scene: ControlScene, count: number, ask = 'later', from = 0): Promise<void> {
  const parked = async () => (await scene.instance.operations.status()).flows[0]?.parked ?? 0
  const wanted = (await parked()) + count
  const orders = Array.from({ length: count }, (_, n) => ({ no: `A${from + n}`, buyer: 'Li Na', ask }))
  await scene.accept(orders)
  await until(async () => (await parked()) === wanted)
}

async function asked<T>(scene: ControlScene, path: string, body?: object): Promise<T> {
  const response = await scene.ask(`/api/v1${path}`, body ? { body } : {})
  const answer = await response.json()
  assert.equal(response.status, 200, JSON.stringify(answer))
  return answer as T
}

const freeze = (scene: ControlScene, body: object = { failures: {} }) =>
  asked<Selection>(scene, '/selections', body)
const show = (scene: ControlScene, { batch }: Batch) => asked<Batch>(scene, `/batches/${batch}`)
const decide = (scene: ControlScene, { batch }: Batch, what: string, more: object = {}) =>
  asked<Batch>(scene, `/batches/${batch}/decision`, { do: what, by: 'ann', ...more })

async function stands(scene: ControlScene, batch: Batch, state: string): Promise<Batch> {
  await until(async () => (await show(scene, batch)).state === state)
  return show(scene, batch)
}

test('a selection is frozen: what fails later is not of it, and what it tells is counted', async t => {
  const scene = await controlScene(t)
  await failing(scene, 5)
  const selection = await freeze(scene)
  await failing(scene, 2, 'later', 5)
  assert.equal(selection.count, 5)
  assert.equal(selection.repeatable, 5)
  assert.equal(selection.unreadable, 0)
  assert.deepEqual(selection.overtaken, { count: 0, looked: 5 })
  assert.match(selection.hash, /^[0-9a-f]{64}$/)
  const page = await asked<ItemPage>(scene, `/selections/${selection.selection}/items?limit=2&after=2`)
  assert.deepEqual(
    [page.items.map(({ n, seq }) => [n, seq]), page.next],
    [
      [
        [3, 3],
        [4, 4],
      ],
      4,
    ],
  )
  assert.equal((await freeze(scene)).count, 7)
  assert.equal((await freeze(scene, { failures: {} })).hash === selection.hash, false)
  assert.equal((await scene.ask('/api/v1/selections', { body: { failures: { flow: 'none' } } })).status, 404)
  assert.equal((await scene.ask('/api/v1/selections', { body: {} })).status, 400)
})

test('a batch goes stage by stage, waits for a go after each, and does each message once', async t => {
  const scene = await controlScene(t)
  await failing(scene, 25)
  scene.mend()
  const { selection } = await freeze(scene)
  const order = { selection, do: 'retry', stages: [1, 10], why: 'the shop is up', by: 'ann' }
  const [first, second] = await Promise.all([
    asked<Batch>(scene, '/batches', order),
    asked<Batch>(scene, '/batches', order),
  ])
  assert.equal(first.batch, second.batch)
  const one = await stands(scene, first, 'waiting')
  assert.deepEqual([one.next, one.stages.map(({ size }) => size), one.by], [1, [1, 10, 14], 'ann'])
  assert.equal(scene.booked.length, 1)
  await Promise.all([decide(scene, one, 'go', { stage: 1 }), decide(scene, one, 'go', { stage: 1 })])
  await stands(scene, one, 'waiting')
  assert.equal(scene.booked.length, 11)
  await decide(scene, one, 'go')
  const end = await stands(scene, one, 'ended')
  assert.deepEqual(
    end.stages.map(({ done, failed, skipped }) => [done, failed, skipped]),
    [
      [1, 0, 0],
      [10, 0, 0],
      [14, 0, 0],
    ],
  )
  assert.equal(new Set(scene.booked.map(({ no }) => no)).size, 25)
  assert.equal(scene.booked.length, 25)
  const { items } = await asked<ItemPage>(scene, `/selections/${selection}/items`)
  assert.deepEqual(
    [...new Set(items.map(({ result, state }) => `${state} ${result?.outcome}`))],
    ['delivered delivered'],
  )
  assert.equal((await asked<Batch>(scene, '/batches', order)).state, 'ended')
  assert.equal((await scene.ask('/api/v1/batches', { body: { ...order, do: 'discard' } })).status, 409)
  assert.equal((await scene.instance.operations.balance()).balanced, true)
})

test('a batch stops when more fail than are allowed, and goes on when told to', async t => {
  const scene = await controlScene(t)
  await failing(scene, 6, 'refuse')
  const { selection } = await freeze(scene)
  const batch = await asked<Batch>(scene, '/batches', {
    selection,
    do: 'retry',
    stages: [2],
    rate: 1,
    why: 'a try',
  })
  const stopped = await stands(scene, batch, 'stopped')
  assert.equal(stopped.next, 1)
  assert.deepEqual([stopped.stages[0]?.failed, stopped.stages[0]?.ended], [1, undefined])
  await decide(scene, batch, 'abort', { why: 'no use' })
  const aborted = await show(scene, batch)
  assert.deepEqual([aborted.state, aborted.reason], ['aborted', 'ann: no use'])
  const { items } = await asked<ItemPage>(scene, `/selections/${selection}/items`)
  assert.deepEqual(
    items.map(({ result }) => result?.outcome),
    ['parked', ...Array(5)],
  )
  assert.equal(
    (await scene.ask(`/api/v1/batches/${batch.batch}/decision`, { body: { do: 'go' } })).status,
    409,
  )
})

test('messages about which somebody else has decided are left alone', async t => {
  const scene = await controlScene(t)
  await failing(scene, 3, 'refuse')
  const { selection } = await freeze(scene)
  const decision = (seq: number, body: object) =>
    scene.ask(`/api/v1/flows/booking/messages/${seq}/decision`, { body })
  await decision(1, { do: 'discard', by: 'bob', why: 'not wanted' })
  await decision(2, { do: 'retry', by: 'bob' })
  await until(async () =>
    (await scene.instance.operations.parked({})).messages.some(
      ({ seq, attempts }) => seq === 2 && attempts === 2,
    ),
  )
  const batch = await asked<Batch>(scene, '/batches', { selection, do: 'discard', stages: [], why: 'old' })
  await stands(scene, batch, 'ended')
  const { items } = await asked<ItemPage>(scene, `/selections/${selection}/items`)
  assert.deepEqual(
    items.map(({ result }) => result?.outcome),
    ['gone', 'changed', 'discarded'],
  )
  const { messages } = await scene.instance.operations.parked({})
  assert.deepEqual(
    messages.map(({ seq }) => seq),
    [2],
  )
})

test('a batch goes on after a restart, and does nothing twice', async t => {
  const store = memoryStore()
  const scene = await controlScene(t, { store })
  await failing(scene, 40)
  scene.mend()
  const { selection } = await freeze(scene)
  const batch = await asked<Batch>(scene, '/batches', {
    selection,
    do: 'retry',
    stages: [],
    rate: 20,
    why: 'up again',
  })
  await until(() => scene.booked.length > 3)
  await scene.instance.stop(60_000)
  const again = await controlScene(t, { store })
  again.mend()
  await stands(again, batch, 'ended')
  const booked = [...scene.booked, ...again.booked].map(({ no }) => no)
  assert.equal(booked.length, 40)
  assert.equal(new Set(booked).size, 40)
})

test('what has ended is replayed with its effects kept, and a replay is no retry', async t => {
  const scene = await controlScene(t)
  await scene.accept(['1', '2', '3'].map(no => ({ no, buyer: 'Li Na', ask: 'ok' })))
  await until(() => scene.booked.length === 3)
  await until(async () => (await scene.instance.operations.balance()).flows[0]?.delivered === 3)
  const { selection, of } = await freeze(scene, { ended: { flow: 'booking' } })
  assert.equal(of, 'ended')
  assert.equal(
    (await scene.ask('/api/v1/batches', { body: { selection, do: 'retry', why: 'x' } })).status,
    400,
  )
  const batch = await asked<Batch>(scene, '/batches', { selection, do: 'replay', stages: [], why: 'a proof' })
  const end = await stands(scene, batch, 'ended')
  assert.deepEqual(
    end.stages.map(({ done }) => done),
    [3],
  )
  const { items } = await asked<ItemPage>(scene, `/selections/${selection}/items`)
  assert.deepEqual(
    items.map(({ result }) => [result?.outcome, result?.seq]),
    [
      ['delivered', 4],
      ['delivered', 5],
      ['delivered', 6],
    ],
  )
  assert.equal(scene.booked.length, 3)
})
