import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { csv, jsonLines, xml } from '../../src/connectors/files/index.ts'
import { namesIn, readFile } from './files-harness.ts'

const reasons = (kept: { defects: readonly { defect?: string | undefined }[] }) =>
  kept.defects.map(each => each.defect)

test('a ragged row, a stray quote and an open quote park themselves with their line', async t => {
  const file = 'a,b\n1,2\n1,2,3\n1\n4,5"x\n6,7\n"8,9\n'
  const kept = await readFile(t, file, { format: csv() })
  assert.deepEqual(kept.data, [
    { a: '1', b: '2' },
    { a: '6', b: '7' },
  ])
  assert.deepEqual(
    reasons(kept).map(reason => /line \d+/.exec(reason ?? '')?.[0]),
    ['line 3', 'line 4', 'line 5', 'line 7'],
  )
  assert.equal(Buffer.from(kept.defects[0]?.body ?? []).toString(), '1,2,3\n')
})

test('a header that cannot be used fails the file', async t => {
  for (const header of ['a,a', '__proto__,b']) {
    const kept = await readFile(t, `${header}\n1,2\n`, { format: csv() })
    assert.deepEqual(kept.data, [])
    assert.match(reasons(kept)[0] ?? '', /rows\.txt cannot be read: the header in line 1/)
    assert.equal((await namesIn(kept.folder, 'failed')).length, 2)
  }
})

test('names of columns and properties cannot reach a prototype', async t => {
  const lines = '{"__proto__":{"x":1}}\n{"constructor":{"prototype":{"x":1}}}\n'
  const json = await readFile(t, lines, { format: jsonLines() })
  assert.deepEqual(json.data, [{ constructor: { prototype: { x: 1 } } }])
  const rows = await readFile(t, 'constructor,toString\n1,2\n', { format: csv() })
  assert.deepEqual(rows.data, [{ constructor: '1', toString: '2' }])
  const document =
    '<Rows><Row><__proto__><x>1</x></__proto__></Row><Row><constructor>1</constructor></Row></Rows>'
  const elements = await readFile(t, document, { format: xml({ record: 'Row' }) })
  assert.deepEqual(elements.data, [{ constructor: '1' }])
  assert.equal(elements.defects.length, 1)
  assert.equal(({} as { x?: number }).x, undefined)
})

test('numbers in JSON lines keep their digits, and a broken line parks itself', async t => {
  const kept = await readFile(t, '{"n":9007199254740993}\n{"n":1\n{"n":1,"n":2}\n{"n":2.50}', {
    format: jsonLines(),
  })
  assert.deepEqual(kept.data, [{ n: '9007199254740993' }, { n: 2.5 }])
  assert.deepEqual(
    reasons(kept).map(reason => reason?.slice(0, 17)),
    ['rows.txt, line 2:', 'rows.txt, line 3:'],
  )
})

test('a line that is too long parks itself with its begin', async t => {
  const file = `1\n"${'x'.repeat(200_000)}"\n2\n`
  const kept = await readFile(t, file, { format: jsonLines({ maxLineBytes: 100_000 }) })
  assert.deepEqual(kept.data, [1, 2])
  assert.match(reasons(kept)[0] ?? '', /rows\.txt, line 2: .*200003 bytes/)
  assert.equal(kept.defects[0]?.body?.length, 100_000)
})

const Order = Type.Object({
  '@no': Type.Integer(),
  Lines: Type.Object({ Line: Type.Array(Type.Object({ Sku: Type.String() })) }),
})

test('XML records have namespaces, attributes, lists and CDATA as in a document of their own', async t => {
  const file = `<?xml version="1.0"?>
<a:Batch xmlns:a="urn:a" xmlns="urn:b"><Order>not in a record's namespace, but of its name</Order>
  <Header><a:Order no="1"><Lines><Line><Sku>A &amp; <![CDATA[<B>]]></Sku></Line></Lines></a:Order></Header>
  <a:Order no="2"/></a:Batch>`
  const kept = await readFile(t, file, { format: xml({ record: 'a:Order', namespaces: { a: 'urn:a' } }) })
  assert.deepEqual(kept.data, [{ '@no': '1', Lines: { Line: { Sku: 'A & <B>' } } }, { '@no': '2' }])
  assert.deepEqual(
    kept.deliveries.map(each => each.headers?.line),
    ['3', '4'],
  )
})

