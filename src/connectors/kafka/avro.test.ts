import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import { avro } from './avro.ts'
import { checkBounds } from './avro-bounds.ts'
import { fromPlain, toPlain } from './avro-plain.ts'
import { readSchema } from './avro-schema.ts'

const record = (fields: object[], more: object = {}) =>
  JSON.stringify({ type: 'record', name: 'R', namespace: 'com.example', fields, ...more })
const read = (schema: string) => readSchema(schema, avsc)

/** Through the bytes and back. */
function roundTrip(schema: string, data: unknown): unknown {
  const own = read(schema)
  const bytes = own.type.toBuffer(fromPlain(own, data))
  checkBounds(own, bytes)
  return toPlain(own, own.type.fromBuffer(bytes))
}

test('every type of Avro comes back as the plain data that it was', () => {
  const color = { type: 'enum', name: 'Color', symbols: ['RED', 'BLUE'] }
  const schema = record([
    { name: 'nothing', type: 'null' },
    { name: 'yes', type: 'boolean' },
    { name: 'int', type: 'int' },
    { name: 'long', type: 'long' },
    { name: 'double', type: 'double' },
    { name: 'text', type: 'string' },
    { name: 'bytes', type: 'bytes' },
    { name: 'fixed', type: { type: 'fixed', name: 'Four', size: 4 } },
    { name: 'color', type: color },
    { name: 'colors', type: { type: 'array', items: 'Color' } },
    { name: 'map', type: { type: 'map', values: 'long' } },
    { name: 'maybe', type: ['null', 'com.example.Color', 'long'] },
    { name: 'next', type: ['null', 'R'], default: null },
  ])
  const data = {
    ...{ nothing: null, yes: true, int: -2147483648, long: 42, double: 0.1, text: '中文 \u{1f600}' },
    ...{ bytes: 'AP/+', fixed: 'AAECAw==', color: 'BLUE', colors: ['RED', 'BLUE'], map: { constructor: 1 } },
    ...{ maybe: 'RED', next: null },
  }
  assert.deepEqual(roundTrip(schema, data), data)
  assert.deepEqual(roundTrip(schema, { ...data, maybe: 7, next: data }), { ...data, maybe: 7, next: data })
})

test('bytes that say that they hold more than there is are refused, before anything is made of them', () => {
  const list = (items: unknown) => JSON.stringify({ type: 'array', items })
  const empty = { type: 'record', name: 'Empty', fields: [] }
  const billions = [0xfe, 0xff, 0xff, 0xff, 0x0f]
  const hostile: [schema: string, bytes: number[]][] = [
    [list('int'), [...billions, 2, 0]],
    [list('null'), [...billions, 0]],
    [list(empty), [...billions, 0]],
    // In many small blocks, and with the number of their bytes.
    [list('null'), Array.from({ length: 9 }, (_, n) => (n === 8 ? 0 : 6))],
    [list('null'), [0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]],
    [JSON.stringify({ type: 'map', values: 'null' }), [...billions, 0, 0]],
    ['"string"', [...billions, 65]],
    ['"bytes"', [1, 65]],
    ['["null","int"]', [4, 2]],
    ['"long"', Array.from({ length: 11 }, () => 0x80)],
    ['"double"', [0, 0]],
    ['"int"', [2, 2]],
  ]
  for (const [schema, bytes] of hostile)
    assert.throws(() => checkBounds(read(schema), Buffer.from(bytes)), { code: 'MSG-DECODE' }, schema)
  const blocks = Buffer.from([3, 4, 2, 4, 2, 6, 0])
  checkBounds(read(list('int')), blocks)
  assert.deepEqual(read(list('int')).type.fromBuffer(blocks), [1, 2, 3])
})

test('numbers are exact: longs of 64 bits, decimals with their scale', () => {
  assert.equal(roundTrip('"long"', '9223372036854775807'), '9223372036854775807')
  assert.equal(roundTrip('"long"', '-9223372036854775808'), '-9223372036854775808')
  assert.equal(roundTrip('"long"', '9007199254740991'), 9007199254740991)
  const decimal = { type: 'bytes', logicalType: 'decimal', precision: 30, scale: 2 }
  for (const text of [
    '0.00',
    '-0.01',
    '12.50',
    '9999999999999999999999999999.99',
    '-1.28',
    '-2.56',
    '327.68',
  ])
    assert.equal(roundTrip(JSON.stringify(decimal), text), text)
  assert.equal(roundTrip(JSON.stringify(decimal), '7'), '7.00')
  const fixed = { type: 'fixed', name: 'D', size: 8, logicalType: 'decimal', precision: 18, scale: 4 }
  assert.equal(roundTrip(JSON.stringify(fixed), '-12345678901234.5678'), '-12345678901234.5678')
})

