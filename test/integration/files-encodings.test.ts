import assert from 'node:assert/strict'
import { readFile as readBytes } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { csv, jsonLines, xml } from '../../src/connectors/files/index.ts'
import { encodeText } from '../../src/message/codec/encode-text.ts'
import type { Encoding } from '../../src/message/codec/encoding.ts'
import { namesIn, readFile } from './files-harness.ts'

const encodings: readonly Encoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'gbk', 'windows-1252']
const names = (encoding: Encoding) =>
  encoding === 'windows-1252' ? ['Müller', 'Škoda €', 'naïve|\\'] : ['中文|\\', '牛', '丂乄丅', '€']

for (const encoding of encodings) {
  const rows = Array.from({ length: 9_000 }, (_, n) => ({ n: String(n), name: names(encoding)[n % 3] ?? '' }))

  // More than a chunk, so that characters and line ends are cut at every place.
  test(`rows in ${encoding}, declared, over several chunks`, async t => {
    const text = `n,name\r\n${rows.map(({ n, name }) => `${n},${name}\n`).join('')}`
    const kept = await readFile(t, encodeText(text, encoding), { format: csv(), encoding })
    assert.deepEqual(kept.data, rows)
    assert.equal(kept.defects.length, 0)
  })

  test(`JSON lines in ${encoding}, declared`, async t => {
    const text = rows
      .slice(0, 500)
      .map(row => JSON.stringify(row))
      .join('\n')
    const kept = await readFile(t, encodeText(text, encoding), { format: jsonLines(), encoding })
    assert.deepEqual(kept.data, rows.slice(0, 500))
    assert.deepEqual(JSON.parse(Buffer.from(kept.deliveries[3]?.body ?? []).toString()), rows[3])
  })

  test(`XML in ${encoding}, as it says itself`, async t => {
    const label = encoding.startsWith('utf-16') ? 'utf-16' : encoding
    const mark = encoding.startsWith('utf-16') ? '\ufeff' : ''
    const row = ({ n, name }: { n: string; name: string }) => `<Row n="${n}"><name>${name}</name></Row>\n`
    const text = `${mark}<?xml version="1.0" encoding="${label}"?>\n<Rows>${rows.map(row).join('')}</Rows>`
    const kept = await readFile(t, encodeText(text, encoding), { format: xml({ record: 'Row' }) })
    assert.deepEqual(
      kept.data,
      rows.map(({ n, name }) => ({ '@n': n, name })),
    )
  })
}

test('a byte order mark is obeyed and is no part of the first cell', async t => {
  for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', 'gb18030'] as const) {
    const kept = await readFile(t, encodeText('\ufeffname\n中文\n', encoding), { format: csv() })
    assert.deepEqual(kept.data, [{ name: '中文' }], encoding)
  }
})

test('an encoding is detected by the first bytes that tell, however far behind', async t => {
  const plain = 'x'.repeat(99)
  const ahead = Array.from({ length: 2000 }, () => `${plain}\n`).join('')
  for (const encoding of ['utf-8', 'gb18030'] as const) {
    const body = encodeText(`name\n${ahead}订单已发货\n`, encoding)
    const kept = await readFile(t, body, { format: csv(), encoding: 'detect' })
    assert.deepEqual(kept.data.at(-1), { name: '订单已发货' }, encoding)
  }
})

test('a file whose encoding cannot be detected is not guessed at', async t => {
  const kept = await readFile(t, Buffer.from('name\nM\xfcller\n', 'latin1'), {
    format: csv(),
    encoding: 'detect',
  })
  assert.deepEqual(kept.data, [])
  assert.match(kept.defects[0]?.defect ?? '', /rows\.txt cannot be read: its encoding cannot be told/)
  assert.deepEqual(await namesIn(kept.folder, 'failed'), ['rows.txt', 'rows.txt.reason.txt'])
})

test('a mark that contradicts the declaration fails the file', async t => {
  const kept = await readFile(t, encodeText('\ufeffn\n1\n', 'utf-16le'), { format: csv(), encoding: 'utf-8' })
  assert.deepEqual(kept.data, [])
  assert.match(kept.defects[0]?.defect ?? '', /begins with the mark of utf-16le, but is declared to be utf-8/)
})

