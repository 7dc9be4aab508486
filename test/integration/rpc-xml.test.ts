import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import type { Dialect, RpcErrors, Tags } from '../../src/connectors/rpc/index.ts'
import { model } from '../../src/model/model.ts'
import { idempotent, read } from '../../src/system/effect.ts'
import { errorOf, outgoing, startServer } from './http-harness.ts'
import { ask, connected } from './rpc-harness.ts'
import { answerWith, faultWith, readCall } from './xml-rpc-server.ts'

const Any = model('Any', { version: 1, schema: Type.Unknown() })
const nothing = answerWith('<value><string/></value>')

async function answering(t: TestContext, answer: Buffer | string, errors?: RpcErrors) {
  const { url, received } = await startServer(t, (_, response) => response.end(answer))
  const { owner, connection } = await connected(t, { url, protocol: 'xml', errors })
  return { owner, connection, received }
}

/** What becomes of a `value` element that a server answers. */
async function reading(t: TestContext, value: string, response = Any) {
  const { owner, connection } = await answering(t, value.startsWith('<value') ? answerWith(value) : value)
  const channel = owner.call('x', { method: 'x', request: Any, response, effect: read })
  const [answer] = await ask(connection, channel, [outgoing({})])
  if (answer?.ok) return answer.result
  throw errorOf(answer)
}

/** What a server gets for params. */
async function writing(t: TestContext, params: unknown, tags?: Tags, dialect?: Dialect) {
  const { url, received } = await startServer(t, (_, response) => response.end(nothing))
  const { owner, connection } = await connected(t, { url, protocol: 'xml', dialect })
  const channel = owner.call('x', { method: 'x', request: Any, tags, effect: idempotent })
  const [answer] = await ask(connection, channel, [outgoing(params)])
  if (!answer?.ok) throw errorOf(answer)
  return { ...readCall(Buffer.from(received[0]?.body ?? '')), body: received[0]?.body ?? '' }
}

test('values are tagged by what they are', async t => {
  const { params, method } = await writing(t, [
    5,
    -2147483648,
    2.5,
    1e-7,
    -0,
    true,
    'a<&\r\n b',
    '',
    null,
    5n,
  ])
  assert.equal(method, 'x')
  assert.deepEqual(
    params.map(({ tag, text }) => [tag, text]),
    [
      ['int', '5'],
      ['int', '-2147483648'],
      ['double', '2.5'],
      ['double', '0.0000001'],
      ['double', '-0'],
      ['boolean', '1'],
      ['string', 'a<&\r\n b'],
      ['string', ''],
      ['nil', ''],
      ['i8', '5'],
    ],
  )
  const named = await writing(t, { lines: [{ qty: 1 }, {}], none: undefined, empty: [] })
  assert.equal(named.params.length, 1)
  const { lines, empty, ...others } = named.params[0]?.members ?? {}
  assert.equal(lines?.items[0]?.members.qty?.text, '1')
  assert.deepEqual([lines?.items[1]?.tag, empty?.tag, empty?.items], ['struct', 'array', []])
  assert.deepEqual(others, {})
})

test('declared tags go before the guess, and lose no digit', async t => {
  const tags = {
    '0/price': 'double',
    '0/lines/*/qty': 'double',
    '0/no': 'i8',
    '0/at': 'dateTime.iso8601',
    '0/photo': 'base64',
    '0/code': 'string',
    '*/*/small': 'i4',
  } as const
  const data = {
    price: '12345678901234567890.10',
    lines: [{ qty: 5 }, { qty: 2.5, small: '7' }],
    no: '9223372036854775807',
    at: '2026-05-04T12:00:00',
    photo: 'AAEC/w==',
    code: 1e21,
  }
  const { members } = (await writing(t, [data], tags)).params[0] ?? {}
  const shown = Object.entries(members ?? {}).map(([name, { tag, text }]) => [name, tag, text])
  assert.deepEqual(
    shown.filter(([name]) => name !== 'lines'),
    [
      ['price', 'double', '12345678901234567890.10'],
      ['no', 'i8', '9223372036854775807'],
      ['at', 'dateTime.iso8601', '20260504T12:00:00'],
      ['photo', 'base64', 'AAEC/w=='],
      ['code', 'string', '1000000000000000000000'],
    ],
  )
  const quantities = members?.lines?.items.map(({ members: { qty } }) => `${qty?.tag} ${qty?.text}`)
  assert.deepEqual(quantities, ['double 5', 'double 2.5'])
})

test('what a tag cannot hold is refused before anything is sent', async t => {
  const wrong: [unknown, Tags?][] = [
    [[2 ** 31]],
    [[Number.NaN]],
    [['\u0000']],
    [['1e5'], { '0': 'double' }],
    [['1.5'], { '0': 'int' }],
    [['2147483648'], { '0': 'i4' }],
    [['9223372036854775808'], { '0': 'i8' }],
    [['yes'], { '0': 'boolean' }],
    [['2026-05-04T12:00:00Z'], { '0': 'dateTime.iso8601' }],
    [['no base 64'], { '0': 'base64' }],
    [[true], { '0': 'string' }],
  ]
  for (const [params, tags] of wrong)
    await assert.rejects(writing(t, params, tags), { code: 'MSG-ENCODE' }, String(params))
})