test('times are ISO 8601, as precise as their type', () => {
  const cases: [object, string][] = [
    [{ type: 'int', logicalType: 'date' }, '1969-12-31'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, '2026-05-01T08:30:00.123Z'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, '1969-12-31T23:59:59.999999Z'],
    [{ type: 'long', logicalType: 'timestamp-nanos' }, '2026-05-01T08:30:00.123456789Z'],
    [{ type: 'long', logicalType: 'local-timestamp-micros' }, '2026-05-01T08:30:00.000001'],
    [{ type: 'int', logicalType: 'time-millis' }, '23:59:59.999'],
    [{ type: 'long', logicalType: 'time-micros' }, '00:00:00.000001'],
  ]
  for (const [type, text] of cases) assert.equal(roundTrip(JSON.stringify(type), text), text)
})

test('what another writer of Avro wrote is read as it meant it', () => {
  const schema = {
    type: 'record',
    name: 'Order',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'amount', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }] },
    ],
  }
  // The package alone, without our types.
  const other = avsc.Type.forSchema(structuredClone(schema) as never, { wrapUnions: 'always' })
  const bytes = other.toBuffer({
    id: 7,
    at: Date.UTC(2026, 4, 1),
    amount: { bytes: Buffer.from([0x04, 0xe2]) },
  })
  const own = read(JSON.stringify(schema))
  assert.deepEqual(toPlain(own, own.type.fromBuffer(bytes)), {
    ...{ id: 7, at: '2026-05-01T00:00:00.000Z', amount: '12.50' },
  })
})

test('a reader of another version sees its own fields, with its defaults', () => {
  const writer = read(
    record([
      { name: 'id', type: 'int' },
      { name: 'old', type: 'string' },
      { name: 'big', type: 'long' },
    ]),
  )
  const reader = read(
    record([
      { name: 'id', type: 'long' },
      { name: 'unit', type: 'string', default: 'KG' },
      { name: 'n', type: 'long', default: 5 },
      { name: 'big', type: 'long' },
    ]),
  )
  const bytes = writer.type.toBuffer(fromPlain(writer, { id: 1, old: 'x', big: '9007199254740993' }))
  const value = reader.type.fromBuffer(bytes, reader.type.createResolver(writer.type))
  assert.deepEqual(toPlain(reader, value), { id: 1, unit: 'KG', n: 5, big: '9007199254740993' })
})

test('data that the schema does not take is refused, not bent', () => {
  const decimal = { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }
  const cases: [object | string, unknown][] = [
    ['int', 2 ** 31],
    ['int', 1.5],
    ['long', '9223372036854775808'],
    ['long', 2 ** 53],
    ['float', 0.1],
    ['double', Number.NaN],
    ['string', 5],
    ['string', '\ud800'],
    ['bytes', 'not base64!'],
    ['boolean', 'true'],
    [decimal, '1.005'],
    [decimal, '100.00'],
    [decimal, 1.5],
    [{ type: 'int', logicalType: 'date' }, '2026-02-30'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, '2026-05-01T08:30:00.1234Z'],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, 'B'],
    [{ type: 'array', items: 'int' }, {}],
    [['null', 'int'], 'x'],
    [
      { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] },
      { a: 1, b: 2 },
    ],
    [{ type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] }, {}],
  ]
  for (const [schema, data] of cases)
    assert.throws(() => roundTrip(JSON.stringify(schema), data), /./, JSON.stringify([schema, data]))
})

test('a schema that is no JSON is refused where it is declared', () => {
  assert.throws(() => avro({ registry: { url: 'http://localhost' }, schema: '{' }), {
    code: 'FLOW-DEFINITION',
  })
})

test('a schema that would set a prototype is refused', () => {
  const text = '{"type":"record","name":"R","fields":[{"name":"__proto__","type":"string"}]}'
  assert.throws(() => read(text), { code: 'CONFIG-INVALID' })
  assert.throws(() => read('{"type":"record","name":"R(){}","fields":[]}'), { code: 'CONFIG-INVALID' })
  assert.throws(() => read('no json'), { code: 'CONFIG-INVALID' })
})
