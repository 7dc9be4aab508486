import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeText } from '../../message/codec/encode-text.ts'
import type { Encoding } from '../../message/codec/encoding.ts'
import { csv } from './csv.ts'
import { type Bytes, beginOfFile, type FileRecord, type Format, type Place } from './format.ts'
import { jsonLines } from './json-lines.ts'
import { xml } from './xml.ts'

const table = 'a,b\n1,"x\r\ny"\n\n2,z,ragged\r3,中\n"4","""q"""\n5,\n'
const files: readonly [string, Format, string][] = [
  ['CSV with a header', csv(), table],
  ['CSV without one', csv({ header: ['a', 'b'] }), table],
  ['CSV as lists', csv({ header: false }), table],
  ['CSV with a wide first row', csv({ header: false }), 'a,b,c\n1,2\n1,2,3\n1\n4,5,6'],
  ['JSON lines', jsonLines(), '1\n\n"中"\nbroken\r\n{"a":[]}\r[2]'],
  ['XML', xml({ record: 'R' }), '<A><R>1</R><R/>\n<B><R a="">中<R/></R></B></A>'],
]

for (const [name, format, text] of files) {
  for (const encoding of ['utf-8', 'utf-16le', 'gb18030'] satisfies Encoding[]) {
    test(`${name} in ${encoding}: reading on from any record gives all behind it`, async () => {
      const body = encodeText(`\ufeff${text}`, encoding)
      const whole = await read(format, body, encoding, beginOfFile, 1000)
      assert.ok(whole.length > 2)
      for (const size of [1, 2, 5])
        assert.deepEqual(await read(format, body, encoding, beginOfFile, size), whole)
      for (const [index, place] of whole.entries()) {
        const rest = await read(format, body, encoding, place, 7)
        assert.deepEqual(
          rest.filter(({ offset }) => offset > place.offset),
          whole.slice(index + 1),
        )
      }
    })
  }
}

async function read(format: Format, body: Uint8Array, encoding: Encoding, from: Place, size: number) {
  const bytes: Bytes = {
    size: async () => body.length,
    async *from(offset) {
      for (let at = offset; at < body.length; at += size) yield body.slice(at, at + size)
    },
  }
  const records: FileRecord[] = []
  for await (const some of format.records(bytes, encoding, { ...from }, {})) records.push(...some)
  return records.map(record => ({ ...record, body: record.body && Buffer.from(record.body).toString('hex') }))
}
