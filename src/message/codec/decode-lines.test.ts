import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeLines, type LineOptions } from './decode-lines.ts'
import { encodeText } from './encode-text.ts'
import type { Encoding } from './encoding.ts'
import type { Line } from './line.ts'

function linesOf(chunks: readonly Uint8Array[], encoding: Encoding, options?: LineOptions): Line[] {
  const decoder = decodeLines(encoding, options)
  return [...chunks.flatMap(chunk => decoder.push(chunk)), ...decoder.end()]
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map(place => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
}

const text = fc
  .array(
    fc.constantFrom(
      'a',
      '|',
      '\\',
      '0',
      '~',
      '中',
      '鼿',
      '丂',
      '😀',
      'é',
      '\n',
      '\r',
      '\r\n',
      '\u0a0a',
      '\u0d0a',
    ),
  )
  .map(parts => parts.join(''))

test('lines are those of the text, however the bytes arrive, in every encoding', () => {
  const encoding = fc.constantFrom<Encoding>('utf-8', 'utf-16le', 'utf-16be', 'gb18030')
  fc.assert(
    fc.property(text, encoding, fc.array(fc.nat(), { maxLength: 8 }), (whole, named, places) => {
      const bytes = encodeText(whole, named)
      const lines = linesOf(cut(bytes, places), named)
      const expected = whole.split(/\r\n|\r|\n/)
      if (expected.at(-1) === '') expected.pop()
      assert.deepEqual(
        lines.map(line => line.text),
        expected,
      )
      assert.equal(lines.map(line => line.text + line.ending).join(''), whole)
    }),
    { numRuns: 1000 },
  )
})

test('lines together are the file, byte for byte, at their offsets, for any bytes', () => {
  const bytes = fc.array(fc.constantFrom(0x41, 0x0a, 0x0d, 0x00, 0xd6, 0xd0, 0x81, 0x30, 0xff, 0xd8), {
    maxLength: 30,
  })
  const encoding = fc.constantFrom<Encoding>('utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'windows-1252')
  fc.assert(
    fc.property(bytes, encoding, fc.array(fc.nat(), { maxLength: 6 }), (all, named, places) => {
      const file = Uint8Array.from(all)
      const lines = linesOf(cut(file, places), named)
      assert.deepEqual(Buffer.concat(lines.map(line => line.bytes)), Buffer.from(file))
      let offset = 0
      for (const [index, line] of lines.entries()) {
        assert.equal(line.offset, offset)
        assert.equal(line.line, index + 1)
        offset += line.bytes.length
      }
      const plain = (line: Line) => ({ ...line, bytes: [...line.bytes] })
      assert.deepEqual(linesOf([file], named).map(plain), lines.map(plain))
    }),
    { numRuns: 1000 },
  )
})

test('undecodable bytes cost one line, which says where they are in the file', () => {
  const good = encodeText('第一行\n', 'gb18030')
  const bad = Uint8Array.from([0x41, 0xd6, 0x0a])
  const [first, second, third] = linesOf([good, bad, encodeText('第三行', 'gb18030')], 'gb18030')
  assert.equal(first?.text, '第一行')
  assert.equal(second?.text, undefined)
  assert.equal(second?.defect, `byte 0xD6 at offset ${good.length + 1} is not gb18030`)
  assert.equal(second?.preview, 'A\ufffd')
  assert.deepEqual([...(second?.bytes ?? [])], [...bad])
  assert.equal(third?.text, '第三行')
})

test('a file of mixed encodings parks the lines of the other encoding', () => {
  const lines = linesOf(
    [encodeText('订单一\n', 'utf-8'), encodeText('订单二\n', 'gbk'), encodeText('订单三\n', 'utf-8')],
    'utf-8',
  )
  assert.deepEqual(
    lines.map(line => line.text),
    ['订单一', undefined, '订单三'],
  )
})

test('characters that end in the bytes of | and \\ do not divide a line', () => {
  const bytes = encodeText('俓|倈\\', 'gb18030')
  assert.ok(bytes.filter(byte => byte === 0x7c).length >= 1)
  assert.equal(linesOf([bytes], 'gb18030')[0]?.text, '俓|倈\\')
})

test('a byte order mark is dropped at the begin of the file and kept elsewhere', () => {
  assert.deepEqual(
    linesOf([encodeText('\ufeffa\n\ufeffb', 'utf-8')], 'utf-8').map(line => line.text),
    ['a', '\ufeffb'],
  )
  assert.equal(
    linesOf([encodeText('\ufeffb', 'utf-8')], 'utf-8', { offset: 10, line: 3 })[0]?.text,
    '\ufeffb',
  )
})

test('reading goes on in the middle of a file with the right offsets and line numbers', () => {
  const [line] = linesOf([Buffer.from('rest\n')], 'utf-8', { offset: 1000, line: 20 })
  assert.deepEqual([line?.offset, line?.line], [1000, 20])
})

test('memory is bounded: of an endless line only the begin is kept, and the next line is read', () => {
  const chunks = [Buffer.alloc(70, 'x'), Buffer.alloc(70, 'x'), Buffer.from('x\nnext\n')]
  for (const arrival of [chunks, [Buffer.concat(chunks)]]) {
    const [long, next] = linesOf(arrival, 'utf-8', { maxLineBytes: 100 })
    assert.equal(long?.bytes.length, 100)
    assert.match(long?.defect ?? '', /line of 142 bytes, longer than the allowed 100/)
    assert.deepEqual([next?.text, next?.offset, next?.line], ['next', 142, 2])
  }
})
