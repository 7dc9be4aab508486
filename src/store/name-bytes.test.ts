import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nameBytes, nameOfBytes } from './name-bytes.ts'

const names = [
  '',
  'a',
  'a\0b',
  '"\\',
  '工单',
  '\ufeffx',
  '🏭',
  '\ud800',
  'x\udfffy',
  '\udc00\ud800',
  '\ud7ff\ue000',
]

describe('bytes of a name', () => {
  it('say any text, and no two texts the same', () => {
    for (const name of names) assert.equal(nameOfBytes(nameBytes(name)), name)
    assert.equal(new Set(names.map(name => nameBytes(name).toString('hex'))).size, names.length)
  })

  it('are UTF-8 wherever that has any', () => {
    for (const name of names.filter(each => each.isWellFormed()))
      assert.deepEqual(nameBytes(name), Buffer.from(name))
    assert.equal(nameBytes('x\ud800').toString('hex'), '78eda080')
  })
})
