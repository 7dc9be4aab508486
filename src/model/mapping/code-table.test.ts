import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { codeTable } from './code-table.ts'

const coded = (code: string) => (error: unknown) => error instanceof IsthmusError && error.code === code

test('codes go both ways; a miss is parked, kept or answered, as the table says', () => {
  const uom = codeTable('uom', { kg: 'KGM', pc: 'C62', 7: 'X7' })
  assert.equal(uom.code('kg'), 'KGM')
  assert.equal(uom.code(7), 'X7')
  assert.equal(uom.back('C62'), 'pc')
  assert.equal(uom.inverse().code('KGM'), 'kg')
  assert.throws(() => uom.code('toString' as string), coded('MAP-VALUE'))
  assert.throws(() => uom.back('ZZZ' as 'KGM'), /no value for the code "ZZZ"/)
  assert.equal(codeTable('keeps', { kg: 'KGM' }, { miss: 'keep' }).code('stone' as string), 'stone')
  assert.equal(codeTable('answers', { kg: 'KGM' }, { miss: { answer: 'ZZ' } }).code('stone'), 'ZZ')
})

test('a table that is not one to one has no way back, and says which codes it is about', () => {
  const country = codeTable('country', { CN: '中国', China: '中国', DE: '德国' })
  assert.equal(country.code('China'), '中国')
  assert.throws(() => country.back('德国'), coded('FLOW-DEFINITION'))
  assert.throws(() => country.inverse(), /中国 is the code of CN and of China/)
})

test('the content tells tables apart that differ in a code or in what a miss becomes', () => {
  const contents = [
    codeTable('t', { a: '1' }),
    codeTable('t', { a: '2' }),
    codeTable('t', { a: '1' }, { miss: 'keep' }),
    codeTable('t', { a: '1', b: '2' }),
  ].map(({ content }) => content)
  assert.equal(new Set(contents).size, 4)
  assert.equal(contents[0], codeTable('other', { a: '1' }).content)
})
