import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnswerOf } from '../../src/client/answers.ts'
import { IsthmusError } from '../../src/errors.ts'
import { until } from './control-scene.ts'
import { landscapeScene, order } from './landscape-scene.ts'

type State = AnswerOf<'/api/v1/landscape/state'>
type FlowDetail = AnswerOf<'/api/v1/flows/{flow}'>

test('islands and bridges stand as they are, with what is down, since when and why', async t => {
  const scene = await landscapeScene(t)
  const state = () => scene.get<State>('/api/v1/landscape/state')
  await scene.accept([order('SO-1')])
  await until(() => scene.booked.length === 1)
  const { islands, bridges, version, counts } = await state()
  assert.deepEqual(
    islands.map(({ island, own, place }) => [island, own, place.column]),
    [
      ['shop', false, 0],
      ['finance', false, 2],
      ['topics.sale-placed', true, 1],
    ],
  )
  assert.deepEqual(
    bridges.map(({ flow, from, to, state }) => [flow, from, to, state]),
    [
      ['orders-to-sales', 'shop', 'topics.sale-placed', 'ok'],
      ['sales-to-finance', 'topics.sale-placed', 'finance', 'ok'],
    ],
  )
  assert.deepEqual([version?.number, counts.ok], [1, 2])
  scene.answer = new IsthmusError('TARGET-UNAVAILABLE', 'connect ECONNREFUSED')
  const began = Date.now()
  await scene.accept(Array.from({ length: 12 }, (_, n) => order(`SO-2${n}`)))
  const finance = async () => (await state()).bridges.find(({ to }) => to === 'finance')
  let down: Awaited<ReturnType<typeof finance>>
  await until(async () => {
    down = await finance()
    return down?.state === 'down'
  })
  assert.ok((down?.since ?? 0) >= began && (down?.backlog ?? 0) > 0)
  assert.equal(down?.cause?.code, 'TARGET-UNAVAILABLE')
  const { changes } = await scene.get<AnswerOf<'/api/v1/changes'>>('/api/v1/changes?system=finance')
  assert.deepEqual(
    changes.map(({ kind }) => kind),
    ['started', 'unreachable'],
  )
  scene.answer = undefined
  await until(async () => (await finance())?.state !== 'down')
})

test('a flow is told as it is written, with its place, its versions, limits and sheet', async t => {
  const scene = await landscapeScene(t)
  await scene.accept([order('SO-1'), order('SO-2')])
  await until(() => scene.booked.length === 2)
  const sales = await scene.get<FlowDetail>('/api/v1/flows/orders-to-sales')
  const map = sales.steps.find(({ kind }) => kind === 'map')
  const item = map?.code.find(({ field }) => field === 'item')
  assert.equal(item?.text, 'order => order.material')
  assert.match(item?.file ?? '', /landscape-scene\.ts$/)
  assert.ok((item?.line ?? 0) > Number(sales.at?.split(':').at(-1)))
  const clean = sales.steps.find(({ kind }) => kind === 'clean')
  assert.deepEqual(
    clean?.code.map(({ field, name }) => [field, name]),
    [
      ['material', 'trim'],
      ['material', 'upperCase'],
      ['amount', 'decimal({ scale: 2 })'],
    ],
  )
  assert.deepEqual(sales.leadsTo, ['sales-to-finance'])
  await until(async () => (await scene.get<FlowDetail>('/api/v1/flows/sales-to-finance')).sheet.ended === 2)
  const finance = await scene.get<FlowDetail>('/api/v1/flows/sales-to-finance')
  const { accepted, ended, missing } = finance.sheet
  assert.deepEqual({ accepted, ended, missing }, { accepted: 2, ended: 2, missing: 0 })
  assert.equal(finance.limits.find(({ system }) => system === 'finance')?.quota, '100/s')
  assert.deepEqual(finance.begunBy, ['orders-to-sales'])
  const version = await scene.get<AnswerOf<'/api/v1/flows/{flow}/versions/{version}'>>(
    '/api/v1/flows/sales-to-finance/versions/1',
  )
  assert.match(version.text, /sum: sale => sale\.total/)
  assert.equal((await scene.ask('/api/v1/flows/none')).status, 404)
})

test('a flow that is paused accepts and begins nothing, also after a restart, until it is resumed', async t => {
  const scene = await landscapeScene(t)
  const flow = '/api/v1/flows/sales-to-finance'
  const why = 'finance closes its books'
  assert.equal((await scene.ask(`${flow}/pause`, { by: 'ann', why })).status, 200)
  await scene.accept([order('SO-1'), order('SO-2')])
  await until(async () => (await scene.get<FlowDetail>(flow)).sheet.waiting === 2)
  const { state, pause } = await scene.get<FlowDetail>(flow)
  assert.equal(state, 'paused')
  assert.deepEqual([pause?.by, pause?.why], ['ann', why])
  assert.equal(scene.booked.length, 0)
  assert.equal((await scene.ask(`${flow}/pause`, { by: 'ann' })).status, 400)
  assert.equal((await scene.ask(`${flow}/resume`, { by: 'bob' })).status, 200)
  await until(() => scene.booked.length === 2)
  await scene.ask(`${flow}/pause`, { by: 'ann', why })
  await scene.instance.stop(1_000)
  const again = await landscapeScene(t, scene.store)
  await again.accept([order('SO-3')])
  await until(async () => (await again.get<FlowDetail>(flow)).sheet.waiting === 1)
  assert.equal((await again.get<FlowDetail>(flow)).pause?.why, why)
  await again.ask(`${flow}/resume`, { by: 'bob' })
  await until(() => again.booked.length === 1)
  const { changes } = await again.get<FlowDetail>(flow)
  assert.deepEqual(
    changes.map(({ kind, by }) => [kind, by]),
    [
      ['resumed', 'bob'],
      ['started', undefined],
      ['started', undefined],
    ],
  )
})