test('the dialect of Apache has its own names for nil and i8', async t => {
  const { params, body } = await writing(t, [null, 5n], {}, 'apache')
  assert.deepEqual(
    params.map(({ tag }) => tag),
    ['ex:nil', 'ex:i8'],
  )
  assert.match(body, /xmlns:ex="http:\/\/ws\.apache\.org\/xmlrpc\/namespaces\/extensions"/)
})

test('values are read as they were meant', async t => {
  const cases: [string, unknown][] = [
    ['<value>bare text</value>', 'bare text'],
    ['<value/>', ''],
    ['<value> </value>', ' '],
    ['<value>\n <i4>5</i4>\n</value>', 5],
    ['<value><int>-7</int></value>', -7],
    ['<value><i8>9007199254740993</i8></value>', '9007199254740993'],
    ['<value xmlns:ex="urn:x"><ex:i8>5</ex:i8></value>', 5],
    ['<value xmlns:ex="urn:x"><ex:nil/></value>', null],
    ['<value><nil/></value>', null],
    ['<value><double>-12.50</double></value>', -12.5],
    ['<value><double>0.1234567890123456789</double></value>', '0.1234567890123456789'],
    ['<value><boolean>0</boolean></value>', false],
    ['<value><string> a &lt;b&gt; </string></value>', ' a <b> '],
    ['<value><dateTime.iso8601>20260504T12:00:00</dateTime.iso8601></value>', '2026-05-04T12:00:00'],
    ['<value><base64>AAEC\n /w==</base64></value>', 'AAEC/w=='],
    ['<value><array><data/></array></value>', []],
    ['<value><array><data><value>1</value></data></array></value>', ['1']],
    ['<value><struct/></value>', {}],
    [
      '<value><struct><member><name>constructor</name><value><int>1</int></value></member></struct></value>',
      { constructor: 1 },
    ],
  ]
  for (const [value, expected] of cases) assert.deepEqual(await reading(t, value), expected, value)
})

test('a number is text where the model wants text, so that a decimal keeps its zeros', async t => {
  const Prices = model('Prices', {
    version: 1,
    schema: Type.Object({ prices: Type.Array(Type.String()), qty: Type.Number() }),
  })
  const member = (name: string, value: string) =>
    `<member><name>${name}</name><value>${value}</value></member>`
  const list = '<array><data><value><double>12.50</double></value><value><int>7</int></value></data></array>'
  const struct = member('prices', list) + member('qty', '<double>12.50</double>')
  const result = await reading(
    t,
    `<value><struct>${struct}</struct></value>`,
    Prices as unknown as typeof Any,
  )
  assert.deepEqual(result, { prices: ['12.50', '7'], qty: 12.5 })
})

test('what is malformed or hostile is refused', async t => {
  const member = '<member><name>a</name><value/></member>'
  const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
  const answers = [
    `${bomb}<methodResponse><params><param><value>&b;</value></param></params></methodResponse>`,
    '<!DOCTYPE x SYSTEM "file:///etc/passwd"><methodResponse/>',
    `${'<methodResponse>'.repeat(100_000)}`,
    `<value>${'<array><data><value>'.repeat(60)}</value>`,
    `<value><struct>${member}${member}</struct></value>`,
    `<value><struct>${member.replace('>a<', '>__proto__<')}</struct></value>`,
    '<value><struct><member><name>a</name></member></struct></value>',
    '<value><int>five</int></value>',
    '<value><int/></value>',
    '<value><int>1</int><int>2</int></value>',
    '<value>text<int>1</int></value>',
    '<value><double>1 2</double></value>',
    '<value><boolean>yes</boolean></value>',
    '<value><base64>***</base64></value>',
    '<value><constructor>1</constructor></value>',
    '<methodResponse/>',
    '<methodResponse><params><param><value/></param><param><value/></param></params></methodResponse>',
    '<methodResponse><params/><fault/></methodResponse>',
    '<html/>',
  ]
  for (const answer of answers)
    await assert.rejects(reading(t, answer), { code: 'TARGET-CONTRACT' }, answer.slice(0, 100))
})

test('faults are judged by a declared predicate, else by the usual codes', async t => {
  const judge: RpcErrors = ({ code, message }) => {
    if (code === 1 && message.includes('serialize')) return 'unavailable'
    return code === 3 ? 'credentials' : undefined
  }
  const cases: [Buffer, string][] = [
    [faultWith(1, 'could not serialize access'), 'TARGET-UNAVAILABLE'],
    [faultWith(3, 'access denied'), 'TARGET-CREDENTIALS'],
    [faultWith(2, 'no such product'), 'TARGET-REFUSED'],
    [faultWith(-32603, ''), 'TARGET-UNANSWERED'],
    [Buffer.from(faultWith(-32603, '').toString().replace('<int>-32603</int>', 'Server')), 'TARGET-REFUSED'],
  ]
  for (const [answer, code] of cases) {
    const { owner, connection } = await answering(t, answer, judge)
    const [got] = await ask(connection, owner.call('x', { method: 'x', request: Any, effect: read }), [
      outgoing({}),
    ])
    assert.equal(errorOf(got).code, code, answer.toString())
  }
})
