import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnswerOf } from '../../src/client/answers.ts'
import { IsthmusError } from '../../src/errors.ts'
import { until } from './control-scene.ts'
import { landscapeScene, order } from './landscape-scene.ts'

type Search = AnswerOf<'/api/v1/search'>
type Trace = AnswerOf<'/api/v1/trace'>
type Hop = AnswerOf<'/api/v1/flows/{flow}/messages/{seq}/hop'>

test('a business key is found by its beginning, by itself and in a list, with its way and its end', async t => {
  const scene = await landscapeScene(t)
  await scene.accept(['SO-1', 'SO-2', 'SO-17'].map(no => order(no)))
  await until(() => scene.booked.length === 3)
  scene.answer = new IsthmusError('TARGET-REFUSED', 'taxCode is required')
  await scene.accept([order('SO-18')])
  const search = (q: string) => scene.get<Search>(`/api/v1/search?q=${encodeURIComponent(q)}`)
  await until(async () => (await search('SO-18')).found[0]?.state === 'failed')
  const { kind, found, searched } = await search('SO-1')
  assert.deepEqual(
    found.map(({ key, state, messages }) => [key, state, messages]),
    [
      ['SO-18', 'failed', 2],
      ['SO-17', 'ended', 2],
      ['SO-1', 'ended', 2],
    ],
  )
  assert.equal(kind, 'prefix')
  assert.deepEqual(found[0]?.systems, ['shop', 'topics.sale-placed', 'finance'])
  assert.deepEqual(
    [found[0]?.stoppedAt?.flow, found[0]?.stoppedAt?.code],
    ['sales-to-finance', 'TARGET-REFUSED'],
  )
  assert.deepEqual([searched.complete, searched.unsearched], [true, 0])
  const list = await search('SO-2\nSO-9, SO-17')
  assert.deepEqual([list.kind, list.missing], ['list', ['SO-9']])
  assert.deepEqual(list.found.map(({ key }) => key).sort(), ['SO-17', 'SO-2'])
  const none = await search('SO-19')
  assert.deepEqual(none.found, [])
  assert.ok(none.nearest.includes('SO-17'))
})

test('a trace tells the hops in order, where it stopped, and what has not been reached', async t => {
  const scene = await landscapeScene(t)
  await scene.ask('/api/v1/flows/orders-to-sales/pause', { by: 'ann', why: 'a test' })
  await scene.accept([order('SO-1')])
  const trace = (query: string) => scene.get<Trace>(`/api/v1/trace?${query}`)
  await until(async () => (await scene.ask('/api/v1/trace?key=SO-1')).status === 200)
  const waiting = await trace('key=SO-1')
  assert.deepEqual([waiting.state, waiting.hops.length], ['under way', 1])
  assert.deepEqual(
    waiting.expected.map(({ flow }) => flow),
    ['sales-to-finance'],
  )
  scene.answer = new IsthmusError('TARGET-REFUSED', 'taxCode is required', { detail: { status: 422 } })
  await scene.ask('/api/v1/flows/orders-to-sales/resume', { by: 'ann' })
  await until(async () => (await trace('key=SO-1')).state === 'failed')
  const { hops, stoppedAt, expected, systems } = await trace('message=sales-to-finance/1')
  assert.deepEqual(
    hops.map(({ message, from, to, state, version }) => [message, from, to, state, version]),
    [
      ['orders-to-sales/1', 'shop', ['topics.sale-placed'], 'delivered', 1],
      ['sales-to-finance/1', 'topics.sale-placed', ['finance'], 'parked', 1],
    ],
  )
  assert.equal(hops[1]?.cause, hops[0]?.id)
  assert.deepEqual([hops[1]?.error?.code, hops[1]?.error?.status], ['TARGET-REFUSED', 422])
  assert.deepEqual([stoppedAt, expected], ['sales-to-finance/1', []])
  assert.deepEqual(systems, ['shop', 'topics.sale-placed', 'finance'])
  assert.equal((await scene.ask('/api/v1/trace?key=none')).status, 404)
})

test('a hop tells of each changed field which rule changed it, and of which fields it is made', async t => {
  const scene = await landscapeScene(t)
  await scene.accept([order('SO-1', { note: 'by truck' })])
  await until(() => scene.booked.length === 1)
  const hop = await scene.get<Hop>('/api/v1/flows/orders-to-sales/messages/1/hop')
  assert.equal(hop.payload, 'masked')
  const clean = hop.steps.find(({ kind }) => kind === 'clean')
  const [material, amount] = clean?.changes ?? []
  assert.deepEqual(
    [material?.before, material?.after, material?.why.rules.map(({ name, after }) => [name, after])],
    [
      ' bolt-m8 ',
      'BOLT-M8',
      [
        ['trim', 'bolt-m8'],
        ['upperCase', 'BOLT-M8'],
      ],
    ],
  )
  assert.deepEqual([amount?.after, amount?.why.rules[0]?.name], ['1234.50', 'decimal({ scale: 2 })'])
  const map = hop.steps.find(({ kind }) => kind === 'map')
  const total = map?.changes.find(({ field }) => field === 'total')
  assert.deepEqual([total?.after, total?.why.sources], ['1234.50', [{ field: 'amount', value: '1234.50' }]])
  assert.match(total?.why.rules[0]?.file ?? '', /landscape-scene\.ts$/)
  assert.deepEqual(
    map?.changes.filter(({ kind }) => kind === 'removed').map(({ field }) => field),
    ['note'],
  )
  const customer = map?.changes.find(({ field }) => field === 'customer')
  assert.deepEqual([customer?.before, customer?.after], ['***', '***'])
  assert.doesNotMatch(JSON.stringify(hop), /Wang/)
  const open = await scene.get<Hop>('/api/v1/flows/orders-to-sales/messages/1/hop?showPii=true')
  assert.match(JSON.stringify(open), /Wang/)
})

test('large data are told by their beginning, and whole when asked for', async t => {
  const scene = await landscapeScene(t)
  await scene.accept([order('SO-1', { note: 'x'.repeat(100_000) })])
  await until(() => scene.booked.length === 1)
  const path = '/api/v1/flows/orders-to-sales/messages/1'
  const { steps, count } = await scene.get<Hop>(`${path}/hop?limit=2`)
  assert.deepEqual([steps.length, count], [2, 4])
  const { before } = steps[0] ?? {}
  assert.ok((before?.bytes ?? 0) > 100_000 && before?.data === undefined && before?.head?.length === 2048)
  const whole = await scene.get<{ bytes: number; data: { note: string } }>(
    `${path}/payload?index=0&side=before`,
  )
  assert.equal(whole.data.note.length, 100_000)
  assert.equal((await scene.ask(`${path}/payload?index=9&side=before`)).status, 404)
})

test('a message that retention has removed is told so, and one that never was is not there', async t => {
  const scene = await landscapeScene(t)
  await scene.accept([order('SO-1')])
  await until(() => scene.booked.length === 1)
  await until(async () => ((await scene.get<Trace>('/api/v1/trace?key=SO-1')).state as string) === 'ended')
  while ((await scene.store.retire({ before: Date.now() + 1000 })) > 0);
  const hop = await scene.get<Hop>('/api/v1/flows/orders-to-sales/messages/1/hop')
  assert.deepEqual([hop.payload, hop.steps], ['purged', []])
  assert.equal((await scene.ask('/api/v1/flows/orders-to-sales/messages/2/hop')).status, 404)
})
