import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import type { RpcErrors, RpcOptions } from '../../src/connectors/rpc/index.ts'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import { errorOf, outgoing, startServer } from './http-harness.ts'
import { ask, connected, rpcShop, write } from './rpc-harness.ts'

const Issue = model('Issue', { version: 1, schema: Type.Object({ no: Type.String(), qty: Type.Number() }) })
const Cost = model('Cost', { version: 1, schema: Type.Object({ price: Type.String() }) })
const issue = { no: 'A1', qty: 2.5 }

type Request = { jsonrpc: string; id?: string; method: string; params: unknown }

/** A server that answers every body with what `answer` makes of it: text as it is, anything else as JSON. */
async function serving(t: TestContext, answer: (request: Request & Request[]) => unknown, status = 200) {
  const { url, received } = await startServer(t, (_, response) => {
    const reply = answer(JSON.parse(received.at(-1)?.body ?? ''))
    response.writeHead(status).end(typeof reply === 'string' ? reply : JSON.stringify(reply))
  })
  return { url, received, bodies: () => received.map(({ body }) => JSON.parse(body)) }
}

const ok = ({ id }: Request, result: unknown = null) => ({ jsonrpc: '2.0', id, result })
const fail = ({ id }: Request, code: number, message = 'no') => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
})
const cost = { method: 'cost', request: Issue, response: Cost, effect: read } as const

test('params go by name, by position, and as the channel makes them', async t => {
  const { url, bodies, received } = await serving(t, request => ok(request, { price: '1.10' }))
  const { owner, connection } = await connected(t, { url: `${url}/rpc`, protocol: 'json' })
  const named = owner.call('named', cost)
  const placed = owner.call('placed', { ...cost, params: ({ no, qty }) => [no, qty], path: '/v2/' })
  assert.deepEqual(await ask(connection, named, [outgoing(issue)]), [{ ok: true, result: { price: '1.10' } }])
  await ask(connection, placed, [outgoing(issue, 2)])
  assert.deepEqual(bodies(), [
    { jsonrpc: '2.0', id: 'effect-1', method: 'cost', params: issue },
    { jsonrpc: '2.0', id: 'effect-2', method: 'cost', params: ['A1', 2.5] },
  ])
  assert.deepEqual([received[0]?.path, received[1]?.path], ['/rpc', '/rpc/v2/'])
})

test('numbers that JavaScript cannot hold arrive digit for digit', async t => {
  const { url } = await serving(
    t,
    ({ id }) => `{"jsonrpc":"2.0","id":"${id}","result":{"price":9007199254740993.10}}`,
  )
  const { owner, connection } = await connected(t, { url, protocol: 'json' })
  const [answer] = await ask(connection, owner.call('cost', cost), [outgoing(issue)])
  assert.deepEqual(answer, { ok: true, result: { price: '9007199254740993.10' } })
})

test('a batch is one HTTP call; each item has the answer of its id, and none is unanswered', async t => {
  const { url, received } = await serving(t, ([first, second, third, , fifth]) => [
    ok(fifth as Request, { price: '5' }),
    { jsonrpc: '2.0', id: 'effect-99', result: { price: '99' } },
    fail(second as Request, -32602),
    ok(first as Request, { price: '1' }),
    ok(third as Request, { price: '3' }),
    ok(third as Request, { price: '4' }),
  ])
  const { owner, connection } = await connected(t, { url, protocol: 'json' })
  const channel = owner.call('cost', { ...cost, batch: 5 })
  const answers = await ask(
    connection,
    channel,
    [1, 2, 3, 4, 5].map(n => outgoing(issue, n)),
  )
  assert.equal(received.length, 1)
  assert.deepEqual(answers[0], { ok: true, result: { price: '1' } })
  assert.equal(errorOf(answers[1]).code, 'TARGET-REFUSED')
  assert.equal(errorOf(answers[2]).code, 'TARGET-UNANSWERED', 'two answers are none')
  assert.equal(errorOf(answers[3]).code, 'TARGET-UNANSWERED')
  assert.deepEqual(answers[4], { ok: true, result: { price: '5' } })
})

test('what cannot be sent fails alone and the rest of its batch is sent', async t => {
  const { url, bodies } = await serving(t, requests => requests.map(each => ok(each)))
  const { owner, connection } = await connected(t, { url, protocol: 'json' })
  const params = ({ no, qty }: typeof issue) => {
    if (no === 'bug') throw new Error('oh')
    return [qty]
  }
  const channel = owner.send('rows', Issue, { method: 'add', params, batch: 9, effect: irreversible })
  const bad = [{ no: 'bug', qty: 1 }, { no: 'nan', qty: Number.NaN }, issue, issue]
  const answers = await write(
    connection,
    channel,
    bad.map((data, n) => outgoing(data, n)),
  )
  assert.deepEqual(
    answers.map(each => (each.ok ? 'ok' : errorOf(each).code)),
    ['STEP-FAILED', 'MSG-ENCODE', 'ok', 'ok'],
  )
  assert.equal(bodies()[0].length, 2)
})

