import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWsdl } from '../../src/contract/wsdl/read-wsdl.ts'
import { documentOf, documentOperation, schemaOf, wsdlOf } from './contract-texts.ts'

const get = documentOperation('GetOrder')
const post = documentOperation('PostOrder', { fault: 'Closed' })
const types = `
  <xs:element name="GetOrder"><xs:complexType><xs:sequence><xs:element name="no" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="GetOrderResponse" type="t:Order"/>
  <xs:element name="PostOrder" type="t:Order"/>
  <xs:element name="PostOrderResponse"><xs:complexType/></xs:element>
  <xs:element name="OrderClosed" type="xs:string"/>
  <xs:complexType name="Order"><xs:sequence><xs:element name="no" type="xs:string"/></xs:sequence></xs:complexType>`
const closed = '<wsdl:message name="Closed"><wsdl:part name="fault" element="t:OrderClosed"/></wsdl:message>'
const orders = wsdlOf({
  types,
  messages: get.messages + post.messages + closed,
  operations: get.operation + post.operation,
  bound: get.bound + post.bound,
})

test('a service becomes a connector, models and channels with proposed effects', async () => {
  const contract = await readWsdl(documentOf({ 'erp.wsdl': orders }))
  const { counts } = contract
  assert.deepEqual(
    [
      counts.services,
      counts.ports,
      counts.bindings,
      counts.operations,
      counts.messages,
      counts.elements,
      counts.types,
    ],
    [1, 1, 1, 2, 5, 5, 1],
  )
  assert.equal(contract.title, 'OrderService')
  assert.equal(contract.connector?.options.wsdl?.text, "'erp.wsdl'")
  assert.equal(contract.connector?.options.url?.text, "env('ORDER_SERVICE_URL')")
  assert.doesNotMatch(JSON.stringify(contract.connector), /elsewhere/)
  const [first, second] = contract.channels
  assert.equal(first?.name, 'get-order')
  assert.equal(first?.model, 'GetOrder')
  assert.equal(first?.answer, 'Order')
  assert.equal(first?.effect?.kind, 'read')
  assert.match(first?.effect?.why ?? '', /begins with "Get"/)
  assert.equal(second?.effect?.kind, 'irreversible')
  assert.equal(second?.model, 'Order')
  assert.equal(second?.options.operation?.text, "'PostOrder'")
  assert.match(second?.description ?? '', /Faults: OrderClosed/)
  assert.deepEqual(contract.problems, [])
})

test('only whole words propose to read', async () => {
  const names = [
    'getOrder',
    'GET_ALL',
    'listOrders',
    'Getaway',
    'Listen',
    'Reader',
    'Budget',
    'findX',
    'QueryX',
  ]
  const kinds = []
  for (const name of names) {
    const { messages, operation, bound } = documentOperation(name)
    const elements = `<xs:element name="${name}"/><xs:element name="${name}Response"/>`
    const text = wsdlOf({ types: elements, messages, operations: operation, bound })
    const { channels } = await readWsdl(documentOf({ 'a.wsdl': text }))
    kinds.push(channels[0]?.effect?.kind === 'read')
  }
  assert.deepEqual(kinds, [true, true, true, false, false, false, false, true, true])
})

test('rpc/literal has a model of its parts; rpc/encoded is a problem', async () => {
  const rpc = (use: string) =>
    wsdlOf({
      style: 'rpc',
      messages:
        '<wsdl:message name="In"><wsdl:part name="a" type="xs:int"/><wsdl:part name="b" type="xs:string"/></wsdl:message><wsdl:message name="Out"><wsdl:part name="r" type="xs:decimal"/></wsdl:message>',
      operations:
        '<wsdl:operation name="add"><wsdl:input message="t:In"/><wsdl:output message="t:Out"/></wsdl:operation>',
      bound: `<wsdl:operation name="add"><soap:operation soapAction=""/><wsdl:input><soap:body use="${use}" namespace="urn:r"/></wsdl:input><wsdl:output><soap:body use="${use}" namespace="urn:r"/></wsdl:output></wsdl:operation>`,
    })
  const literal = await readWsdl(documentOf({ 'a.wsdl': rpc('literal') }))
  assert.deepEqual(literal.problems, [])
  const request = literal.models.find(({ name }) => name === literal.channels[0]?.model)
  assert.equal(request?.name, 'AddRequest')
  assert.deepEqual(request?.schema.required, ['a', 'b'])
  const encoded = await readWsdl(documentOf({ 'a.wsdl': rpc('encoded') }))
  assert.equal(encoded.channels.length, 0)
  assert.match(encoded.problems[0]?.problem ?? '', /operation add is not supported: it is rpc\/encoded/)
  assert.match(encoded.problems[0]?.place ?? '', /^a\.wsdl:\d+$/)
})

test('one channel per operation, though a second port offers it by SOAP 1.2; one-way operations are sinks', async () => {
  const text = wsdlOf({
    types: '<xs:element name="Tell" type="xs:string"/>',
    messages: '<wsdl:message name="In"><wsdl:part name="p" element="t:Tell"/></wsdl:message>',
    operations: '<wsdl:operation name="Tell"><wsdl:input message="t:In"/></wsdl:operation>',
    bound:
      '<wsdl:operation name="Tell"><soap:operation soapAction="x"/><wsdl:input><soap:body use="literal"/></wsdl:input></wsdl:operation>',
  })
  const second = text
    .replace(
      '<wsdl:service',
      `<wsdl:binding name="B12" type="t:PT"><s12:binding xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/" transport="http://schemas.xmlsoap.org/soap/http"/>
       <wsdl:operation name="Tell"><wsdl:input/></wsdl:operation></wsdl:binding><wsdl:service`,
    )
    .replace('</wsdl:service>', '<wsdl:port name="P12" binding="t:B12"/></wsdl:service>')
  const contract = await readWsdl(documentOf({ 'a.wsdl': second }))
  assert.equal(contract.counts.ports, 2)
  assert.deepEqual(
    contract.channels.map(({ name, role, factory, answer }) => [name, role, factory, answer]),
    [['tell', 'sink', 'send', undefined]],
  )
})

