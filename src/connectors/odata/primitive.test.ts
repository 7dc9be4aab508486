import assert from 'node:assert/strict'
import { test } from 'node:test'
import { primitiveOf } from './primitive.ts'

type Version = 'V2' | 'V4'

const write = (type: string, value: unknown, version: Version = 'V4') =>
  primitiveOf(type)?.write(value, version)
const read = (type: string, value: unknown, version: Version = 'V4') =>
  primitiveOf(type)?.read(value, version)
const literal = (type: string, value: unknown, version: Version = 'V4') =>
  primitiveOf(type)?.literal(value, version)

test('decimals and 64-bit integers are text in both directions, digit for digit', () => {
  for (const version of ['V2', 'V4'] as const) {
    assert.equal(write('Edm.Decimal', '12.50', version), '12.50')
    assert.equal(
      read('Edm.Decimal', '12345678901234567890.123456789', version),
      '12345678901234567890.123456789',
    )
    assert.equal(write('Edm.Int64', '9007199254740993', version), '9007199254740993')
    assert.equal(write('Edm.Int64', 9007199254740993n, version), '9007199254740993')
  }
  assert.equal(write('Edm.Decimal', 12.5), '12.5')
  assert.equal(read('Edm.Decimal', 12.5), '12.5')
  for (const bad of ['', '1,5', '1e5', 'NaN', '12.', Number.NaN, 1e-7, true, {}, null])
    assert.equal(write('Edm.Decimal', bad), undefined, String(bad))
  assert.equal(write('Edm.Int64', '1.5'), undefined)
})

test('whole numbers have the range of their type; text of digits is taken', () => {
  assert.equal(write('Edm.Int32', '5'), 5)
  assert.equal(write('Edm.Byte', 255), 255)
  for (const [type, bad] of [
    ['Edm.Byte', 256],
    ['Edm.Int16', 32768],
    ['Edm.Int32', 2147483648],
    ['Edm.Int32', 1.5],
    ['Edm.Int32', 'x'],
  ] as const)
    assert.equal(write(type, bad), undefined)
})

test('a date of V2 is read without a zone, and one with a zone as the clock there', () => {
  assert.equal(read('Edm.DateTime', '/Date(1777896000000)/', 'V2'), '2026-05-04T12:00:00')
  assert.equal(read('Edm.DateTime', '/Date(1777896000120)/', 'V2'), '2026-05-04T12:00:00.12')
  assert.equal(read('Edm.DateTime', '/Date(-1)/', 'V2'), '1969-12-31T23:59:59.999')
  assert.equal(read('Edm.DateTimeOffset', '/Date(1777896000000)/', 'V2'), '2026-05-04T12:00:00Z')
  assert.equal(read('Edm.DateTimeOffset', '/Date(1777896000000+0120)/', 'V2'), '2026-05-04T12:00:00+02:00')
  assert.equal(read('Edm.DateTimeOffset', '/Date(1777896000000-0330)/', 'V2'), '2026-05-04T12:00:00-05:30')
  for (const bad of ['/Date(x)/', '/Date(99999999999999999)/', '/Date(1', 5, null])
    assert.equal(read('Edm.DateTime', bad, 'V2'), undefined)
})

test('a date of V2 is written as milliseconds, and never as another day or with lost digits', () => {
  assert.equal(write('Edm.DateTime', '2026-05-04T12:00:00', 'V2'), '/Date(1777896000000)/')
  assert.equal(write('Edm.DateTime', '2026-05-04', 'V2'), '/Date(1777852800000)/')
  assert.equal(write('Edm.DateTimeOffset', '2026-05-04T14:00:00+02:00', 'V2'), '/Date(1777896000000+0000)/')
  for (const bad of [
    '2026-02-30',
    '2026-05-04T25:00:00',
    '2026-05-04T12:00:00.0001',
    '2026-05-04T12:00:00+02:00',
    'x',
  ])
    assert.equal(write('Edm.DateTime', bad, 'V2'), undefined, bad)
  assert.equal(write('Edm.DateTimeOffset', '2026-05-04T12:00:00', 'V2'), undefined)
})

test('what is written is read again as it was', () => {
  const samples: [string, unknown, Version][] = [
    ['Edm.DateTime', '2026-05-04T12:00:00.5', 'V2'],
    ['Edm.DateTimeOffset', '0001-01-01T00:00:00Z', 'V2'],
    ['Edm.DateTimeOffset', '2026-05-04T12:00:00.1234567+08:00', 'V4'],
    ['Edm.Time', '08:30:00', 'V2'],
    ['Edm.Time', '08:30:00.25', 'V2'],
    ['Edm.Double', 1.5e300, 'V2'],
    ['Edm.Double', 'INF', 'V4'],
    ['Edm.String', 'quotes \' and " and 中文', 'V2'],
    ['Edm.Guid', '3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'V4'],
    ['Edm.Duration', 'P1DT2H', 'V4'],
  ]
  for (const [type, value, version] of samples)
    assert.equal(read(type, write(type, value, version), version), value, type)
  assert.equal(read('Edm.Time', 'PT8H30M'), '08:30:00')
})

test('in addresses values are written as each version wants them', () => {
  assert.equal(literal('Edm.String', "O'Neil"), "'O''Neil'")
  const of = (type: string, value: unknown) => [literal(type, value, 'V2'), literal(type, value, 'V4')]
  const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301'
  assert.deepEqual(of('Edm.Guid', guid), [`guid'${guid}'`, guid])
  assert.deepEqual(of('Edm.Decimal', '12.50'), ['12.50M', '12.50'])
  assert.deepEqual(of('Edm.Int64', '5'), ['5L', '5'])
  assert.deepEqual(of('Edm.Boolean', true), ['true', 'true'])
  assert.deepEqual(of('Edm.DateTimeOffset', '2026-05-04T12:00:00Z'), [
    "datetimeoffset'2026-05-04T12:00:00Z'",
    '2026-05-04T12:00:00Z',
  ])
  assert.equal(literal('Edm.DateTime', '2026-05-04', 'V2'), "datetime'2026-05-04T00:00:00'")
  assert.equal(literal('Edm.Time', '08:30:00', 'V2'), "time'PT08H30M00S'")
  assert.equal(literal('Edm.Guid', "x' or 1 eq 1", 'V2'), undefined)
  assert.equal(literal('Edm.DateTimeOffset', "2026-05-04T12:00:00Z' or '1' eq '1", 'V2'), undefined)
})