/** Each bad line costs itself: its place is told, its bytes are kept, and no U+FFFD is ever delivered. */
const damaged: readonly [string, Encoding, number[], string, number][] = [
  ['a lone 0xFF', 'gb18030', [0x61, 0xff, 0x62], 'byte 0xFF', 1],
  ['a lone 0xFF', 'utf-8', [0x61, 0xff, 0x62], 'byte 0xFF', 1],
  ['a truncated pair', 'gb18030', [0x61, 0xd6], 'byte 0xD6', 1],
  ['a truncated four-byte form', 'gb18030', [0x81, 0x30, 0x81], 'byte 0x81', 0],
  ['GBK', 'utf-8', [0xd6, 0xd0, 0xce, 0xc4], 'byte 0xD6', 0],
  ['an encoded surrogate', 'utf-8', [0xed, 0xa0, 0x80], 'byte 0xED', 0],
  ['a byte without a character', 'windows-1252', [0x61, 0x81], 'byte 0x81', 1],
]
for (const [what, encoding, bytes, named, at] of damaged) {
  test(`${what} in a line of ${encoding} parks the line`, async t => {
    const { kept, offset, line } = await readAround(t, bytes, encoding)
    assert.equal(
      kept.defects[0]?.defect,
      `rows.txt, line 3: ${named} at offset ${offset + at} is not ${encoding}`,
    )
    assert.deepEqual(Buffer.from(kept.defects[0]?.body ?? []), line)
    assert.deepEqual(kept.defects[0]?.headers, { file: 'rows.txt', line: '3' })
  })
}

for (const [encoding, text] of [
  ['gb18030', '订单'],
  ['gbk', '订单'],
  ['windows-1252', 'Müller'],
] as const) {
  test(`UTF-8 in a line of ${encoding} parks the line, although it could be read`, async t => {
    const { kept } = await readAround(t, [...Buffer.from(text)], encoding)
    assert.equal(kept.defects[0]?.defect, `rows.txt, line 3: not ${encoding}, as declared, but UTF-8`)
  })
}

/** Reads a file with these bytes as its third line, between good ones. */
async function readAround(t: TestContext, bytes: readonly number[], encoding: Encoding) {
  const good = encoding === 'windows-1252' ? 'é' : '中'
  const line = Buffer.from([...bytes, 0x0a])
  const before = encodeText(`name\n${good}${good}\n`, encoding)
  const file = Buffer.concat([before, line, encodeText(`${good}b\n`, encoding)])
  const kept = await readFile(t, file, { format: csv(), encoding })
  assert.deepEqual(kept.data, [{ name: `${good}${good}` }, { name: `${good}b` }])
  assert.equal(kept.defects.length, 1)
  return { kept, line, offset: before.length }
}

test('half a surrogate pair in UTF-16 parks its line', async t => {
  const file = Buffer.concat([
    encodeText('name\n', 'utf-16le'),
    Buffer.from([0, 0xd8, 0x0a, 0]),
    encodeText('b', 'utf-16le'),
  ])
  const kept = await readFile(t, file, { format: csv(), encoding: 'utf-16le' })
  assert.deepEqual(kept.data, [{ name: 'b' }])
  assert.match(kept.defects[0]?.defect ?? '', /line 2: byte 0x00 at offset 10 is not utf-16le/)
})

test('mixed line ends are all line ends, and stay as they are within quotes', async t => {
  const kept = await readFile(t, 'a,b\r1,2\n3,4\r\n\n"x\r\ny\rz",5\r\r6,7', { format: csv() })
  const values = kept.data.map(record => Object.values(record as object))
  assert.deepEqual(values, [
    ['1', '2'],
    ['3', '4'],
    ['x\r\ny\rz', '5'],
    ['6', '7'],
  ])
})

test('undecodable bytes in an XML record park that record only', async t => {
  const file = Buffer.concat([
    Buffer.from('<Rows><Row><name>a</name></Row>\n<Row id="x>y"><name>b'),
    Buffer.from([0xff]),
    Buffer.from('</name></Row><Row><name>中</name></Row></Rows>'),
  ])
  const kept = await readFile(t, file, { format: xml({ record: 'Row' }) })
  assert.deepEqual(kept.data, [{ name: 'a' }, { name: '中' }])
  assert.match(kept.defects[0]?.defect ?? '', /rows\.txt, line 2: byte 0xFF at offset 53 is not utf-8/)
  assert.equal(
    Buffer.from(kept.defects[0]?.body ?? []).toString('latin1'),
    '<Row id="x>y"><name>b\xff</name></Row>',
  )
  assert.deepEqual(await namesIn(kept.folder, 'done'), ['rows.txt'])
})

test('undecodable bytes that may hide a record fail the document from there', async t => {
  const file = Buffer.concat([
    Buffer.from('<Rows><Row>1</Row><Ro'),
    Buffer.from([0xff]),
    Buffer.from('w>2</Row></Rows>'),
  ])
  const kept = await readFile(t, file, { format: xml({ record: 'Row' }) })
  assert.deepEqual(kept.data, ['1'])
  assert.match(
    kept.defects[0]?.defect ?? '',
    /cannot be read behind the record in line 1: byte 0xFF at offset 21/,
  )
  const failed = await readBytes(join(kept.folder, 'failed', 'rows.txt'))
  assert.deepEqual(failed, file)
})
