import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { bearer, type SoapOptions, soap, usernameToken } from '../../src/connectors/soap/index.ts'
import { readWsdl } from '../../src/contract/wsdl/read-wsdl.ts'
import { readXsd } from '../../src/contract/xsd/read-xsd.ts'
import { IsthmusError } from '../../src/errors.ts'
import { read } from '../../src/system/effect.ts'
import { secret } from '../../src/system/setting.ts'
import { documentOf, documentOperation, schemaOf, wsdlOf } from '../integration/contract-texts.ts'
import { startServer } from '../integration/http-harness.ts'
import { Anything, ask, connected } from '../integration/soap-harness.ts'

const { messages, operation, bound } = documentOperation('Ping')
const types = '<xs:element name="Ping" type="xs:string"/><xs:element name="PingResponse"/>'
const wsdl = wsdlOf({ types, messages, operations: operation, bound })
const envelope = (body: string) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`
const answer = envelope('<n:PingResponse xmlns:n="urn:t">pong</n:PingResponse>')

async function called(t: TestContext, body: string, more: Partial<SoapOptions> = {}, text = wsdl) {
  const { url, received } = await startServer(t, (_, response) => response.end(body))
  const { owner, connection } = await connected(
    t,
    { wsdl: text, url, ...more },
    { TOKEN: 'token-secret', PASS: 'pass-secret' },
  )
  const channel = owner.operation('ping', {
    operation: 'Ping',
    request: Anything,
    response: Anything,
    effect: read,
  })
  return { answer: await ask(connection, channel, 'hello'), received }
}

const laughs = Array.from({ length: 10 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
const hostile: Record<string, string> = {
  'a document type': `<!DOCTYPE s:Envelope>${answer}`,
  'an entity that names a file': `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${envelope('<n:PingResponse xmlns:n="urn:t">&f;</n:PingResponse>')}`,
  'a billion laughs': `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>${envelope('&l10;')}`,
  'elements nested a hundred thousand deep': envelope(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`),
  'an element __proto__': envelope(
    '<n:PingResponse xmlns:n="urn:t"><n:__proto__><n:a/></n:__proto__></n:PingResponse>',
  ),
  'bytes that are no text': 'Ã\u0000',
}
for (const [name, body] of Object.entries(hostile)) {
  test(`an answer with ${name} is refused`, async t => {
    const { answer } = await called(t, body)
    assert.ok(!answer.ok && answer.error instanceof IsthmusError)
    assert.equal(answer.error.code, 'TARGET-CONTRACT')
    assert.equal(({} as { a?: unknown }).a, undefined)
  })
}

test('the address in a WSDL is never called, and an operation goes where the configuration says', async t => {
  const elsewhere = await startServer(t, (_, response) => response.end(answer))
  const text = wsdlOf({ types, messages, operations: operation, bound, address: `${elsewhere.url}/stolen` })
  const { answer: good, received } = await called(t, answer, { auth: bearer(secret('TOKEN')) }, text)
  assert.deepEqual(good, { ok: true, result: 'pong' })
  assert.equal(received.length, 1)
  assert.equal(elsewhere.received.length, 0)
})

test('credentials that a fault repeats are not shown', async t => {
  const echo = envelope(
    '<s:Fault><faultcode>s:Client</faultcode><faultstring>token-secret and pass-secret</faultstring></s:Fault>',
  )
  const { answer } = await called(t, echo, {
    auth: bearer(secret('TOKEN')),
    security: usernameToken('u', secret('PASS')),
  })
  assert.ok(!answer.ok && answer.error instanceof IsthmusError)
  assert.match(answer.error.message, /\*\*\* and \*\*\*/)
  const { summary } = soap({
    wsdl: 'a.wsdl',
    url: 'http://localhost',
    auth: bearer(secret('TOKEN')),
    security: usernameToken('u', secret('PASS')),
  })
  assert.doesNotMatch(JSON.stringify(summary), /-secret/)
})

