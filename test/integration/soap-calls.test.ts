import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { type OperationOptions, type SoapOptions, soap } from '../../src/connectors/soap/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import type { Answer } from '../../src/system/roles.ts'
import { documentOperation, type WsdlParts, wsdlOf } from './contract-texts.ts'
import { contextOf, startServer } from './http-harness.ts'
import { Anything, ask, connected, itemOf, requesterOf, sinkOf } from './soap-harness.ts'
import { fault, fault12, type Methods, startSoapServer } from './soap-server.ts'

const order = documentOperation('PostOrder', {
  header: '<soap:header message="t:Head" part="session" use="literal"/>',
  fault: 'Closed',
})
const types = `
  <xs:element name="PostOrder"><xs:complexType><xs:sequence>
    <xs:element name="no" type="xs:string"/><xs:element name="amount" type="xs:decimal"/>
    <xs:element name="line" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:element name="sku" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="PostOrderResponse"><xs:complexType><xs:sequence>
    <xs:element name="no" type="xs:string"/><xs:element name="total" type="xs:decimal" minOccurs="0"/><xs:element name="line" minOccurs="0" maxOccurs="unbounded" type="xs:string"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="Session"><xs:complexType><xs:sequence><xs:element name="id" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="OrderClosed" type="xs:string"/>`
const messages = `${order.messages}<wsdl:message name="Head"><wsdl:part name="session" element="t:Session"/></wsdl:message><wsdl:message name="Closed"><wsdl:part name="fault" element="t:OrderClosed"/></wsdl:message>`

function orders(over: Partial<WsdlParts> = {}): string {
  return wsdlOf({ types, messages, operations: order.operation, bound: order.bound, ...over })
}

const Answered = model('Answered', {
  version: 1,
  schema: Type.Object({
    no: Type.String(),
    total: Type.Optional(Type.String()),
    line: Type.Array(Type.String()),
  }),
})
const post = { operation: 'PostOrder', request: Anything, response: Answered, effect: read } as const
const data = { no: 'A1', amount: '12.50', line: [{ sku: 'x' }] }

async function scene(
  t: TestContext,
  wsdl: string,
  methods: Methods,
  more: Partial<SoapOptions> & { server?: Parameters<typeof startSoapServer>[2] } = {},
  secrets: Record<string, string> = {},
) {
  const { server: options, ...rest } = more
  const server = await startSoapServer(wsdl, methods, options)
  t.after(() => server.close())
  return connected(t, { wsdl, url: server.url, ...rest }, secrets)
}

function codeOf(answer: Answer<unknown>): string {
  assert.equal(answer.ok, false)
  const { error } = answer as { error: unknown }
  assert.ok(error instanceof IsthmusError, String(error))
  return error.code
}

function messageOf(answer: Answer<unknown>): string {
  return (answer as { error: Error }).error.message
}

for (const version of ['1.1', '1.2'] as const) {
  test(`SOAP ${version}: an operation is called with its action, and answered digit for digit`, async t => {
    const seen: unknown[] = []
    const { owner, connection } = await scene(t, orders({ version }), {
      PostOrder(args: unknown) {
        seen.push(args)
        return { no: 'A1', total: '12345678901234567890.10', line: ['only'] }
      },
    })
    const answer = await ask(connection, owner.operation('post', post), data)
    assert.deepEqual(answer, {
      ok: true,
      result: { no: 'A1', total: '12345678901234567890.10', line: ['only'] },
    })
    assert.deepEqual(seen, [{ no: 'A1', amount: 12.5, line: [{ sku: 'x' }] }])
    await connection.check()
  })

  test(`SOAP ${version}: content type and action are those of the version`, async t => {
    const wsdl = orders({ version })
    const { url, received } = await startServer(t, (_, response) => response.writeHead(404).end())
    const { owner, connection } = await connected(t, {
      wsdl,
      url: `${url}/a/b/?client=100&x`,
      headers: { 'X-Tenant': 't' },
    })
    await ask(connection, owner.operation('post', post), data)
    const [request] = received
    assert.equal(request?.path, '/a/b/?client=100&x')
    assert.equal(request?.headers['x-tenant'], 't')
    assert.match(request?.body ?? '', />12\.50</)
    const is11 = version === '1.1'
    assert.equal(request?.headers.soapaction, is11 ? '"urn:t/PostOrder"' : undefined)
    assert.equal(
      request?.headers['content-type'],
      is11 ? 'text/xml; charset=utf-8' : 'application/soap+xml; charset=utf-8; action="urn:t/PostOrder"',
    )
  })
}

