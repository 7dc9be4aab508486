import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { encodeText } from './encode-text.ts'
import { decodeExactly, type Encoding, encodingNamed } from './encoding.ts'

const encodings: readonly Encoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'gbk', 'windows-1252']

function tryEncode(text: string, encoding: Encoding): Uint8Array | undefined {
  try {
    return encodeText(text, encoding)
  } catch {
    return undefined
  }
}

test('what is written is read back as it was, all over Unicode; the rest is refused', () => {
  for (const encoding of encodings) {
    const step = encoding === 'gb18030' ? 1 : 5
    for (let point = 0; point <= 0x10ffff; point += point < 0x12000 ? step : 0x3fd) {
      const character = String.fromCodePoint(point)
      const bytes = tryEncode(character, encoding)
      if (bytes !== undefined) assert.equal(decodeExactly(bytes, encoding), character)
    }
  }
})

test('UTF encodings and GB18030 express all of Unicode, but for lone surrogates and what GB18030 has moved', () => {
  const isExpressed = (point: number, encoding: Encoding) =>
    tryEncode(String.fromCodePoint(point), encoding) !== undefined
  for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', 'gb18030'] as const) {
    let refused = 0
    for (let point = 0; point < 0x10000; point++) if (!isExpressed(point, encoding)) refused++
    assert.ok(refused - 2048 <= (encoding === 'gb18030' ? 30 : 0), `${encoding}: ${refused - 2048}`)
    assert.ok(isExpressed(0x20bb7, encoding) && isExpressed(0x10ffff, encoding))
  }
})

test('Chinese text is written as iconv-lite writes it', () => {
  const hanzi = fc.integer({ min: 0x4e00, max: 0x9fa5 }).map(point => String.fromCodePoint(point))
  const signs = fc.constantFrom('A', '0', '|', '\\', '\n', '，', '。', '￥', '（', '😀', '𠮷', 'é')
  fc.assert(
    fc.property(fc.array(fc.oneof(hanzi, signs)), characters => {
      const text = characters.join('')
      assert.deepEqual(Buffer.from(encodeText(text, 'gb18030')), iconv.encode(text, 'gb18030'))
    }),
  )
  assert.deepEqual(Buffer.from(encodeText('€镕', 'gbk')), iconv.encode('€镕', 'cp936'))
})

test('GB 18030-2022: the moved characters get their short form, their old private-use places none', () => {
  assert.deepEqual([...encodeText('\ufe10\u9fb4', 'gb18030')], [0xa6, 0xd9, 0xfe, 0x59])
  assert.throws(() => encodeText('\ue78d', 'gb18030'), { code: 'MSG-ENCODE' })
})

test('a character that the encoding lacks is refused and named, never replaced by a question mark', () => {
  const cases: readonly [string, Encoding, RegExp][] = [
    ['Kö中', 'windows-1252', /U\+4E2D, character 3 of the text, is not in windows-1252/],
    ['a\x81', 'windows-1252', /U\+0081/],
    ['中€😀', 'gbk', /U\+1F600, character 3 .* gbk/],
    ['é中é€ñ', 'gbk', /U\+00F1, character 5/],
    ['ab\ud800c', 'utf-8', /U\+D800, character 3/],
    ['😀\udc00', 'utf-16le', /U\+DC00, character 3/],
    ['\ud800', 'gb18030', /U\+D800/],
  ]
  for (const [text, encoding, message] of cases) {
    assert.throws(() => encodeText(text, encoding), { code: 'MSG-ENCODE', message })
  }
})

test('the euro sign is written as the systems that say GBK and GB18030 expect it', () => {
  assert.deepEqual([...encodeText('€', 'gbk')], [0x80])
  assert.deepEqual([...encodeText('€', 'gb18030')], [0xa2, 0xe3])
})

test('the parts of ISO 8859 are read and written as iconv-lite does, byte by byte', () => {
  for (const part of [2, 3, 4, 5, 6, 7, 8, 9, 15]) {
    const encoding = encodingNamed(`ISO-8859-${part}`) ?? assert.fail()
    let read = 0
    for (let byte = 0xa0; byte <= 0xff; byte++) {
      const text = decodeExactly(Uint8Array.of(byte), encoding)
      const other = iconv.decode(Buffer.of(byte), `iso-8859-${part}`)
      assert.equal(text ?? '\ufffd', other, `${encoding} ${byte}`)
      if (text === undefined) continue
      read++
      assert.deepEqual([...encodeText(text, encoding)], [byte])
    }
    assert.ok(read > 40, encoding)
  }
})
