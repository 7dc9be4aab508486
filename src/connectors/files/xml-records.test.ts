import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeText } from '../../message/codec/encode-text.ts'
import { decodeExactly, type Encoding } from '../../message/codec/encoding.ts'
import { type Bytes, beginOfFile, type FileRecord } from './format.ts'
import { xml } from './xml.ts'
import { xmlPieces } from './xml-pieces.ts'

const document = `<?xml version="1.0"?>
<!-- <Row>no</Row> --><p:Rows xmlns:p="urn:p" xmlns:q="urn:q" about="Row > Rows"><Rows/>
<p:Row no="1" note="a>b"><name>中 Row</name></p:Row><q:Row>other namespace</q:Row><p:Row
  no="2"/><p:Row no="3"><![CDATA[<p:Row></p:Row>]]>&lt;/p:Row&gt;</p:Row >
<Wrapper><p:Row no="4"><p:Row>inner</p:Row><RowItem>丂</RowItem></p:Row></Wrapper><?Row Row?></p:Rows>
<!-- </p:Row> -->`

const expected = [
  { '@no': '1', '@note': 'a>b', name: '中 Row' },
  { '@no': '2' },
  { '@no': '3', '#text': '<p:Row></p:Row></p:Row>' },
  { '@no': '4', 'p:Row': 'inner', RowItem: '丂' },
]

function inChunks(body: Uint8Array, size: number): Bytes {
  return {
    size: async () => body.length,
    async *from(offset) {
      for (let at = offset; at < body.length; at += size) yield body.slice(at, at + size)
    },
  }
}

async function all<T>(lists: AsyncIterable<T[]>): Promise<T[]> {
  const items: T[] = []
  for await (const list of lists) items.push(...list)
  return items
}

for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', 'gb18030'] satisfies Encoding[]) {
  test(`records are found in ${encoding} wherever chunks end, and their offsets are where they begin`, async () => {
    const body = encodeText(document, encoding)
    const format = xml({ record: 'p:Row', namespaces: { p: 'urn:p' } })
    for (const size of [1, 2, 3, 5, 8, 64, 10_000]) {
      const bytes = inChunks(body, size)
      const pieces = await all(xmlPieces(bytes, encoding, 'Row', 1000))
      assert.deepEqual(Buffer.concat(pieces.map(piece => piece.bytes)), Buffer.from(body))
      const records: FileRecord[] = await all(format.records(bytes, encoding, beginOfFile, {}))
      assert.deepEqual(
        records.map(({ data }) => data),
        expected,
        `chunks of ${size}`,
      )
      assert.deepEqual(
        records.map(({ line }) => line),
        [3, 3, 4, 5],
      )
      for (const { offset } of records) {
        assert.match(decodeExactly(body.slice(offset, offset + 12), encoding) ?? '', /^<p:Row/)
      }
    }
  })
}