test('rpc/literal: parts are elements without namespace in the element of the operation', async t => {
  const wsdl = wsdlOf({
    style: 'rpc',
    messages:
      '<wsdl:message name="In"><wsdl:part name="a" type="xs:int"/><wsdl:part name="b" type="xs:int"/></wsdl:message><wsdl:message name="Out"><wsdl:part name="sum" type="xs:int"/></wsdl:message>',
    operations:
      '<wsdl:operation name="add"><wsdl:input message="t:In"/><wsdl:output message="t:Out"/></wsdl:operation>',
    bound:
      '<wsdl:operation name="add"><soap:operation soapAction="add"/><wsdl:input><soap:body use="literal" namespace="urn:r"/></wsdl:input><wsdl:output><soap:body use="literal" namespace="urn:r"/></wsdl:output></wsdl:operation>',
  })
  const { owner, connection } = await scene(t, wsdl, {
    add: ({ a, b }: { a: number; b: number }) => ({ sum: Number(a) + Number(b) }),
  })
  const channel = owner.operation('add', {
    operation: 'add',
    request: Anything,
    response: Anything,
    effect: read,
  })
  assert.deepEqual(await ask(connection, channel, { b: 2, a: 40 }), { ok: true, result: { sum: 42 } })
  assert.equal(codeOf(await ask(connection, channel, { a: 40 })), 'MSG-ENCODE')
})

test('SOAP headers go out, of the channel and of the system, and come in', async t => {
  const seen: unknown[] = []
  const { owner, connection } = await scene(
    t,
    orders(),
    {
      PostOrder(_: unknown, __: unknown, headers: unknown) {
        seen.push(headers)
        return { no: 'A1' }
      },
    },
    {
      header: resolve => ({ '{urn:o}Tenant': resolve({ from: 'secret', name: 'TENANT' }) }),
      server: {
        setUp: server => void server.addSoapHeader('<t:Session xmlns:t="urn:t"><t:id>s9</t:id></t:Session>'),
      },
    },
    { TENANT: 'seven' },
  )
  const channel = owner.operation('post', {
    ...post,
    header: (_, { effectKey }) => ({ Session: { id: effectKey } }),
    result: (body, headers) => ({
      ...(body as object),
      line: [],
      total: (headers.Session as { id: string }).id,
    }),
  })
  assert.deepEqual(await ask(connection, channel, data), {
    ok: true,
    result: { no: 'A1', total: 's9', line: [] },
  })
  assert.deepEqual(seen, [{ Tenant: 'seven', Session: { id: 'k1' } }])
  const unknown = owner.operation('unknown', { ...post, header: () => ({ Other: 1 }) })
  const refused = await ask(connection, unknown, data)
  assert.equal(codeOf(refused), 'MSG-ENCODE')
  assert.match(messageOf(refused), /Other is no header of the operation/)
})

test('faults decide the fate: by code, by detail, by what the channel or the system declares', async t => {
  const faults: Record<string, () => never> = {
    client: () => fault('soap:Client', 'no'),
    sub: () => fault('soap:Client.Stock', 'no'),
    own: () => fault('E100', 'own code'),
    server: () => fault('soap:Server', 'broken'),
    fine: () => fault('soap:Server', 'broken', undefined, 200),
    expired: () => fault('wsse:MessageExpired', 'too late'),
    closed: () => fault('soap:Server', 'closed', { 't:OrderClosed': 'secret order', attributes: {} }),
    security: () => fault('wsse:FailedAuthentication', 'who are you'),
    must: () => fault('soap:MustUnderstand', 'what'),
  }
  const { owner, connection } = await scene(
    t,
    orders(),
    { PostOrder: ({ no }: { no: string }) => faults[no]?.() ?? { no: 'A1' } },
    { faults: { E100: 'unavailable' } },
  )
  const channel = owner.operation('post', { ...post, effect: irreversible })
  const mild = owner.operation('mild', {
    ...post,
    effect: irreversible,
    faults: { OrderClosed: 'refused', 'Client.Stock': 'unavailable', Server: 'unavailable' },
  })
  const codes = async (one: typeof channel, no: string) => codeOf(await ask(connection, one, { ...data, no }))
  const found = Object.fromEntries(
    await Promise.all(Object.keys(faults).map(async no => [no, await codes(channel, no)])),
  )
  assert.deepEqual(found, {
    client: 'TARGET-REFUSED',
    sub: 'TARGET-REFUSED',
    own: 'TARGET-UNAVAILABLE',
    server: 'TARGET-UNANSWERED',
    fine: 'TARGET-UNANSWERED',
    expired: 'TARGET-CREDENTIALS',
    closed: 'TARGET-UNANSWERED',
    security: 'TARGET-CREDENTIALS',
    must: 'TARGET-REFUSED',
  })
  assert.equal(await codes(mild, 'closed'), 'TARGET-REFUSED')
  assert.equal(await codes(mild, 'sub'), 'TARGET-UNAVAILABLE')
  assert.equal(await codes(mild, 'server'), 'TARGET-UNAVAILABLE')
  assert.equal(await codes(mild, 'client'), 'TARGET-REFUSED')
  const looking = owner.operation('looking', {
    ...post,
    effect: irreversible,
    faults: ({ detail }) => (detail.OrderClosed === 'secret order' ? 'credentials' : undefined),
  })
  assert.equal(await codes(looking, 'closed'), 'TARGET-CREDENTIALS')
  assert.equal(await codes(looking, 'server'), 'TARGET-UNANSWERED')
  const answer = await ask(connection, channel, { ...data, no: 'closed' })
  assert.equal(messageOf(answer), 'shop.post answered the fault Server/OrderClosed: closed')
})

