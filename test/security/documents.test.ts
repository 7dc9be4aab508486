import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, type Format } from '../../src/connectors/files/index.ts'
import { materials } from '../../src/model/b2mml/index.ts'
import { invoice, order } from '../../src/model/ubl/index.ts'

const namespace = 'urn:oasis:names:specification:ubl:schema:xsd:Order-2'
const orderOf = (content: string) => Buffer.from(`<Order xmlns="${namespace}">${content}</Order>`)

test('documents with a type, entities, too much depth or too many elements are refused', () => {
  const laughs = `<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>${orderOf('&b;')}`
  assert.throws(() => order().decode(Buffer.from(laughs)), { code: 'MSG-DECODE', message: /document type/ })
  assert.throws(() => order().decode(orderOf('&b;')), { code: 'MSG-DECODE' })
  assert.throws(() => order().decode(orderOf('<a>'.repeat(200) + '</a>'.repeat(200))), { code: 'MSG-LIMIT' })
  assert.throws(() => invoice({ maxNodes: 100 }).decode(orderOf('<a/>'.repeat(200))), { code: 'MSG-LIMIT' })
  for (const bytes of [Buffer.alloc(0), Buffer.from('not XML'), Buffer.from([0xff, 0xfe, 0x00])])
    assert.throws(() => materials().decode(bytes), { code: 'MSG-DECODE' })
})

test('names of a document never become names of a record, and what repeats is told once', () => {
  const hostile = orderOf(`<__proto__>1</__proto__><constructor x="1"/>${'<ID/><x>1</x>'.repeat(5000)}`)
  const record = order().decode(hostile) as { unmapped: string[] }
  assert.deepEqual(Object.keys(record), ['unmapped'])
  assert.equal(Object.getPrototypeOf(record), Object.prototype)
  assert.deepEqual(record.unmapped, ['__proto__', 'constructor', 'x'])
  const wrong = orderOf('<toString>1</toString>')
    .toString()
    .replace('<Order', '<toString')
    .replace('</Order', '</toString')
  assert.throws(() => order().decode(Buffer.from(wrong)), { code: 'MSG-DECODE' })
})

test('a file that is larger than agreed is not read, and refusals do not quote it', async () => {
  const read = async (format: Format, body: Buffer) => {
    const bytes = {
      size: async () => body.length,
      from: async function* () {
        yield body
      },
    }
    const found: unknown[] = []
    for await (const records of format.records(bytes, 'utf-8', { offset: 0, line: 1 }, {}))
      found.push(...records)
    return found
  }
  const body = orderOf('<secret>12345</secret>')
  await assert.rejects(read(document(order(), { maxBytes: 50 }), body), { code: 'MSG-LIMIT' })
  await assert.rejects(read(document(materials()), body), (error: Error) => !error.message.includes('12345'))
  const [record] = (await read(document(order()), body)) as { data: unknown }[]
  assert.deepEqual(record?.data, { unmapped: ['secret'] })
  assert.throws(() => document(order()).writer('gb18030'), { code: 'FLOW-DEFINITION' })
})
