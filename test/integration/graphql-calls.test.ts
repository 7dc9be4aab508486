import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { GraphQLError, parse } from 'graphql'
import { Type } from 'typebox'
import { bearer, type GraphqlErrors, type GraphqlOptions } from '../../src/connectors/graphql/index.ts'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible } from '../../src/system/effect.ts'
import { secret } from '../../src/system/setting.ts'
import { connectionOf, graphqlShop, Nothing, Row, startShop } from './graphql-harness.ts'
import { engines, typeDefs } from './graphql-shop.ts'
import { errorOf, outgoing, startServer } from './http-harness.ts'
import { ask, requesterOf, write } from './rpc-harness.ts'

const ById = model('ById', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
const find = 'query Find($n: Int!) { row(n: $n) { n text } }'
const add = 'mutation Add($n: Int!, $text: String!) { add(n: $n, text: $text) { n text } }'

for (const engine of engines) {
  const named = (what: string, body: (t: TestContext) => Promise<void>) => test(`${engine}: ${what}`, body)

  named('a query and a mutation answer what their models want', async t => {
    const { url, state } = await startShop(t, engine)
    const owner = graphqlShop({ url })
    const one = owner.query('find', { document: find, at: 'row', request: ById, response: Row })
    const two = owner.mutate('add', {
      document: parse(add),
      at: 'add',
      request: Row,
      response: Row,
      effect: irreversible,
    })
    const three = owner.query('price', {
      document: '{ price }',
      at: 'price',
      variables: () => ({}),
      request: ById,
      response: model('Price', { version: 1, schema: Type.String() }),
    })
    const connection = await connectionOf(t, owner)
    await connection.check()
    assert.deepEqual(await ask(connection, two, [outgoing({ n: 1, text: '大 "x"' })]), [
      { ok: true, result: { n: 1, text: '大 "x"' } },
    ])
    assert.deepEqual(await ask(connection, one, [outgoing({ n: 1 })]), [
      { ok: true, result: { n: 1, text: '大 "x"' } },
    ])
    assert.deepEqual(await ask(connection, three, [outgoing({ n: 1 })]), [{ ok: true, result: '12.5' }])
    assert.equal(state.rows.length, 1)
  })

  named('errors decide by their code, and a declared table decides before', async t => {
    const { url } = await startShop(t, engine)
    const errorWith = async (declared: { system?: GraphqlErrors; channel?: GraphqlErrors }) => {
      const owner = graphqlShop({ url, errors: declared.system })
      const errors = declared.channel
      const channel = owner.query('find', { document: find, at: 'row', request: ById, response: Row, errors })
      const connection = await connectionOf(t, owner)
      const [answer] = await ask(connection, channel, [outgoing({ n: 7 })])
      return errorOf(answer)
    }
    const plain = await errorWith({})
    assert.equal(plain.code, 'TARGET-REFUSED')
    assert.match(plain.message, /NOT_FOUND: there is no such row \(at row\)/)
    assert.equal((await errorWith({ system: { NOT_FOUND: 'unavailable' } })).code, 'TARGET-UNAVAILABLE')
    const both = { system: { NOT_FOUND: 'unavailable' }, channel: () => 'contract' as const } as const
    assert.equal((await errorWith(both)).code, 'TARGET-CONTRACT')
    const throwing = { channel: () => assert.fail('a judge') }
    assert.equal((await errorWith(throwing)).code, 'TARGET-CONTRACT')
  })

  named('a mutation that failed within may have done something; one that was throttled has not', async t => {
    const { url, state } = await startShop(t, engine)
    const owner = graphqlShop({ url })
    const channel = owner.send('add', Row, { document: add, effect: irreversible })
    const connection = await connectionOf(t, owner)
    const errorWith = async (trouble: Error) => {
      state.trouble = trouble
      const [answer] = await write(connection, channel, [outgoing({ n: 1, text: '' })])
      return errorOf(answer)
    }
    assert.equal((await errorWith(new Error('disk'))).code, 'TARGET-UNANSWERED')
    const throttled = new GraphQLError('slowly', { extensions: { code: 'THROTTLED', retryAfter: 7 } })
    const unavailable = await errorWith(throttled)
    assert.equal(unavailable.code, 'TARGET-UNAVAILABLE')
    assert.equal(unavailable.retryAfter, 7000)
  })

  named('partial data are no answer, unless the error is declared to be harmless', async t => {
    const { url, state } = await startShop(t, engine)
    const owner = graphqlShop({ url })
    const Fragile = model('Fragile', {
      version: 1,
      schema: Type.Object({ id: Type.String(), note: Type.Union([Type.String(), Type.Null()]) }),
    })
    const common = { document: '{ fragile { id note } }', at: 'fragile', request: Nothing, response: Fragile }
    const strict = owner.query('strict', common)
    const lenient = owner.query('lenient', { ...common, errors: { NOTE_MISSING: 'ok' } })
    const changing = owner.mutate('changing', {
      document: 'mutation ($n: Int!) { addFragile(n: $n) { id note } }',
      request: ById,
      effect: irreversible,
    })
    const connection = await connectionOf(t, owner)
    const [refused] = await ask(connection, strict, [outgoing({})])
    assert.equal(errorOf(refused).code, 'TARGET-REFUSED')
    assert.deepEqual(await ask(connection, lenient, [outgoing({})]), [
      { ok: true, result: { id: '1', note: null } },
    ])
    const [done] = await ask(connection, changing, [outgoing({ n: 5 })])
    assert.equal(errorOf(done).code, 'TARGET-UNANSWERED', 'the row was added, and only reading it failed')
    assert.equal(state.rows.length, 1)
  })

  named('failures that come as data are failures', async t => {
    const { url, state } = await startShop(t, engine)
    const owner = graphqlShop({ url, errors: { BUSY: 'unavailable' } })
    const checked = owner.send('checked', Row, {
      document: `mutation ($n: Int!, $text: String!) {
        addChecked(n: $n, text: $text) { row { n } userErrors { field message code } }
      }`,
      userErrors: 'addChecked.userErrors',
      effect: irreversible,
    })
    const once = owner.send('once', Row, {
      document: `mutation ($n: Int!, $text: String!, $key: String!) {
        addOnce(n: $n, text: $text, key: $key) { ...Result }
      }
      fragment Result on Added { __typename ... on Rejected { message } }`,
      variables: (row, { effectKey }) => ({ ...row, key: effectKey }),
      at: 'addOnce',
      failures: { Rejected: 'refused' },
      effect: idempotent,
    })
    const connection = await connectionOf(t, owner)
    const errorWhen = async (channel: typeof checked | typeof once, text: string) =>
      errorOf((await write(connection, channel as typeof once, [outgoing({ n: 1, text })]))[0])
    const blank = await errorWhen(checked, '')
    assert.equal(blank.code, 'TARGET-REFUSED')
    assert.match(blank.message, /BLANK: is empty \(at text\)/)
    assert.equal((await errorWhen(checked, 'later')).code, 'TARGET-UNAVAILABLE')
    const rejected = await errorWhen(once, 'refuse me')
    assert.equal(rejected.code, 'TARGET-REFUSED')
    assert.match(rejected.message, /Rejected: no such text/)
    assert.equal(state.rows.length, 0)
    assert.deepEqual(await write(connection, checked, [outgoing({ n: 1, text: 'good' })]), [{ ok: true }])
    assert.deepEqual(await write(connection, once, [outgoing({ n: 2, text: 'good' })]), [{ ok: true }])
  })

  named('refused credentials pause, are not shown, and are looked up again', async t => {
    const { url } = await startShop(t, engine)
    const owner = graphqlShop({ url, auth: bearer(secret('TOKEN')) })
    const channel = owner.query('who', {
      document: '{ whoami }',
      at: 'whoami',
      request: Nothing,
      response: model('Who', { version: 1, schema: Type.String() }),
    })
    const settings: Record<string, string> = { TOKEN: 'stale-token' }
    const connection = await connectionOf(t, owner, { settings })
    const [answer] = await ask(connection, channel, [outgoing({})])
    const error = errorOf(answer)
    assert.equal(error.code, 'TARGET-CREDENTIALS')
    assert.ok(!error.message.includes('stale-token'), error.message)
    settings.TOKEN = 'good'
    assert.deepEqual(await ask(connection, channel, [outgoing({})]), [{ ok: true, result: 'isthmus' }])
  })

  named('a document that the server does not know is a broken contract', async t => {
    const { url } = await startShop(t, engine)
    const owner = graphqlShop({ url })
    const channel = owner.send('typo', Row, { document: 'mutation { ad { n } }', effect: irreversible })
    const connection = await connectionOf(t, owner)
    const [answer] = await write(connection, channel, [outgoing({ n: 1, text: '' })])
    const { code, message } = errorOf(answer)
    assert.match(code, /TARGET-(CONTRACT|REFUSED)/, message)
  })

  named('a probe finds out whether a mutation has happened', async t => {
    const { url, state } = await startShop(t, engine)
    const owner = graphqlShop({ url })
    const channel = owner.mutate('add', {
      document: add,
      request: Row,
      effect: irreversible,
      probe: {
        document: 'query ($key: String!) { has(key: $key) }',
        variables: ({ effectKey }) => ({ key: effectKey }),
        at: 'has',
        done: answer => answer === true,
      },
    })
    assert.equal(channel.effect.probe, true)
    const connection = await connectionOf(t, owner)
    const probe = () => requesterOf(connection, channel).probe?.(outgoing({}), new AbortController().signal)
    assert.deepEqual(await probe(), { outcome: 'absent' })
    state.keys.add('effect-1')
    assert.deepEqual(await probe(), { outcome: 'done', result: null })
  })
}

test('documents are checked when the connection opens', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-'))
  t.after(() => rm(folder, { recursive: true }))
  const schema = join(folder, 'crm.graphql')
  await writeFile(schema, typeDefs)
  const opening = (document: string, more: object = {}, options: Partial<GraphqlOptions> = { schema }) => {
    const owner = graphqlShop({ url: 'http://127.0.0.1:1/', ...options })
    owner.query('find', { document, request: ById, response: Row, ...more })
    return connectionOf(t, owner)
  }
  await opening(find)
  await opening('{ unknown }', {}, {})
  const refused: [string, object, RegExp][] = [
    [
      'query ($n: Int!) {\n row(n: $n) { nam } }',
      {},
      /line 2, column 15: Cannot query field "nam" on type "Row"/,
    ],
    ['{ a } { b }', {}, /holds 2 operations/],
    [add, {}, /is a mutation, and has to be a query/],
    ['{ a', {}, /cannot be read: line 1, column 4: Syntax Error/],
    [find, { at: 'rows' }, /does not select "rows"/],
    [find, { at: 'row', failures: { Rejected: 'refused' } }, /does not select "row.__typename"/],
    ['{ ...A } fragment A on Query { ...A }', { at: 'row' }, /does not fit the schema: .*itself/],
  ]
  for (const [document, more, message] of refused)
    await assert.rejects(opening(document, more), { code: 'FLOW-DEFINITION', message })
  await assert.rejects(opening(find, {}, { schema: join(folder, 'no.graphql') }), {
    code: 'CONTRACT-REFERENCE',
  })
})

