import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeText } from '../../../message/codec/encode-text.ts'
import { attribute, XmlScanner } from './xml-scanner.ts'

function scan(body: Uint8Array, size: number): string {
  let told = ''
  const scanner = new XmlScanner({
    open: (name, attributes) => {
      told += `<${name}${attribute(attributes, 'a') ?? ''}>`
    },
    text: text => {
      told += text
    },
    close: name => {
      told += `</${name}>`
    },
  })
  for (let at = 0; at < body.length; at += size) scanner.push(body.subarray(at, at + size))
  scanner.end()
  return told
}

const document = `<?xml version="1.0"?><!-- <x> --><x:r xmlns:x="urn:x"
 q='<' x:a = "1 > 0 &amp; &#x4E2D;">é &lt;中&gt;<![CDATA[<&amp;]]><e a=''/><x:e a="'>'"  ></x:e >
</x:r> <!-- end -->`
const told = "<r1 > 0 & 中>é <中><&amp;<e></e><e'>'></e>\n</r>"

for (const encoding of ['utf-8', 'utf-16le', 'utf-16be'] as const) {
  test(`a document in ${encoding} is told alike however it is cut`, () => {
    const body = encodeText(`\ufeff${document}`, encoding)
    for (const size of [1, 2, 3, 7, 64, 1000]) assert.equal(scan(body, size), told, `pieces of ${size}`)
  })
}

const broken: readonly [string, RegExp][] = [
  ['<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', /DOCTYPE/],
  ['<r>&a;</r>', /entity/],
  ['<r>&#0;</r>', /entity/],
  ['<r><e></r>', /end tag of r/],
  ['<r>', /ends within/],
  ['<r><e', /ends within/],
  ['<r/><r/>', /more than one root/],
  ['<r/>x', /text outside/],
  ['x', /outside/],
  ['', /ends within/],
  ['< r/>', /without a name/],
  ['<r>'.repeat(2000), /levels/],
  [`<r>${'x'.repeat(17 * 1024 * 1024)}</r>`, /no tag/],
  ['<r>\x00\xff</r>', /not utf-8/],
]
for (const [text, reason] of broken) {
  test(`refused: ${text.slice(0, 40)}`, () => {
    const body = Buffer.from(text, 'latin1')
    assert.throws(() => scan(body, 64 * 1024), reason)
    if (body.length < 10_000) assert.throws(() => scan(body, 1), reason)
  })
}
