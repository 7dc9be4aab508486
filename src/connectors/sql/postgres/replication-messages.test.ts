import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lsnOf, lsnText } from './lsn.ts'
import { readReplicationMessage } from './replication-messages.ts'

const int = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
const letters = (text: string) => [...Buffer.from(text)]
const value = (text: string) => [...letters('t'), ...int(Buffer.byteLength(text)), ...letters(text)]
const read = (...parts: (string | number[])[]) =>
  readReplicationMessage(
    Buffer.from(parts.flatMap(part => (typeof part === 'string' ? letters(part) : part))),
  )

describe('messages of the log', () => {
  it('tell text, NULL and what is left out apart', () => {
    const row = [0, 3, ...value('中'), ...letters('n'), ...letters('u')]
    assert.deepEqual(read('U', int(7), 'N', row), {
      kind: 'update',
      relation: 7,
      row: ['中', null, undefined],
    })
    const before = [0, 1, ...value('')]
    assert.deepEqual(read('D', int(7), 'K', before), { kind: 'delete', relation: 7, before: [''] })
  })

  it('name the table and its columns', () => {
    const column = [1, ...letters('id'), 0, ...int(23), ...int(-1)]
    assert.deepEqual(read('R', int(4_000_000_000), 'mes\0orders\0', 'f', [0, 1, ...column]), {
      kind: 'relation',
      relation: {
        id: 4_000_000_000,
        schema: 'mes',
        name: 'orders',
        full: true,
        columns: [{ name: 'id', type: 23, isKey: true }],
      },
    })
  })

  it('pass by what changes no row, and refuse what is not understood or cut off', () => {
    assert.equal(read('M', [0]), undefined)
    assert.throws(() => read('?'), { code: 'SOURCE-FAILED' })
    assert.throws(() => read('I', int(7), 'X'), { code: 'SOURCE-FAILED' })
    assert.throws(() => read('I', int(7), 'N', [0, 1, ...letters('b')]), { code: 'SOURCE-FAILED' })
    assert.throws(() => read('I', int(7), 'N', [0, 1, ...letters('t'), ...int(9), 1]), {
      code: 'SOURCE-FAILED',
    })
    assert.throws(() => read('I', [0]))
  })
})

describe('places of the log', () => {
  it('are read and written as PostgreSQL does it, and compare as numbers', () => {
    for (const text of ['0/0', '0/1529A20', '16/B374D848', 'FFFFFFFF/FFFFFFFF'])
      assert.equal(lsnText(lsnOf(text)), text)
    assert.ok(lsnOf('A/0') > lsnOf('9/FFFFFFFF'))
    assert.ok(lsnOf('10/0') > lsnOf('F/0'))
  })
})
