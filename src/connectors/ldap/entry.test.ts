import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { type Entry, EntryReader } from './entry.ts'

const entry = (attributes: Record<string, (string | Buffer)[]>): Entry => ({
  dn: 'uid=1,dc=test',
  attributes: new Map(
    Object.entries(attributes).map(([name, values]) => [name, values.map(each => Buffer.from(each))]),
  ),
})
const reader = new EntryReader(
  'Person',
  Type.Object({
    dn: Type.String(),
    CN: Type.String(),
    mail: Type.Array(Type.String()),
    photo: Type.String({ contentEncoding: 'base64' }),
    changed: Type.String({ format: 'date-time' }),
    number: Type.Integer(),
    active: Type.Boolean(),
    raw: Type.String(),
  }) as never,
)

describe('entries', () => {
  it('take the form that the model says', () => {
    const found = entry({
      cn: ['\uFEFF中 name'],
      mail: ['a@b', 'c@d'],
      photo: ['text'],
      changed: ['20260501083000Z'],
      number: ['42'],
      active: ['TRUE'],
      raw: [Buffer.from([0xff, 0xfe])],
      other: ['not asked for'],
    })
    assert.deepEqual(reader.read(found), {
      dn: 'uid=1,dc=test',
      CN: '\uFEFF中 name',
      mail: ['a@b', 'c@d'],
      photo: 'dGV4dA==',
      changed: '2026-05-01T08:30:00Z',
      number: 42,
      active: true,
      raw: '//4=',
    })
  })

  it('have an empty list where there is no value, and keep what does not fit', () => {
    const found = entry({
      cn: ['one', 'two'],
      number: ['9007199254740993'],
      changed: ['never'],
      active: ['yes'],
    })
    assert.deepEqual(reader.read(found), {
      dn: 'uid=1,dc=test',
      CN: ['one', 'two'],
      mail: [],
      changed: 'never',
      number: '9007199254740993',
      active: 'yes',
    })
  })

  it('are refused when only a part of the values has come, as Active Directory does it', () => {
    const part = entry({ mail: [], 'mail;range=0-1499': ['a@b'] })
    assert.throws(() => reader.read(part), { code: 'TARGET-CONTRACT' })
  })

  it('need a model that lists attributes', () => {
    assert.throws(() => new EntryReader('Any', {}), { code: 'FLOW-DEFINITION' })
  })
})
