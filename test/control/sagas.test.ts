import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { controlRoutes } from '../../src/server/control/routes.ts'
import { LocalOperations } from '../../src/server/operations/local-operations.ts'
import type { SagaDetail, SagaPage } from '../../src/server/operations/saga-schemas.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { until } from './control-scene.ts'
import { SagaGround, sagaLandscape, sagaScene } from './saga-scene.ts'

const order = (no: string, ask = 'ok') => ({ no, buyer: 'Li Xiaoming', ask })
const person = { by: 'ann', why: 'a test' }

type Scene = Awaited<ReturnType<typeof sagaScene>>

async function comesToBe({ operations }: Scene, key: string, state: string): Promise<void> {
  await until(async () => (await operations.sagas.show('delivery', key))?.state === state)
}

function begin({ operations }: Scene, no: string, ask?: string) {
  return operations.sagas.start('delivery', { data: order(no, ask), by: 'ann' })
}

test('a saga is started by hand, asks, goes on with the decision, and tells who decided what and why', async t => {
  const scene = await sagaScene(t)
  const { ask, operations, ground } = scene
  const started = await ask('/api/v1/sagas/delivery', { data: order('1'), id: 'first', by: 'ann' })
  assert.deepEqual(await started.json(), { saga: 'delivery', key: '1', id: 'first' })
  await comesToBe(scene, '1', 'waiting')
  const { sagas } = (await (await ask('/api/v1/sagas?state=waiting')).json()) as SagaPage
  assert.deepEqual(
    sagas.map(({ key, waits }) => [key, waits]),
    [['1', [{ step: 'credit', for: 'Does *** pay?', choices: ['yes', 'no'] }]]],
  )
  const decide = { do: 'decide', step: 'credit', choice: 'yes', ...person }
  assert.equal((await ask('/api/v1/sagas/delivery/1/decision', { ...decide, choice: 'maybe' })).status, 409)
  assert.equal((await ask('/api/v1/sagas/delivery/1/decision', decide)).status, 200)
  await comesToBe(scene, '1', 'completed')
  const saga = (await operations.sagas.show('delivery', '1')) as SagaDetail
  assert.equal(saga.by, 'ann')
  const decided = saga.timeline.find(({ what }) => what === 'decided')
  assert.deepEqual(
    [decided?.step, decided?.how, decided?.by, decided?.why],
    ['credit', 'yes', 'ann', 'a test'],
  )
  assert.deepEqual(ground.done, ['reserve 1', 'ship 1', 'tell 1'])
  const audited = ground.log.filter(({ event }) => event === 'decided').map(({ text }) => text)
  assert.deepEqual(audited, [
    'saga delivery started by ann',
    'saga delivery/1: decide credit yes by ann: a test',
  ])
})

test('the same start again is the same saga; another one of its key, and data that do not fit, are refused', async t => {
  const scene = await sagaScene(t)
  const start = (body: object) => scene.ask('/api/v1/sagas/delivery', { by: 'ann', ...body })
  assert.equal((await start({ data: order('1'), id: 'a' })).status, 200)
  assert.equal((await start({ data: order('1'), id: 'a' })).status, 200)
  assert.equal((await start({ data: order('1'), id: 'b' })).status, 409)
  assert.equal((await start({ data: { no: '2' } })).status, 409)
  assert.equal((await scene.ask('/api/v1/sagas/unknown', { data: {}, by: 'ann' })).status, 404)
  assert.equal((await scene.operations.sagas.list({})).sagas.length, 1)
})

