import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../../errors.ts'
import { encodeText } from './encode-text.ts'
import { decodeExactly, decodeText, type Encoding, encodingNamed, firstUndecodable } from './encoding.ts'

const encodings: readonly Encoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'gbk', 'windows-1252']

function refusalOf(bytes: readonly number[], encoding: Encoding): IsthmusError {
  try {
    decodeText(Uint8Array.from(bytes), encoding)
  } catch (error) {
    assert.ok(error instanceof IsthmusError)
    return error
  }
  assert.fail('was decoded')
}

const undecodable: readonly [string, Encoding, readonly number[], number][] = [
  ['a truncated pair at the end', 'gb18030', [0x41, 0xd6, 0xd0, 0xb9], 3],
  ['a truncated pair before a line end', 'gb18030', [0x41, 0xd6, 0x0a, 0x42], 1],
  ['a lone 0xFF', 'gb18030', [0x41, 0xff, 0x42], 1],
  ['a truncated four-byte character', 'gb18030', [0x41, 0x81, 0x30, 0x81], 1],
  ['four bytes beyond Unicode', 'gb18030', [0xe3, 0x32, 0x9a, 0x36], 0],
  ['GBK read as UTF-8', 'utf-8', [0x41, 0x42, 0xd6, 0xd0, 0xce, 0xc4], 2],
  ['an overlong form', 'utf-8', [0x41, 0xc0, 0xaf], 1],
  ['an encoded surrogate', 'utf-8', [0xed, 0xa0, 0x80], 0],
  ['a cut character', 'utf-8', [0x41, 0xe4, 0xb8], 1],
  ['an odd byte', 'utf-16le', [0x41, 0x00, 0x42], 2],
  ['half of a surrogate pair', 'utf-16be', [0x00, 0x41, 0xd8, 0x00, 0x00, 0x42], 2],
  ['a byte without a character', 'windows-1252', [0x41, 0x81], 1],
]

for (const [what, encoding, bytes, offset] of undecodable) {
  test(`${what} is refused in ${encoding}, with its offset`, () => {
    const error = refusalOf(bytes, encoding)
    assert.equal(error.code, 'MSG-DECODE')
    assert.equal(error.detail.offset, offset)
    assert.match(error.message, new RegExp(`at offset ${offset} is not ${encoding}`))
  })
}

test('the offset of the first undecodable byte is right in long texts', () => {
  for (const encoding of ['utf-8', 'gb18030', 'utf-16le'] as const) {
    for (const length of [100_003, 65_537, 16_384, 257]) {
      const before = encodeText('订单a号😀'.repeat(length / 6) + 'x'.repeat(length % 7), encoding)
      const bad = encoding === 'utf-16le' ? [0x00, 0xdc] : [0xff]
      const bytes = Buffer.concat([before, Uint8Array.from(bad), encodeText('tail', encoding)])
      assert.equal(firstUndecodable(bytes, encoding), before.length)
    }
  }
})

test('the offset is where the longest decodable begin ends, for any bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 40 })
  fc.assert(
    fc.property(bytes, fc.constantFrom(...encodings), (sample, encoding) => {
      let end = sample.length
      while (decodeExactly(sample.subarray(0, end), encoding) === undefined) end--
      assert.equal(firstUndecodable(sample, encoding), end)
    }),
    { numRuns: 500 },
  )
})

test('one byte order mark at the begin is dropped, in every encoding that has one', () => {
  const marks: readonly [Encoding, readonly number[]][] = [
    ['utf-8', [0xef, 0xbb, 0xbf]],
    ['utf-16le', [0xff, 0xfe]],
    ['utf-16be', [0xfe, 0xff]],
    ['gb18030', [0x84, 0x31, 0x95, 0x33]],
  ]
  for (const [encoding, mark] of marks) {
    const text = encodeText('\ufeff订单', encoding)
    assert.equal(decodeText(Buffer.concat([Uint8Array.from(mark), text]), encoding), '\ufeff订单')
    assert.equal(decodeText(text, encoding), '订单')
  }
})

test('a refusal does not disturb the next text', () => {
  refusalOf([0x41, 0x81], 'gb18030')
  assert.equal(decodeText(Uint8Array.from([0x30, 0x41]), 'gb18030'), '0A')
})

test('the characters that GB 18030 moved in 2022 are read in their new places', () => {
  assert.equal(
    decodeText(Uint8Array.from([0xa6, 0xd9, 0xfe, 0x59, 0xa8, 0xbc]), 'gb18030'),
    '\ufe10\u9fb4\u1e3f',
  )
})

test('labels of declarations are understood, others are not guessed', () => {
  assert.equal(encodingNamed('GB2312'), 'gbk')
  assert.equal(encodingNamed('ISO-8859-1'), 'windows-1252')
  assert.equal(encodingNamed('UTF8'), 'utf-8')
  assert.equal(encodingNamed('shift_jis'), undefined)
  assert.equal(encodingNamed('constructor'), undefined)
})

const corpus = process.env.ISTHMUS_CORPUS ?? ''
const cities = join(corpus, 'zh', 'cities.gbk.csv')

test('a GBK file of Chinese cities is read and written back byte for byte', {
  skip: !existsSync(cities) && 'ISTHMUS_CORPUS does not name the folder of sample data',
}, () => {
  const bytes = readFileSync(cities)
  const text = decodeText(bytes, 'gbk')
  assert.match(text, /石家庄市/)
  assert.deepEqual(Buffer.from(encodeText(text, 'gbk')), bytes)
  assert.throws(() => decodeText(bytes, 'utf-8'), { code: 'MSG-DECODE' })
})