test('a status counts where the body holds no error that is known', async t => {
  const answers: [number, string, string][] = [
    [502, '<html>bad gateway</html>', 'TARGET-UNANSWERED'],
    [503, '', 'TARGET-UNAVAILABLE'],
    [401, '{"errors":[{"message":"no"}]}', 'TARGET-CREDENTIALS'],
    [400, '{"errors":[{"message":"no","extensions":{"code":"THROTTLED"}}]}', 'TARGET-UNAVAILABLE'],
    [429, '{"errors":[{"message":"no"}]}', 'TARGET-UNAVAILABLE'],
    [500, '{"errors":[{"message":"no"}]}', 'TARGET-UNANSWERED'],
    [200, '{"errors":[{"message":"no"}]}', 'TARGET-REFUSED'],
    [200, '{"errors":[{"message":"no"}],"data":null}', 'TARGET-UNANSWERED'],
    [200, '{"errors":[],"data":{"add":{}}}', ''],
    [500, '{"data":{"add":{}}}', 'TARGET-UNANSWERED'],
    [200, '{"ok":true}', 'TARGET-CONTRACT'],
    [200, 'null', 'TARGET-CONTRACT'],
    [200, '[1]', 'TARGET-CONTRACT'],
    [302, '', 'TARGET-CONTRACT'],
  ]
  let next = answers[0] as [number, string, string]
  const { url, received } = await startServer(t, (_, response) => {
    response.writeHead(next[0], { location: 'http://127.0.0.1:1/', 'retry-after': '3' }).end(next[1])
  })
  const owner = graphqlShop({ url })
  const channel = owner.send('add', Row, { document: add, effect: idempotent })
  const connection = await connectionOf(t, owner)
  for (next of answers) {
    const [answer] = await write(connection, channel, [outgoing({ n: 1, text: '' })])
    assert.equal(answer?.ok ? '' : errorOf(answer).code, next[2], `${next[0]} ${next[1]}`)
  }
  assert.equal(received.length, answers.length)
  const [first] = received
  assert.equal(first?.headers['idempotency-key'], 'effect-1')
  assert.equal(first?.headers.accept, 'application/graphql-response+json, application/json;q=0.9')
  const { operationName, variables } = JSON.parse(first?.body ?? '')
  assert.deepEqual({ operationName, variables }, { operationName: 'Add', variables: { n: 1, text: '' } })
})

test('a throttled call waits as long as Shopify says', async t => {
  const cost = { requestedQueryCost: 100, throttleStatus: { currentlyAvailable: 40, restoreRate: 20 } }
  const errors = [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }]
  const { url } = await startServer(t, (_, response) => {
    response.end(JSON.stringify({ errors, extensions: { cost } }))
  })
  const owner = graphqlShop({ url })
  const channel = owner.send('add', Row, { document: add, effect: irreversible })
  const connection = await connectionOf(t, owner)
  const [answer] = await write(connection, channel, [outgoing({ n: 1, text: '' })])
  const { code, retryAfter } = errorOf(answer)
  assert.deepEqual({ code, retryAfter }, { code: 'TARGET-UNAVAILABLE', retryAfter: 3000 })
})