test('what needs a person is told with each side, masked, and is tried again, confirmed or taken back', async t => {
  const scene = await sagaScene(t)
  const { operations, ground } = scene
  for (const no of ['a', 'b', 'c']) {
    await begin(scene, no, no === 'c' ? 'lose ship' : 'refuse tell')
    await comesToBe(scene, no, 'waiting')
    await operations.sagas.decide('delivery', no, { do: 'decide', step: 'credit', choice: 'yes', ...person })
    await comesToBe(scene, no, 'needs person')
  }
  const told = (await operations.sagas.show('delivery', 'a')) as SagaDetail
  assert.deepEqual(told.needs, [
    { step: 'tell', doing: 'do', code: 'TARGET-REFUSED', reason: '*** is not served', unsure: false },
  ])
  const known = (saga: SagaDetail) => saga.steps.map(({ step, known: side }) => `${step}: ${side}`)
  assert.deepEqual(known(told), [
    'reserve: happened',
    'credit: happened',
    'ship: happened',
    'tell: did not happen',
  ])
  const [reserve] = told.steps
  assert.deepEqual(reserve?.do?.request, { no: 'a', buyer: '***', ask: 'refuse tell' })
  assert.deepEqual(reserve?.result, { place: 'shelf of ***' })
  assert.match(reserve?.do?.effectKey ?? '', /^[a-z2-7]{52}$/)
  assert.ok(!JSON.stringify(told).includes('Xiaoming'))
  const shown = (await operations.sagas.show('delivery', 'a', true)) as SagaDetail
  assert.equal((shown.input as { buyer: string }).buyer, 'Li Xiaoming')
  assert.deepEqual(
    told.next.map(({ command }) => command),
    ['retry delivery a tell', 'confirm delivery a tell', 'pause delivery a', 'take delivery a'].map(
      order => `isthmus saga ${order} --why TEXT`,
    ),
  )
  const lost = (await operations.sagas.show('delivery', 'c')) as SagaDetail
  assert.ok(known(lost).includes('ship: unknown'))
  assert.equal(lost.needs[0]?.unsure, true)
  assert.match(lost.next.at(-1)?.what ?? '', /only if ship did not happen/)

  await assert.rejects(
    operations.sagas.decide('delivery', 'a', { do: 'undo', ...person }),
    /behind its pivot/,
  )
  ground.mended.add('tell a')
  await operations.sagas.decide('delivery', 'a', { do: 'retry', step: 'tell', ...person })
  await operations.sagas.decide('delivery', 'b', { do: 'confirm', ...person })
  await operations.sagas.decide('delivery', 'c', { do: 'undo', ...person }).catch(() => {})
  await comesToBe(scene, 'a', 'completed')
  await comesToBe(scene, 'b', 'completed')
  const confirmed = (await operations.sagas.show('delivery', 'b')) as SagaDetail
  const resumed = confirmed.timeline.find(({ what }) => what === 'resumed')
  assert.deepEqual([resumed?.how, resumed?.by, resumed?.why], ['confirm', 'ann', 'a test'])
})

test('lists go on where they ended, by saga, state and key', async t => {
  const scene = await sagaScene(t)
  const { operations } = scene
  const keys = ['1', '2', 'with space/and slash', '订单']
  for (const no of keys) await begin(scene, no)
  for (const no of keys) await comesToBe(scene, no, 'waiting')
  const found: string[] = []
  let after: string | undefined
  do {
    const page: SagaPage = await operations.sagas.list({ saga: 'delivery', limit: 3, after })
    found.push(...page.sagas.map(({ key }) => key))
    after = page.next
  } while (after !== undefined)
  assert.deepEqual(found.sort(), [...keys].sort())
  assert.equal((await operations.sagas.list({ state: 'completed' })).sagas.length, 0)
  assert.equal((await operations.sagas.list({ key: '2' })).sagas[0]?.key, '2')
  const odd = await scene.ask(`/api/v1/sagas/delivery/${encodeURIComponent('with space/and slash')}`)
  assert.equal(((await odd.json()) as SagaDetail).key, 'with space/and slash')
  assert.equal((await scene.ask('/api/v1/sagas/delivery/none')).status, 404)
})

