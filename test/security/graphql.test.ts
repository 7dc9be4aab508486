import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { bearer } from '../../src/connectors/graphql/index.ts'
import { model } from '../../src/model/model.ts'
import { secret } from '../../src/system/setting.ts'
import { connectionOf, graphqlShop, Nothing } from '../integration/graphql-harness.ts'
import { errorOf, outgoing, startServer } from '../integration/http-harness.ts'
import { ask } from '../integration/rpc-harness.ts'

const Anything = model('Anything', { version: 1, schema: Type.Unknown() })
const query = { document: '{ it }', request: Nothing, response: Anything } as const

const hostile: readonly [string, string, string][] = [
  ['__proto__', '{"data":{"it":{"__proto__":{"polluted":1}}}}', 'TARGET-CONTRACT'],
  ['a name twice', '{"data":{"it":1,"it":2}}', 'TARGET-CONTRACT'],
  ['a deep nest', `{"data":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'TARGET-CONTRACT'],
  ['a long answer', `{"data":{"it":"${'x'.repeat(20_000)}"}}`, 'TARGET-CONTRACT'],
  ['errors that are none', '{"errors":[null,1,"x",{"path":{"a":1},"extensions":[]}]}', 'TARGET-REFUSED'],
]
for (const [what, body, code] of hostile) {
  test(`an answer with ${what} is ${code}`, async t => {
    const { url } = await startServer(t, (_, response) => void response.end(body))
    const owner = graphqlShop({ url, responseLimit: 10_000 })
    const channel = owner.query('it', query)
    const connection = await connectionOf(t, owner)
    const [answer] = await ask(connection, channel, [outgoing({})])
    assert.equal(errorOf(answer).code, code)
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  })
}

test('a target that repeats our credentials does not get them into errors', async t => {
  const { url } = await startServer(t, (request, response) => {
    const { authorization = '' } = request.headers
    const errors = [{ message: `unknown ${authorization}`, extensions: { code: authorization } }]
    response.end(JSON.stringify({ errors }))
  })
  const owner = graphqlShop({ url, auth: bearer(secret('TOKEN')) })
  assert.ok(!JSON.stringify(owner.connector.summary).includes('s3cret'))
  const channel = owner.query('it', query)
  const connection = await connectionOf(t, owner, { settings: { TOKEN: 's3cret' } })
  const [answer] = await ask(connection, channel, [outgoing({})])
  const { message } = errorOf(answer)
  assert.match(message, /unknown \*\*\*/)
  assert.ok(!message.includes('s3cret'))
})

test('data become variables, and never part of the document', async t => {
  const { url, received } = await startServer(t, (_, response) => void response.end('{"data":{"it":1}}'))
  const owner = graphqlShop({ url })
  const channel = owner.query('it', {
    ...query,
    document: 'query ($name: String) { it(name: $name) }',
    request: Anything,
  })
  const connection = await connectionOf(t, owner)
  const name = '") { secret } #'
  await ask(connection, channel, [outgoing({ name })])
  await ask(connection, channel, [outgoing({ name: 'x' })])
  const [one, two] = received.map(({ body }) => JSON.parse(body))
  assert.equal(one.query, two.query)
  assert.deepEqual(one.variables, { name })
})

test('urls with credentials or of another kind are refused and not repeated', () => {
  for (const url of ['ftp://shop/', 'https://user:s3cret@shop/graphql', 'https://shop/graphql?key=s3cret']) {
    assert.throws(() => graphqlShop({ url }), { code: 'CONFIG-INVALID', message: /^((?!s3cret).)*$/ })
  }
  for (const url of ['ftp://shop/', 'wss://user:s3cret@shop/']) {
    const subscriptions = { url }
    assert.throws(() => graphqlShop({ url: 'https://shop/', subscriptions }), {
      code: 'CONFIG-INVALID',
      message: /^((?!s3cret).)*$/,
    })
  }
})