test('errors decide by their code; the channel declares before the system', async t => {
  const codes: [number, RpcErrors | undefined, string][] = [
    [-32700, undefined, 'TARGET-REFUSED'],
    [-32600, undefined, 'TARGET-REFUSED'],
    [-32601, undefined, 'TARGET-REFUSED'],
    [-32602, undefined, 'TARGET-REFUSED'],
    [-32603, undefined, 'TARGET-UNANSWERED'],
    [-32000, undefined, 'TARGET-UNANSWERED'],
    [-32099, undefined, 'TARGET-UNANSWERED'],
    [17, undefined, 'TARGET-REFUSED'],
    [18, undefined, 'TARGET-UNAVAILABLE'],
    [18, { 18: 'credentials' }, 'TARGET-CREDENTIALS'],
    [18, ({ message }) => (message === 'no' ? 'contract' : undefined), 'TARGET-CONTRACT'],
    [19, { 19: 'ok' }, 'ok'],
    [
      20,
      () => {
        throw new Error('bug')
      },
      'TARGET-CONTRACT',
    ],
  ]
  for (const [code, errors, expected] of codes) {
    const { url } = await serving(t, request => fail(request, code))
    const { owner, connection } = await connected(t, { url, protocol: 'json', errors: { 18: 'unavailable' } })
    const channel = owner.send('rows', Issue, { method: 'add', effect: idempotent, errors })
    const [answer] = await write(connection, channel, [outgoing(issue)])
    assert.equal(answer?.ok ? 'ok' : errorOf(answer).code, expected, String(code))
  }
})

test('an error with a bad status counts; a bad status without one of the protocol counts as the status', async t => {
  const cases: [number, (request: Request) => unknown, string][] = [
    [500, request => fail(request, -32602), 'TARGET-REFUSED'],
    [400, () => ({ jsonrpc: '2.0', id: null, error: { code: -32603, message: '' } }), 'TARGET-UNANSWERED'],
    [502, () => ({ error: 'bad gateway' }), 'TARGET-UNANSWERED'],
    [500, request => ok(request), 'TARGET-UNANSWERED'],
    [503, request => fail(request, -32602), 'TARGET-UNAVAILABLE'],
    [401, () => '', 'TARGET-CREDENTIALS'],
    [200, () => ({ error: 'bad gateway' }), 'TARGET-UNANSWERED'],
    [200, request => ok({ ...request, id: 'another' }), 'TARGET-UNANSWERED'],
    [200, () => '<html>', 'TARGET-CONTRACT'],
    [200, request => ok(request, { price: 5 }), 'TARGET-CONTRACT'],
  ]
  for (const [status, answer, expected] of cases) {
    const { url } = await serving(t, answer, status)
    const { owner, connection } = await connected(t, { url, protocol: 'json' })
    const [got] = await ask(connection, owner.call('cost', cost), [outgoing(issue)])
    assert.equal(errorOf(got).code, expected, `${status} ${answer}`)
  }
})

test('a notification has no id, and is good when the server took it', async t => {
  const answers = ['', '', { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'bad' } }]
  const { url, bodies } = await serving(t, () => answers.shift())
  const { owner, connection } = await connected(t, { url, protocol: 'json' })
  const channel = owner.notify('told', Issue, { method: 'told', effect: idempotent })
  assert.deepEqual(await write(connection, channel, [outgoing(issue)]), [{ ok: true }])
  assert.deepEqual(await write(connection, channel, [outgoing(issue)]), [{ ok: true }])
  const [refused] = await write(connection, channel, [outgoing(issue)])
  assert.equal(errorOf(refused).code, 'TARGET-REFUSED')
  assert.deepEqual(bodies()[0], { jsonrpc: '2.0', method: 'told', params: issue })
})

test('what makes no sense is refused when it is declared', () => {
  const options: RpcOptions = { url: 'http://localhost', protocol: 'json' }
  const send = { method: 'x', effect: read } as const
  const json = rpcShop(options)
  const xml = rpcShop({ ...options, protocol: 'xml' })
  const wrong = [
    () => json.send('rows', Issue, { ...send, batch: 0 }),
    () => json.send('rows', Issue, { ...send, tags: { '0': 'double' } }),
    () => json.send('rows', Issue, { ...send, path: '/../other' }),
    () => json.send('No Name', Issue, send),
    () => xml.send('rows', Issue, { ...send, batch: 2 }),
    () => xml.notify('rows', Issue, send),
    () => rpcShop({ ...options, protocol: 'soap' as 'xml' }),
    () => rpcShop({ ...options, session: { method: 'x', params: () => [], header: 'Host' } }),
  ]
  for (const declare of wrong) assert.throws(declare, { code: 'FLOW-DEFINITION' })
  assert.throws(() => rpcShop({ ...options, url: 'http://me:secret@localhost' }), { code: 'CONFIG-INVALID' })
})
