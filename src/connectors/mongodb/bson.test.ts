import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as driver from 'mongodb'
import { IsthmusError } from '../../errors.ts'
import { BsonReader, exactly } from './from-bson.ts'
import { BsonWriter } from './to-bson.ts'
import { type BsonTypes, typed } from './typed.ts'

const { BSON, Decimal128, Long, ObjectId, Binary, Timestamp } = driver

/** As it arrives when it has been in the database. */
const stored = (document: object) => BSON.deserialize(BSON.serialize(document), exactly)
const written = (record: object, types: BsonTypes = {}) =>
  new BsonWriter(driver, types, 'data').fields(record)
const read = (document: object, schema?: object) =>
  new BsonReader(driver, schema as never).record(stored(document))

describe('BSON', () => {
  it('keeps every digit of declared decimals and 64-bit integers', () => {
    const record = {
      amount: '12.50',
      tiny: '-0.000000000000000000000000000000001',
      big: '9223372036854775807',
      lines: [{ price: '1E+3' }, { price: '0.10' }],
    }
    const types = { amount: 'decimal', tiny: 'decimal', big: 'long', 'lines.price': 'decimal' } as const
    const document = written(record, types)
    assert.ok(document.amount instanceof Decimal128)
    assert.ok(document.big instanceof Long)
    assert.deepEqual(read(document), {
      ...record,
      tiny: '-1E-33',
    })
  })

  it('refuses what a type would change', () => {
    for (const [type, value] of [
      ['decimal', '12345678901234567890123456789012345'],
      ['decimal', 'NaN'],
      ['decimal', '1,5'],
      ['long', '9223372036854775808'],
      ['long', '1.0'],
      ['date', '2026-02-30'],
      ['date', '2026-05-04T12:00:00'],
      ['date', '2026-05-04T12:00:00.1234Z'],
      ['objectId', 'xyz'],
      ['binary', 'a!b'],
      ['uuid', '123'],
      ['date', true],
    ] as const)
      assert.throws(
        () => written({ field: value }, { field: type }),
        (error: unknown) =>
          error instanceof IsthmusError &&
          error.code === 'MSG-ENCODE' &&
          error.message.includes('field') &&
          !error.message.includes(String(value)),
        `${type} ${value}`,
      )
  })

  it('writes dates, ids, bytes and UUIDs, and reads them as text', () => {
    const record = {
      at: '2026-05-04T12:00:00.123Z',
      day: '2026-05-04',
      id: '65f0a1b2c3d4e5f601234567',
      bytes: 'AAEC/w==',
      uuid: '0190b1f0-7c3a-7bbb-8000-0123456789ab',
      nothing: null,
    }
    const types = { at: 'date', day: 'date', id: 'objectId', bytes: 'binary', uuid: 'uuid', nothing: 'date' }
    const document = written(record, types as BsonTypes)
    assert.ok(document.at instanceof Date)
    assert.ok(document.id instanceof ObjectId)
    assert.ok(document.bytes instanceof Binary)
    assert.deepEqual(read(document), { ...record, day: '2026-05-04T00:00:00.000Z' })
  })

  it('writes whole numbers beyond 32 bits as 64-bit integers, and the others as they are', () => {
    const document = written({ small: 5, large: 9_007_199_254_740_991, part: 0.1 })
    assert.equal(document.small, 5)
    assert.ok(document.large instanceof Long)
    assert.deepEqual(read(document), { small: 5, large: 9_007_199_254_740_991, part: 0.1 })
  })

  it('refuses names that could be operators or paths, at any depth, and halves of characters', () => {
    for (const record of [
      { $set: 1 },
      { a: { $gt: 1 } },
      { a: [{ $where: '1' }] },
      { 'a.b': 1 },
      { '': 1 },
      { 'a\0b': 1 },
      { _bsontype: 'Code' },
      JSON.parse('{"a":{"__proto__":{"x":1}}}'),
      { a: '\ud800' },
      { a: Number.NaN },
      { a: Symbol.iterator },
      { a: new Map() },
      { a: new Date() },
    ])
      assert.throws(
        () => written(record),
        (error: unknown) => error instanceof IsthmusError && error.code === 'MSG-ENCODE',
      )
  })

  it('brings values into the form of the model, keeps its fields only, and leaves ours out', () => {
    const schema = {
      type: 'object',
      properties: {
        no: { type: 'string' },
        count: { type: 'integer' },
        amount: { type: 'number' },
        exact: { type: 'number' },
        note: { type: 'string' },
        open: { type: ['string', 'null'] },
        lines: { type: 'array', items: { type: 'object', properties: { qty: { type: 'string' } } } },
      },
    }
    const document = {
      _id: new ObjectId(),
      _isthmus: ['key'],
      no: Long.fromString('9223372036854775807'),
      count: Long.fromNumber(7),
      amount: Decimal128.fromString('12.5'),
      exact: Decimal128.fromString('0.1234567890123456789'),
      note: null,
      open: null,
      lines: [{ qty: 3 }],
    }
    assert.deepEqual(read(document, schema), {
      no: '9223372036854775807',
      count: 7,
      amount: 12.5,
      exact: '0.1234567890123456789',
      open: null,
      lines: [{ qty: '3' }],
    })
  })

  it('reads what only MongoDB knows as Extended JSON', () => {
    const document = {
      at: new Timestamp({ t: 5, i: 1 }),
      pattern: /a/i,
      max: new driver.MaxKey(),
      not: Number.NaN,
    }
    assert.deepEqual(read(document), {
      at: { $timestamp: { t: 5, i: 1 } },
      pattern: { $regularExpression: { pattern: 'a', options: 'i' } },
      max: { $maxKey: 1 },
      not: 'NaN',
    })
  })

  it('takes typed values and operators of an author', () => {
    const writer = new BsonWriter(driver, {}, 'author')
    const filter = { _id: typed('objectId', '65f0a1b2c3d4e5f601234567'), 'a.b': { $gte: new Date(0) } }
    const made = writer.fields(filter) as { _id: unknown; 'a.b': { $gte: unknown } }
    assert.ok(made._id instanceof ObjectId)
    assert.ok(made['a.b'].$gte instanceof Date)
  })
})