test('a pause ends by itself at its time', async t => {
  const scene = await landscapeScene(t)
  const flow = '/api/v1/flows/sales-to-finance'
  await scene.ask(`${flow}/pause`, { by: 'ann', why: 'a moment', until: Date.now() + 300 })
  await scene.accept([order('SO-1')])
  await until(() => scene.booked.length === 1)
  assert.equal((await scene.get<FlowDetail>(flow)).pause, undefined)
})

test('a system is told with its limits, channels and who uses them', async t => {
  const scene = await landscapeScene(t)
  const finance = await scene.get<AnswerOf<'/api/v1/systems/{system}'>>('/api/v1/systems/finance')
  assert.deepEqual(finance.options, { url: 'http://played' })
  assert.deepEqual(finance.limits, {
    quota: '100/s',
    timeout: '60s',
    breaker: { failures: 5, first: '1s', longest: '30s' },
  })
  assert.deepEqual(
    finance.channels.map(({ channel, role, flows, effect }) => [channel, role, flows, effect]),
    [['finance.receivables', 'sink', ['sales-to-finance'], 'irreversible']],
  )
})

test('models are told with their fields, and each field with where it comes from and what it becomes', async t => {
  const scene = await landscapeScene(t)
  const { models } = await scene.get<AnswerOf<'/api/v1/models'>>('/api/v1/models')
  assert.deepEqual(models.map(({ model }) => model).sort(), ['Order.v1', 'Receivable.v2', 'Sale.v1'])
  const order = await scene.get<AnswerOf<'/api/v1/models/{model}'>>('/api/v1/models/Order.v1')
  assert.deepEqual(
    order.rows.map(({ field, type, required, personal, key, rules, downstream }) => {
      return [field, type, required, personal, key, rules, downstream]
    }),
    [
      ['no', 'string', true, false, true, [], 2],
      ['buyer', 'string', true, true, false, [], 1],
      ['material', 'string', true, false, false, ['maxLength 40'], 1],
      ['amount', 'string', true, false, false, [], 2],
      ['note', 'string', false, false, false, [], 0],
    ],
  )
  const lineage = await scene.get<AnswerOf<'/api/v1/lineage'>>(
    '/api/v1/lineage?model=Receivable.v2&field=sum&depth=5',
  )
  assert.deepEqual(
    lineage.up.map(({ flow, from, to, text }) => [flow, from.field, to.field, text]),
    [
      ['sales-to-finance', 'total', 'sum', 'sale => sale.total'],
      ['orders-to-sales', 'amount', 'total', 'order => order.amount'],
    ],
  )
})

test('figures are kept over time, with what changed', async t => {
  const scene = await landscapeScene(t)
  await scene.accept([order('SO-1')])
  await until(() => scene.booked.length === 1)
  const { step, changes } = await scene.get<AnswerOf<'/api/v1/series'>>(
    '/api/v1/series?flow=sales-to-finance',
  )
  assert.equal(step, 5000)
  assert.deepEqual(
    changes.map(({ kind }) => kind),
    ['started'],
  )
  assert.equal((await scene.ask('/api/v1/series')).status, 400)
})

test('why a value is as it is: through topic, mapping and cleaners back to what was delivered', async t => {
  const scene = await landscapeScene(t)
  await scene.accept([{ ...order('SO-1'), amount: '1,200.5' }])
  await until(() => scene.booked.length === 1)
  const why = await scene.get<AnswerOf<'/api/v1/why'>>('/api/v1/why?key=SO-1&field=finance.receivables.sum')
  assert.deepEqual(
    why.steps.map(({ depth, how, field, value, message }) => [depth, how, field, value, message]),
    [
      [0, 'sent', 'sum', '1200.50', 'sales-to-finance/1'],
      [1, 'delivered', 'total', '1200.50', 'sales-to-finance/1'],
      [2, 'sent', 'total', '1200.50', 'orders-to-sales/1'],
      [3, 'mapped', 'total', '1200.50', 'orders-to-sales/1'],
      [4, 'cleaned', 'amount', '1200.50', 'orders-to-sales/1'],
      [5, 'delivered', 'amount', '1,200.5', 'orders-to-sales/1'],
    ],
  )
  const [rule] = why.steps[4]?.rules ?? []
  assert.deepEqual([rule?.name, rule?.before, rule?.after], ['decimal({ scale: 2 })', '1,200.5', '1200.50'])
  assert.match(`${why.steps[3]?.rules[0]?.file}`, /landscape-scene\.ts$/)
  assert.deepEqual(
    why.versions.map(({ flow, version }) => [flow, version]),
    [
      ['sales-to-finance', 1],
      ['orders-to-sales', 1],
    ],
  )
  assert.equal(why.recomputed, true)
  const hidden = await scene.get<AnswerOf<'/api/v1/why'>>('/api/v1/why?key=SO-1&field=Sale.customer')
  assert.deepEqual([...new Set(hidden.steps.map(({ value }) => value))], ['***'])
  assert.equal((await scene.ask('/api/v1/why?key=SO-1&field=nobody')).status, 404)
})