test('a WSDL of several files, names without prefix, and {{url}} in a namespace', async () => {
  const { messages, operation, bound } = documentOperation('Go')
  const whole = wsdlOf({ messages: '', operations: operation, bound }).replaceAll(
    'urn:t"',
    'http://{{url}}/t"',
  )
  const contract = await readWsdl(
    documentOf({
      'a.wsdl': whole.replace(
        '<wsdl:types>',
        '<wsdl:import namespace="http://{{url}}/t" location="b.wsdl"/><wsdl:types>',
      ),
      'b.wsdl': `<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:t="http://{{url}}/t" targetNamespace="http://{{url}}/t">
        <wsdl:import namespace="http://{{url}}/t" location="c.xsd"/>${messages}</wsdl:definitions>`,
      'c.xsd': schemaOf(
        '<xs:element name="Go" type="xs:string"/><xs:element name="GoResponse" type="xs:int"/>',
      ).replaceAll('urn:t', 'http://{{url}}/t'),
    }),
  )
  assert.deepEqual(contract.problems, [])
  assert.deepEqual(
    contract.models.map(({ schema }) => schema.type),
    ['string', 'integer'],
  )
  assert.equal(contract.models[0]?.origin, '{http://{{url}}/t}Go')
})

test('what is missing is told with the line that names it', async () => {
  const text = orders.replace(
    '<wsdl:types>',
    '\n<wsdl:import location="gone.wsdl" namespace="urn:g"/><wsdl:types>',
  )
  const line = text.split('\n').findIndex(each => each.includes('gone.wsdl')) + 1
  await assert.rejects(readWsdl(documentOf({ 'a.wsdl': text })), {
    code: 'CONTRACT-REFERENCE',
    message: new RegExp(`^a\\.wsdl:${line}: gone\\.wsdl`),
  })
  const two = '<description xmlns="http://www.w3.org/ns/wsdl"/>'
  await assert.rejects(readWsdl(documentOf({ 'a.wsdl': two })), {
    code: 'CONTRACT-UNREADABLE',
    message: /2\.0/,
  })
})

test('a WSDL that was read from a URL is to be saved, and two services are told', async () => {
  const two = orders.replace('</wsdl:definitions>', '<wsdl:service name="Second"/></wsdl:definitions>')
  const document = { ...documentOf({ 'a.wsdl': two }), location: 'http://erp.example/orders?wsdl' }
  const { connector, problems } = await readWsdl(document)
  assert.equal(connector?.options.wsdl?.text, "'./orders'")
  assert.match(problems.map(({ problem }) => problem).join(), /save it.*2 services/)
})

test('a message without parts has an empty model, and one of several has them as fields', async () => {
  const text = wsdlOf({
    types: '<xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:string"/>',
    messages:
      '<wsdl:message name="None"/><wsdl:message name="Two"><wsdl:part name="x" element="t:a"/><wsdl:part name="y" element="t:b"/></wsdl:message>',
    operations:
      '<wsdl:operation name="Ask"><wsdl:input message="t:None"/><wsdl:output message="t:Two"/></wsdl:operation>',
    bound:
      '<wsdl:operation name="Ask"><soap:operation/><wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>',
  })
  const { channels, models } = await readWsdl(documentOf({ 'a.wsdl': text }))
  const schemaOfModel = (name: string | undefined) => models.find(each => each.name === name)?.schema
  assert.deepEqual(schemaOfModel(channels[0]?.model), { type: 'object', properties: {} })
  assert.deepEqual(schemaOfModel(channels[0]?.answer), {
    type: 'object',
    properties: {
      a: { type: 'integer', minimum: -2147483648, maximum: 2147483647 },
      b: { type: 'string' },
    },
    required: ['a', 'b'],
  })
})

test('a message that is a bare text does not become the model of all texts', async () => {
  const [ping, pong] = [documentOperation('Ping'), documentOperation('Pong')]
  const text = wsdlOf({
    types: `<xs:element name="Ping" type="xs:string"/><xs:element name="PingResponse"/><xs:element name="Pong"><xs:complexType><xs:sequence><xs:element name="x" type="xs:string"/><xs:element name="y"/></xs:sequence></xs:complexType></xs:element><xs:element name="PongResponse" type="xs:string"/>`,
    messages: ping.messages + pong.messages,
    operations: ping.operation + pong.operation,
    bound: ping.bound + pong.bound,
  })
  const { models } = await readWsdl(documentOf({ 'a.wsdl': text }))
  const schemas = Object.fromEntries(models.map(({ name, schema }) => [name, schema]))
  assert.deepEqual(schemas, {
    Pong: { type: 'object', properties: { x: { type: 'string' }, y: {} }, required: ['x', 'y'] },
    PingRequest: { type: 'string' },
    PingResponse: {},
    PongResponse: { type: 'string' },
  })
})
