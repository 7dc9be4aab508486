import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../src/index.ts'
import type {
  Balance,
  DecisionReport,
  ParkedPage,
  Status,
  TracedMessage,
} from '../../src/server/operations/schemas.ts'
import { canary, controlScene, until } from './control-scene.ts'

test('status, flows, landscape and balance tell how it stands', async t => {
  const scene = await controlScene(t)
  const { ask, accept } = scene
  await accept(['1', '2', '3'].map(no => ({ no, buyer: 'Li Na', ask: no === '3' ? 'refuse' : 'ok' })))
  const status = async () => (await (await ask('/api/v1/status')).json()) as Status
  await until(async () => (await status()).flows[0]?.parked === 1 && scene.booked.length === 2)
  const { flows, systems, instance } = await status()
  const { accepted, ended, waiting, parked, sinceStart } = flows[0] ?? {}
  assert.deepEqual({ accepted, ended, waiting, parked }, { accepted: 3, ended: 2, waiting: 0, parked: 1 })
  assert.deepEqual(sinceStart, { accepted: 3, delivered: 2, filtered: 0, discarded: 0 })
  assert.deepEqual(systems, [{ system: 'shop', kind: 'other', connector: 'shop', waiting: 0 }])
  assert.equal(instance?.ready, true)
  const landscape = (await (await ask('/api/v1/landscape')).json()) as { mermaid: string; flows: unknown[] }
  assert.match(landscape.mermaid, /^flowchart LR/)
  assert.equal(landscape.flows.length, 1)
  const balance = (await (await ask('/api/v1/balance?flow=booking')).json()) as Balance
  assert.deepEqual([balance.balanced, balance.flows[0]?.delivered, balance.flows[0]?.parked], [true, 2, 1])
})

test('two people who decide about the same message at once: one of them has decided', async t => {
  const { ask, accept, booked, instance } = await controlScene(t)
  await accept([{ no: '1', buyer: 'Li Na', ask: 'refuse' }])
  await until(async () => (await instance.operations.parked({})).messages.length === 1)
  const decide = (body: object) => ask('/api/v1/flows/booking/messages/1/decision', { body })
  const edit = { do: 'edit', by: 'ann', data: { no: '1', buyer: 'Li Na', ask: 'ok' } }
  const discard = { do: 'discard', by: 'bob', why: 'a test' }
  const statuses = (await Promise.all([decide(edit), decide(discard), decide(edit)])).map(
    ({ status }) => status,
  )
  assert.deepEqual(statuses.toSorted(), [200, 409, 409])
  // Whoever came first: they came by connections of their own.
  const isDiscarded = statuses[1] === 200
  const ends = isDiscarded ? { delivered: 0, discarded: 1 } : { delivered: 1, discarded: 0 }
  const ended = async () => {
    const { delivered, discarded } = (await instance.operations.balance()).flows[0] ?? {}
    return { delivered, discarded }
  }
  await until(async () => Object.values(await ended()).includes(1))
  assert.deepEqual(await ended(), ends)
  assert.equal(booked.length, ends.delivered)
})

test('a decision for many goes on where it ended, and looks at each message once', async t => {
  const { ask, accept, instance } = await controlScene(t)
  const orders = Array.from({ length: 25 }, (_, n) => ({ no: `${n}`, buyer: 'Li Na', ask: 'refuse' }))
  await accept(orders)
  const parked = async () => (await instance.operations.status()).flows[0]?.parked
  await until(async () => (await parked()) === 25)
  let after: string | undefined
  const done: number[] = []
  do {
    const order = { decision: { do: 'retry', by: 'ann' }, filter: { flow: 'booking' }, limit: 10, after }
    const report = (await (await ask('/api/v1/parked/decision', { body: order })).json()) as DecisionReport
    done.push(report.done)
    after = report.next
  } while (after)
  assert.deepEqual(done, [10, 10, 5])
  const attempts = async () =>
    (await instance.operations.parked({ limit: 100 })).messages.map(each => each.attempts)
  await until(async () => (await attempts()).filter(count => count === 2).length === 25)
})

test('a source that has failed tries again when it is told to, and one that runs is left alone', async t => {
  const { ask, fail, instance, log, accept } = await controlScene(t)
  await accept([])
  const retry = (source: string) => ask(`/api/v1/sources/${source}/retry`, { body: { by: 'ann' } })
  assert.equal((await retry('shop.nothing')).status, 404)
  assert.equal((await retry('shop.orders')).status, 409)
  fail(new IsthmusError('TARGET-CREDENTIALS', 'Wrong password'))
  const failed = async () => (await instance.operations.status()).flows[0]?.sourceFailed
  await until(async () => (await failed()) !== undefined)
  assert.match((await failed()) ?? '', /^shop\.orders: Wrong password\. .* isthmus retry shop\.orders$/)
  assert.equal((await retry('shop.orders')).status, 200)
  await until(async () => (await failed()) === undefined)
  assert.ok(log.some(({ event, text }) => event === 'decided' && text === 'shop.orders: retry by ann'))
})

test('personal data are masked in lists and traces unless asked for; secrets always', async t => {
  const { ask, accept, instance, log } = await controlScene(t)
  await accept([{ no: '1', buyer: 'Wang Xiaoming', ask: 'refuse' }])
  await until(async () => (await instance.operations.parked({})).messages.length === 1)
  const text = async (path: string) => (await ask(path)).text()
  const one = '/api/v1/flows/booking/messages/1'
  for (const path of ['/api/v1/parked', one, '/api/v1/messages?key=1'])
    assert.doesNotMatch(await text(path), /Wang Xiaoming/, path)
  for (const path of [
    '/api/v1/parked?showPii=true',
    `${one}?showPii=true`,
    '/api/v1/messages?key=1&showPii=true',
  ])
    assert.match(await text(path), /Wang Xiaoming is unknown to \[secret\]/, path)
  const page = JSON.parse(await text('/api/v1/parked')) as ParkedPage
  assert.equal(page.messages[0]?.reason, '*** is unknown to [secret]')
  const message = JSON.parse(await text(one)) as TracedMessage
  assert.equal(message.masked, true)
  const told = JSON.stringify([log, page, message])
  assert.ok(!told.includes(canary) && !told.includes('Wang'))
})

test('numbers that JavaScript would round are kept as they were written', async t => {
  const { ask, accept, instance } = await controlScene(t)
  await accept([{ no: '1', buyer: 'Li Na', ask: 'refuse' }])
  await until(async () => (await instance.operations.parked({})).messages.length === 1)
  const { url, token } = instance.control
  const body = '{"do":"edit","by":"ann","data":{"no":9007199254740993,"buyer":"Li","ask":"ok"}}'
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const edit = await fetch(`${url}/api/v1/flows/booking/messages/1/decision`, {
    method: 'POST',
    headers,
    body,
  })
  assert.equal(edit.status, 200)
  await until(async () => (await instance.operations.balance()).flows[0]?.delivered === 1)
  const trace = (await (await ask('/api/v1/flows/booking/messages/1')).json()) as TracedMessage
  assert.equal((trace.hops[0]?.before as { no: unknown } | undefined)?.no, '9007199254740993')
})