test('the model says what is a list and what a number in XML', async t => {
  const file = '<Batch><Order no="7"><Lines><Line><Sku>A</Sku></Line></Lines></Order></Batch>'
  const kept = await readFile(t, file, { format: xml({ record: 'Order' }) }, Order)
  assert.deepEqual(kept.data, [{ '@no': 7, Lines: { Line: [{ Sku: 'A' }] } }])
})

test('a record inside a record is part of it', async t => {
  const kept = await readFile(t, '<R><R><R>1</R></R></R>', { format: xml({ record: 'R' }) })
  assert.deepEqual(kept.data, [{ R: { R: '1' } }])
})

const hostile: readonly [string, string, RegExp][] = [
  ['a document type', '<!DOCTYPE R [<!ENTITY a "b">]><R><Row>&a;</Row></R>', /document type/],
  ['an external entity', '<!DOCTYPE R SYSTEM "file:///etc/passwd"><R><Row>1</Row></R>', /document type/],
  [
    'an entity that is not known',
    '<R><Row>1</Row><Row>&lol;</Row></R>',
    /behind the record in line 1: malformed XML/,
  ],
  ['a document that stops', '<R><Row>1</Row><Row>', /behind the record in line 1: malformed XML/],
  ['a wrong end tag', '<R><Row>1</Row><Row>2</R>', /behind the record in line 1: malformed XML/],
  [
    'another wrong end tag',
    '<R><Row>1</Row><Row><a>2</Row></R>',
    /behind the record in line 1: malformed XML/,
  ],
  ['a document that goes on', '<R><Row>1</Row></R><R/>', /behind the record in line 1: malformed XML/],
  ['a bottomless document', `<R>${'<a>'.repeat(100_000)}`, /more than 1000 levels/],
  ['no XML at all', 'just text', /malformed XML/],
]
for (const [what, file, reason] of hostile) {
  test(`${what} fails the file, behind the good records`, async t => {
    const kept = await readFile(t, file, { format: xml({ record: 'Row' }) })
    assert.deepEqual(kept.data, reason.source.includes('behind') ? ['1'] : [])
    assert.match(reasons(kept)[0] ?? '', reason)
    assert.deepEqual(await namesIn(kept.folder, 'failed'), ['rows.txt', 'rows.txt.reason.txt'])
  })
}

test('a record that is too large, too deep or too rich parks itself', async t => {
  const deep = `${'<a>'.repeat(150)}${'</a>'.repeat(150)}`
  const rich = `<a ${Array.from({ length: 300 }, (_, n) => `a${n}="1"`).join(' ')}/>`
  const large = '<a>12345</a>'.repeat(10_000)
  const file = `<R><Row>1</Row>${[deep, rich, large].map(each => `<Row>${each}</Row>`).join('')}<Row>2</Row></R>`
  const kept = await readFile(t, file, { format: xml({ record: 'Row', maxRecordBytes: 50_000 }) })
  assert.deepEqual(kept.data, ['1', '2'])
  assert.deepEqual(
    reasons(kept).map(reason => /levels|attributes|larger than 50000 bytes/.exec(reason ?? '')?.[0]),
    ['levels', 'attributes', 'larger than 50000 bytes'],
  )
  assert.ok((kept.defects[2]?.body?.length ?? 0) < 120_000, 'only the begin of what is too large is kept')
})

test('text without end does not fill the memory', async t => {
  for (const filling of ['x'.repeat(150_000), `<!--${'x<'.repeat(75_000)}`]) {
    const kept = await readFile(t, `<R><Row>1</Row>${filling}</R>`, {
      format: xml({ record: 'Row', maxRecordBytes: 50_000 }),
    })
    assert.deepEqual(kept.data, ['1'])
    assert.match(reasons(kept)[0] ?? '', /no tag for|without a tag/)
  }
})