test('names in a WSDL become neither markup nor headers', async t => {
  const action = wsdl.replace('soapAction="urn:t/Ping"', 'soapAction="x&#13;&#10;Evil: 1"')
  const first = await called(t, answer, {}, action)
  assert.ok(!first.answer.ok && first.answer.error instanceof IsthmusError)
  assert.equal(first.received.length, 0)
  const markup = wsdl
    .replaceAll('Ping"', 'Ping&gt;&lt;evil"')
    .replaceAll('name="Ping&gt;&lt;evil"><soap', 'name="Ping"><soap')
  const named = markup.replace(/(<wsdl:operation name=")Ping&gt;&lt;evil/g, '$1Ping')
  const second = await called(t, answer, {}, named)
  assert.ok(!second.answer.ok && second.answer.error instanceof IsthmusError)
  assert.equal(second.answer.error.code, 'MSG-ENCODE')
  assert.equal(second.received.length, 0)
})

test('a WSDL is a file of ours', () => {
  assert.throws(() => soap({ wsdl: 'http://127.0.0.1/a.wsdl', url: 'http://127.0.0.1' }), {
    code: 'FLOW-DEFINITION',
  })
  assert.throws(() => soap({ wsdl: 'a.wsdl', url: 'http://user:pw@127.0.0.1' }), { code: 'CONFIG-INVALID' })
})

test('documents with document types, or nested too deep, are unreadable', async () => {
  const deep = `${'<xs:sequence>'.repeat(5_000)}${'</xs:sequence>'.repeat(5_000)}`
  const type = schemaOf(`<xs:complexType name="T">${deep}</xs:complexType>`)
  await assert.rejects(readXsd(documentOf({ 'a.xsd': type })), {
    code: 'CONTRACT-UNREADABLE',
    message: /levels/,
  })
  await assert.rejects(readXsd(documentOf({ 'a.xsd': `<!DOCTYPE a [${laughs}]>${type}` })), {
    code: 'CONTRACT-UNREADABLE',
  })
  await assert.rejects(readWsdl(documentOf({ 'a.wsdl': `<!DOCTYPE a>${wsdl}` })), {
    code: 'CONTRACT-UNREADABLE',
  })
})

test('text of a WSDL stays text in the code that is made of it', async () => {
  const evil = "'; process.exit(1) //\u2028`$"
  const named = wsdl.replaceAll('"Ping"', `"${evil}"`).replaceAll('t:Ping"', `t:${evil}"`)
  const contract = await readWsdl(documentOf({ 'a.wsdl': named }))
  for (const { name, options } of contract.channels) {
    assert.match(name, /^[a-z][a-z0-9-]*$/)
    for (const { text } of Object.values(options)) assert.match(text, /^'(?:[^'\\\u2028]|\\.)*'$/)
  }
  for (const { name } of contract.models) assert.match(name, /^[A-Za-z][A-Za-z0-9]*$/)
})

test('groups that double and double, and types or groups in long chains, come to an end', async () => {
  const count = 40
  const doubling = Array.from({ length: count }, (_, n) => {
    const next = n + 1 === count ? '<xs:element name="e" type="xs:int"/>' : `<xs:group ref="t:G${n + 1}"/>`
    return `<xs:group name="G${n}"><xs:sequence>${next}${next}</xs:sequence></xs:group>`
  }).join('')
  const attributes = Array.from({ length: count }, (_, n) => {
    const next = n + 1 === count ? '' : `<xs:attributeGroup ref="t:A${n + 1}"/>`
    return `<xs:attributeGroup name="A${n}">${next}${next}</xs:attributeGroup>`
  }).join('')
  const uses = ['<xs:group ref="t:G0"/>', '<xs:attributeGroup ref="t:A0"/>']
  for (const use of uses) {
    const text = schemaOf(`${doubling}${attributes}<xs:complexType name="T">${use}</xs:complexType>`)
    await assert.rejects(readXsd(documentOf({ 'a.xsd': text })), {
      code: 'CONTRACT-UNREADABLE',
      message: /unfold/,
    })
  }
  const chain = Array.from({ length: 6_000 }, (_, n) => {
    const base = `<xs:complexContent><xs:extension base="t:T${n + 1}"/></xs:complexContent>`
    const group = `<xs:group name="C${n}"><xs:sequence><xs:group ref="t:C${n + 1}"/></xs:sequence></xs:group>`
    return `<xs:complexType name="T${n}">${base}</xs:complexType>${group}`
  }).join('')
  const long = schemaOf(`${chain}<xs:complexType name="U"><xs:group ref="t:C0"/></xs:complexType>`)
  const { problems } = await readXsd(documentOf({ 'a.xsd': long }))
  assert.ok(problems.length > 0)
})