test('faults of SOAP 1.2, with subcodes', async t => {
  const { owner, connection } = await scene(t, orders({ version: '1.2' }), {
    PostOrder({ no }: { no: string }) {
      if (no === 'sender') fault12('soap:Sender', 'app:NoStock', 'no')
      if (no === 'receiver') fault12('soap:Receiver', undefined, 'broken')
      fault12('soap:Sender', 'wsse:InvalidSecurity', 'who')
    },
  })
  const channel = owner.operation('post', {
    ...post,
    effect: idempotent,
    faults: fault => (fault.subcodes[0] === 'NoStock' ? 'unavailable' : undefined),
  })
  const codes = []
  for (const no of ['sender', 'receiver', 'other'])
    codes.push(codeOf(await ask(connection, channel, { ...data, no })))
  assert.deepEqual(codes, ['TARGET-UNAVAILABLE', 'TARGET-UNANSWERED', 'TARGET-CREDENTIALS'])
})

test('a status without fault, an answer that is none of the operation, and an HTML page', async t => {
  const soap = (body: string) =>
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`
  const answers: Record<string, [number, string]> = {
    '500 page': [500, '<html/>'],
    '400 text': [400, 'no'],
    '503 fault': [503, soap('<s:Fault><faultcode>s:Client</faultcode></s:Fault>')],
    '400 fault': [400, soap('<s:Fault><faultcode>s:Server</faultcode></s:Fault>')],
    '200 page': [200, '<html/>'],
    '200 other': [200, soap('<other/>')],
    '200 empty': [200, ''],
    '200 odd': [200, soap('<n:PostOrderResponse xmlns:n="urn:t"><n:wrong/></n:PostOrderResponse>')],
    '302 away': [302, ''],
    '401 who': [401, ''],
  }
  const wsdl = orders()
  const { url } = await startServer(t, (request, response) => {
    const [status, body] = answers[decodeURIComponent(request.url ?? '').slice(2)] ?? [404, '']
    response
      .writeHead(status, {
        'content-type': 'text/xml',
        ...(status === 302 && { location: 'http://elsewhere.invalid/' }),
      })
      .end(body)
  })
  const found: Record<string, string> = {}
  for (const name of Object.keys(answers)) {
    const { owner, connection } = await connected(t, { wsdl, url: `${url}/?${encodeURIComponent(name)}` })
    found[name] = codeOf(
      await ask(connection, owner.operation('post', { ...post, effect: irreversible }), data),
    )
  }
  assert.deepEqual(found, {
    '500 page': 'TARGET-UNANSWERED',
    '400 text': 'TARGET-REFUSED',
    '503 fault': 'TARGET-UNAVAILABLE',
    '400 fault': 'TARGET-UNANSWERED',
    '200 page': 'TARGET-CONTRACT',
    '200 other': 'TARGET-CONTRACT',
    '200 empty': 'TARGET-CONTRACT',
    '200 odd': 'TARGET-CONTRACT',
    '302 away': 'TARGET-CONTRACT',
    '401 who': 'TARGET-CREDENTIALS',
  })
})

test('data that the schema does not allow are refused before anything is sent, and name channel and field', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  const { owner, connection } = await connected(t, { wsdl: orders(), url })
  const answer = await ask(connection, owner.operation('post', post), { ...data, amount: '1,50' })
  assert.equal(codeOf(answer), 'MSG-ENCODE')
  assert.equal(messageOf(answer), 'shop.post: amount is no decimal')
  const thrower = owner.operation('thrower', {
    ...post,
    body: () => {
      throw new Error('oh')
    },
  } as OperationOptions & { probe?: undefined })
  assert.equal(codeOf(await ask(connection, thrower, data)), 'STEP-FAILED')
  assert.equal(received.length, 0)
})

test('a one-way operation is done when its status says so', async t => {
  const wsdl = wsdlOf({
    types: '<xs:element name="Tell" type="xs:string"/>',
    messages: '<wsdl:message name="In"><wsdl:part name="p" element="t:Tell"/></wsdl:message>',
    operations: '<wsdl:operation name="Tell"><wsdl:input message="t:In"/></wsdl:operation>',
    bound:
      '<wsdl:operation name="Tell"><soap:operation soapAction="tell"/><wsdl:input><soap:body use="literal"/></wsdl:input></wsdl:operation>',
  })
  const told: unknown[] = []
  const { owner, connection } = await scene(
    t,
    wsdl,
    { Tell: (text: unknown) => void told.push(text) },
    {
      server: { oneWay: { emptyBody: true, responseCode: 202 } },
    },
  )
  const channel = owner.send('tell', Anything, { operation: 'Tell', effect: irreversible })
  const [answer] = await sinkOf(connection, channel).write([itemOf('hello')], new AbortController().signal)
  assert.deepEqual(answer, { ok: true })
  assert.equal(told.length, 1)
})

test('a probe asks by another operation whether a call has happened', async t => {
  const get = documentOperation('GetOrder')
  const more =
    '<xs:element name="GetOrder"><xs:complexType><xs:sequence><xs:element name="no" type="xs:string"/></xs:sequence></xs:complexType></xs:element><xs:element name="GetOrderResponse"><xs:complexType><xs:sequence><xs:element name="state" type="xs:string"/></xs:sequence></xs:complexType></xs:element>'
  const wsdl = wsdlOf({
    types: types + more,
    messages: messages + get.messages,
    operations: order.operation + get.operation,
    bound: order.bound + get.bound,
  })
  const { owner, connection } = await scene(t, wsdl, {
    GetOrder({ no }: { no: string }) {
      if (no === 'gone') fault('soap:Client.NotFound', 'none')
      if (no === 'odd') fault('soap:Client', 'what')
      if (no === 'broken') fault('soap:Server', 'broken')
      return { state: no }
    },
  })
  const channel = owner.operation('post', {
    ...post,
    effect: irreversible,
    probe: {
      operation: 'GetOrder',
      body: order => ({ no: (order as { no: string }).no }),
      done: answer => (answer as { state: string }).state === 'posted',
      absent: ({ code }) => code === 'Client.NotFound',
      result: () => ({ no: 'A1', line: [] }),
    },
  })
  const requester = requesterOf(connection, channel)
  const probe = (no: string) => requester.probe?.(itemOf({ no }), new AbortController().signal)
  assert.deepEqual(await probe('posted'), { outcome: 'done', result: { no: 'A1', line: [] } })
  assert.deepEqual(await probe('draft'), { outcome: 'absent' })
  assert.deepEqual(await probe('gone'), { outcome: 'absent' })
  assert.deepEqual(await probe('odd'), { outcome: 'unknown' })
  await assert.rejects(async () => probe('broken'), { code: 'TARGET-UNANSWERED' })
})

test('what the WSDL does not have is told with what it has', async t => {
  const { owner, connection } = await connected(t, { wsdl: orders(), url: 'http://127.0.0.1:9' })
  const missing = owner.operation('gone', { ...post, operation: 'Gone' })
  assert.throws(() => requesterOf(connection, missing), {
    code: 'FLOW-DEFINITION',
    message: /calls Gone, .*: it has PostOrder\.$/,
  })
  const port = owner.operation('port', { ...post, port: 'Q' })
  assert.throws(() => requesterOf(connection, port), {
    code: 'FLOW-DEFINITION',
    message: /at the port Q: it has none/,
  })
  await assert.rejects(connected(t, { wsdl: '<a/>', url: 'http://127.0.0.1:9' }), {
    code: 'CONTRACT-UNREADABLE',
  })
})

test('a WSDL lies beside the file that calls soap(), in the working folder, or where its full path says', async () => {
  const opening = (wsdl: string) => soap({ wsdl, url: 'http://127.0.0.1:9' }).connect(contextOf())
  const beside = join(import.meta.dirname, 'gone.wsdl')
  await assert.rejects(opening('./gone.wsdl'), (error: Error) =>
    error.message.startsWith(`${beside} cannot be loaded`),
  )
  await assert.rejects(opening('gone.wsdl'), /^IsthmusError: gone\.wsdl cannot be loaded/)
  await assert.rejects(opening('/gone.wsdl'), /^IsthmusError: \/gone\.wsdl cannot be loaded/)
})
