import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudEvent, HTTP, Kafka } from 'cloudevents'
import fc from 'fast-check'
import { eventAttributes, eventHead, readEvents, writeEvent } from './cloud-event.ts'

const json = {
  contentType: 'application/json',
  body: Buffer.from('{"no":12345678901234567890,"text":"中文"}'),
}
const item = { data: { no: 1 }, effectKey: 'KEY1', key: 'C-1' }
const attributes = eventAttributes(item, {
  source: '/mes',
  type: 'Order.v1',
  subject: () => 'Łódź 100% "x"',
  time: () => Date.UTC(2026, 0, 2),
})

const readBack = (mode: 'binary' | 'structured', binding: 'http' | 'kafka' | 'amqp', content = json) =>
  readEvents(writeEvent(attributes, content, mode, binding), binding)

test('an event is read as it was written, in every mode and binding', () => {
  for (const binding of ['http', 'kafka', 'amqp'] as const) {
    const [binary] = readBack('binary', binding) ?? []
    assert.deepEqual(binary, { attributes, content: { body: json.body } })
    const [structured] = readBack('structured', binding) ?? []
    assert.deepEqual(structured?.attributes, { ...attributes, datacontenttype: 'application/json' })
    // Digits that JavaScript cannot hold are text, as in JSON bodies everywhere.
    assert.deepEqual(structured?.content, { data: { no: '12345678901234567890', text: '中文' } })
  }
})

test('data that are not JSON travel as bytes in a structured event', () => {
  const xml = { contentType: 'application/xml', body: Buffer.from('<a>ä</a>') }
  const [event] = readBack('structured', 'http', xml) ?? []
  assert.deepEqual(Buffer.from(event?.content.body ?? []), xml.body)
})

test('what one delivery says of an event: its identity is its source and its id', () => {
  const { id, time, subject, headers } = eventHead(attributes)
  assert.deepEqual([id, time, subject], ['/mes KEY1', Date.UTC(2026, 0, 2), 'Łódź 100% "x"'])
  assert.deepEqual(headers, { 'ce-source': '/mes', 'ce-type': 'Order.v1', 'ce-partitionkey': 'C-1' })
})

test('a batch holds several events', () => {
  const bodies = ['a', 'b'].map(
    id => `{"specversion":"1.0","id":"${id}","source":"s","type":"t","data":{"${id}":1}}`,
  )
  const body = Buffer.from(`[${bodies.join(',')}]`)
  const events = readEvents({ headers: {}, contentType: 'application/cloudevents-batch+json', body }, 'http')
  assert.deepEqual(
    events?.map(({ attributes: { id }, content }) => [id, content.data]),
    [
      ['a', { a: 1 }],
      ['b', { b: 1 }],
    ],
  )
})

test('what is no event is not taken for one, and a broken one is refused', () => {
  const read = (body: string, contentType = 'application/cloudevents+json') =>
    readEvents({ headers: {}, contentType, body: Buffer.from(body) }, 'http')
  assert.equal(read('{"id":"1"}', 'application/json'), undefined)
  for (const [body, reason] of [
    ['[]', /no JSON object/],
    ['{"specversion":"1.0","id":"1","source":"s"}', /no type/],
    ['{"specversion":"0.3","id":"1","source":"s","type":"t"}', /specversion/],
    ['{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"%"}', /base64/],
    ['{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"A"}', /base64/],
    ['{"specversion":"1.0","id":"1","source":"s","type":"t","x":{}}', /no simple value/],
    ['{"specversion":"1.0"', /malformed JSON/],
  ] as const)
    assert.throws(() => read(body), { code: 'MSG-DECODE', message: reason })
})

test('the SDK of the specification reads what we write over HTTP and Kafka, whatever the attributes say', () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter(each => each.trim() !== '')
  fc.assert(
    fc.property(text, text, fc.constantFrom('binary', 'structured'), (subject, key, mode) => {
      // Its reader for Kafka demands a time, which the specification does not.
      const written = eventAttributes(
        { ...item, key },
        { source: '/mes', type: 'Order.v1', subject: () => subject, time: () => 0 },
      )
      for (const binding of ['http', 'kafka'] as const) {
        const { headers, contentType, body } = writeEvent(written, json, mode, binding)
        const all = { ...headers, 'content-type': contentType }
        const theirs =
          binding === 'http'
            ? HTTP.toEvent({ headers: all, body: body.toString() })
            : Kafka.toEvent({ headers: all, body: body.toString(), value: body.toString() } as never)
        assert.ok(theirs instanceof CloudEvent)
        assert.deepEqual([theirs.id, theirs.type, theirs.source], ['KEY1', 'Order.v1', '/mes'])
        const [ours] = readEvents({ headers, contentType, body }, binding) ?? []
        assert.equal(ours?.attributes.subject, subject)
        assert.equal(ours?.attributes.partitionkey, key)
      }
    }),
    { numRuns: 200 },
  )
})

test('a key that no attribute can say is left out, and a time that is none is refused', () => {
  const options = { source: '/mes', type: 'Order.v1' }
  assert.equal('partitionkey' in eventAttributes({ ...item, key: 'a\tb' }, options), false)
  const time = () => Number.NaN
  assert.throws(() => eventAttributes(item, { ...options, time }), { code: 'MSG-ENCODE' })
})

test('we read what the SDK of the specification writes', () => {
  const event = new CloudEvent({
    id: '7',
    source: '/crm',
    type: 'Customer.v1',
    subject: 'Łódź',
    data: { name: '中' },
  })
  for (const message of [HTTP.binary(event), HTTP.structured(event)]) {
    const headers = message.headers as Record<string, string>
    const [read] =
      readEvents(
        { headers, contentType: headers['content-type'], body: Buffer.from(message.body as string) },
        'http',
      ) ?? []
    assert.equal(read?.attributes.id, '7')
    assert.equal(read?.attributes.subject, 'Łódź')
  }
})