test('status, balance and metrics count sagas, and answers are as the description says', async t => {
  const scene = await sagaScene(t)
  const { operations, ask, ground } = scene
  await begin(scene, '1')
  await begin(scene, '2', 'refuse tell')
  for (const no of ['1', '2']) await comesToBe(scene, no, 'waiting')
  await operations.sagas.decide('delivery', '1', { do: 'decide', step: 'credit', choice: 'no', ...person })
  await operations.sagas.decide('delivery', '2', { do: 'decide', step: 'credit', choice: 'yes', ...person })
  await comesToBe(scene, '1', 'compensated')
  await comesToBe(scene, '2', 'needs person')
  const { sagas } = await operations.status()
  assert.deepEqual(sagas[0], {
    saga: 'delivery',
    running: 0,
    waiting: 0,
    compensating: 0,
    paused: 0,
    needsPerson: 1,
    sinceStart: { completed: 0, compensated: 1 },
  })
  const { balanced, streams } = await operations.balance()
  assert.equal(balanced, true)
  assert.deepEqual(streams?.sagas, [
    { saga: 'delivery', started: 2, completed: 0, compensated: 1, inFlight: 0, needsPerson: 1 },
  ])
  const metrics = await (await ask('/metrics')).text()
  assert.match(metrics, /^isthmus_sagas_needing_person\{saga="delivery"\} 1$/m)
  assert.match(metrics, /^isthmus_saga_transitions_total\{saga="delivery",status="compensated"\} 1$/m)
  assert.match(metrics, /^isthmus_saga_duration_seconds_count\{saga="delivery"\} 1$/m)
  const lines = ground.log.filter(({ event }) => event === 'needs person')
  // Personal data go through it, so that no reason is told.
  assert.deepEqual(
    lines.map(({ level, text }) => [level, text]),
    [['error', 'delivery/2']],
  )
  for (const path of ['/api/v1/sagas', '/api/v1/sagas/{saga}/{key}', '/api/v1/balance', '/api/v1/indoubt']) {
    const route = controlRoutes.find(each => each.path === path)
    const answer = await ask(path.replace('{saga}', 'delivery').replace('{key}', '2'))
    const ajv = new Ajv2020({ strict: false })
    assert.equal(answer.status, 200, path)
    const fits = ajv.compile(route?.answer as object)
    assert.ok(fits(await answer.json()), `${path}: ${ajv.errorsText(fits.errors)}`)
  }
})

test('a stopped store can be read, not decided; without the definition all data are masked, and it is held', async t => {
  const ground = new SagaGround()
  const scene = await sagaScene(t, ground)
  await begin(scene, '1')
  await comesToBe(scene, '1', 'waiting')
  await scene.stop()
  const at = (landscape: ReturnType<typeof sagaLandscape> | undefined) =>
    new LocalOperations({
      reader: memoryStore(ground.state).read,
      landscape,
      store: 'memory',
      log: () => {},
      apply: async () => {},
      resync: async () => {},
      retry: async () => false,
      rebuild: async () => 0,
      append: async () => ({ status: 'conflict', version: 0 }),
      allowNewEffects: false,
    })
  const stopped = at(sagaLandscape(ground))
  assert.equal((await stopped.sagas.show('delivery', '1'))?.state, 'waiting')
  await assert.rejects(
    stopped.sagas.decide('delivery', '1', { do: 'undo', ...person }),
    /The instance does not run/,
  )
  const without = (await at(undefined).sagas.show('delivery', '1')) as SagaDetail
  assert.match(without.held ?? '', /began as version 1/)
  assert.deepEqual([without.input, without.waits[0]?.for, without.next], ['***', '***', []])
})

test('a saga is paused between its steps, taken over, and decided about by who has it', async t => {
  const scene = await sagaScene(t)
  const { operations } = scene
  await operations.sagas.start('delivery', { data: order('p', 'nothing'), id: 'p', by: 'ann' })
  const show = () => operations.sagas.show('delivery', 'p')
  await until(async () => (await show())?.state === 'waiting')
  const tell = (how: 'pause' | 'continue' | 'take' | 'release', by: string) =>
    operations.sagas.decide('delivery', 'p', { do: how, by, why: 'looks into it' })
  const yes = (by: string) =>
    operations.sagas.decide('delivery', 'p', { do: 'decide', step: 'credit', choice: 'yes', by, why: 'x' })
  await tell('take', 'ann')
  assert.equal((await show())?.person?.by, 'ann')
  for (const refused of [yes('bob'), tell('pause', 'bob'), tell('release', 'bob'), tell('take', 'ann')])
    await assert.rejects(refused, { code: 'CONTROL-REFUSED' })
  await tell('pause', 'ann')
  await yes('ann')
  await assert.rejects(tell('pause', 'ann'), /paused already/)
  const paused = await show()
  assert.equal(paused?.state, 'paused')
  assert.equal(paused?.paused?.why, 'looks into it')
  assert.ok(!scene.ground.done.includes('ship p'), 'nothing new begins')
  await tell('take', 'bob')
  await assert.rejects(tell('continue', 'ann'), /bob works on saga/)
  await tell('continue', 'bob')
  await until(async () => (await show())?.state === 'completed')
  assert.equal((await show())?.person, undefined)
  await assert.rejects(tell('pause', 'bob'), { code: 'CONTROL-REFUSED' })
})
