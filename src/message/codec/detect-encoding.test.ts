import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { detectEncoding } from './detect-encoding.ts'
import { encodeText } from './encode-text.ts'
import type { Encoding } from './encoding.ts'

const chinese = '物料编码,物料名称,数量\n10001,六角螺栓 M8×40,300\n10002,镀锌垫圈,1200\n'

test('Chinese text is recognised in every encoding, also when the sample ends within a character', () => {
  for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', 'gb18030'] as const) {
    const bytes = encodeText(chinese.repeat(20), encoding)
    for (const cut of [0, 1, 2, 3]) {
      assert.equal(
        detectEncoding(bytes.subarray(0, bytes.length - cut)),
        encoding,
        `${encoding} cut by ${cut}`,
      )
    }
  }
})

test('a byte order mark decides', () => {
  for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', 'gb18030'] as const) {
    assert.equal(detectEncoding(encodeText('\ufeff中', encoding)), encoding)
  }
})

test('ASCII and the empty file are UTF-8', () => {
  assert.equal(detectEncoding(Buffer.from('a,b\n1,2\n')), 'utf-8')
  assert.equal(detectEncoding(new Uint8Array(0)), 'utf-8')
})

test('Western text is not taken for Chinese, though its bytes are valid GB18030', () => {
  const bytes = encodeText('Müller;Hauptstraße;Köln\nGroße Bäckerei;Zürich', 'windows-1252')
  assert.equal(detectEncoding(bytes), undefined)
})

test('what is no text is not guessed', () => {
  assert.equal(
    detectEncoding(Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])),
    undefined,
  )
  assert.equal(
    detectEncoding(Buffer.concat([encodeText(chinese, 'gb18030'), Buffer.alloc(5, 0xff)])),
    undefined,
  )
})

const corpus = process.env.ISTHMUS_CORPUS ?? ''

test('real files are recognised', {
  skip: !existsSync(corpus) && 'ISTHMUS_CORPUS does not name the folder of sample data',
}, () => {
  const files: Readonly<Record<string, Encoding | undefined>> = {
    'zh/cities.gbk.csv': 'gb18030',
    'zh/areas.csv': 'utf-8',
    'files/example-utf16le-bom.tsv': 'utf-16le',
    'files/csv-with-bom.csv': 'utf-8',
    'files/example-latin1.tsv': undefined,
    'files/shift_jis.txt': undefined,
    'files/excel95.xls': undefined,
  }
  for (const [file, encoding] of Object.entries(files)) {
    assert.equal(detectEncoding(readFileSync(join(corpus, file)).subarray(0, 4096)), encoding, file)
  }
})
