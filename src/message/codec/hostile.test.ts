import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { csvRows } from './csv.ts'
import { csvEncode } from './csv-encode.ts'
import { decodeLines } from './decode-lines.ts'
import { json } from './json.ts'
import { xml } from './xml.ts'

// Whoever tries to change a shared prototype throws from here on.
for (const shared of [Object, Array, String, Number, Function, Map, Set]) Object.freeze(shared.prototype)

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof IsthmusError, String(error))
    return error.code
  }
  return 'accepted'
}

const readJson = (text: string) => json().decode(Buffer.from(text))
const readXml = (text: string) => xml().decode(Buffer.from(text))
const readCsv = (text: string) => csvRows().push(decodeLines('utf-8').push(Buffer.from(text)))

test('__proto__ is refused in every format, in every writing', () => {
  for (const text of [
    '{"__proto__":{"x":1}}',
    '{"\\u005f_proto__":1}',
    '[{"a":{"__proto__":[]}}]',
    '{"__proto__":1e400}',
  ]) {
    assert.equal(
      codeOf(() => readJson(text)),
      'MSG-DECODE',
      text,
    )
  }
  for (const text of [
    '<a><__proto__ x="1"/></a>',
    '<a xmlns:p="u:1"><p:__proto__/></a>',
    '<__proto__/>',
    '<a><?p?><__proto__/></a>',
  ]) {
    assert.equal(
      codeOf(() => readXml(text)),
      'MSG-DECODE',
      text,
    )
  }
  assert.equal(
    codeOf(() => readCsv('a,__proto__\n1,2\n')),
    'MSG-DECODE',
  )
  assert.deepEqual(readXml('<a __proto__="1"/>'), { '@__proto__': '1' })
})

test('constructor, prototype and names of methods are ordinary names, and reach no prototype', () => {
  const document =
    '{"constructor":{"prototype":{"polluted":1}},"prototype":2,"toString":3,"hasOwnProperty":4}'
  for (const text of [document, document.replace('2', '1e2')]) {
    const data = readJson(text) as Record<string, unknown>
    assert.deepEqual(Object.keys(data), ['constructor', 'prototype', 'toString', 'hasOwnProperty'])
    assert.deepEqual(data.constructor, { prototype: { polluted: 1 } })
  }
  const markup =
    '<a><constructor><prototype><polluted>1</polluted></prototype></constructor><toString/><toString/></a>'
  for (const text of [markup, markup.replace('<a>', '<a><?p?>')]) {
    assert.deepEqual(readXml(text), { constructor: { prototype: { polluted: '1' } }, toString: ['', ''] })
  }
  const [row] = readCsv('constructor,toString\nx,y\n')
  assert.deepEqual(Object.entries(row?.data ?? {}), [
    ['constructor', 'x'],
    ['toString', 'y'],
  ])
  assert.equal(csvEncode([{}], { columns: ['toString'], header: false }), '""\r\n')
  assert.equal(Object.hasOwn({}, 'polluted') || 'polluted' in {}, false)
})

const bombs: readonly [string, string][] = [
  [
    'billion laughs',
    `<!DOCTYPE a [<!ENTITY l0 "lol">${Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')}]><a>&l9;</a>`,
  ],
  ['quadratic blowup', `<!DOCTYPE a [<!ENTITY x "${'x'.repeat(50_000)}">]><a>${'&x;'.repeat(50_000)}</a>`],
  ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
  ['a parameter entity', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><a/>'],
  ['an external document type', '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>'],
  ['a document type in lower case', '<!doctype html><a/>'],
  ['an entity without a document type', '<a>&x;</a>'],
]

for (const [what, document] of bombs) {
  test(`XML with ${what} is refused`, () =>
    assert.equal(
      codeOf(() => readXml(document)),
      'MSG-DECODE',
    ))
}

test('XInclude and stylesheets are data or nothing, never followed', () => {
  const document =
    '<?xml-stylesheet href="file:///x"?><a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></a>'
  assert.deepEqual(readXml(document), { include: { '@href': 'file:///etc/passwd' } })
})

test('XML is limited in depth, nodes and attributes', () => {
  assert.equal(
    codeOf(() => readXml('<a>'.repeat(100_000))),
    'MSG-LIMIT',
  )
  assert.equal(
    codeOf(() => readXml('<a>'.repeat(100_000) + '</a>'.repeat(100_000))),
    'MSG-LIMIT',
  )
  const attributes = Array.from({ length: 300 }, (_, n) => ` x${n}="1"`).join('')
  assert.equal(
    codeOf(() => readXml(`<a${attributes}/>`)),
    'MSG-LIMIT',
  )
  const few = xml({ maxNodes: 1000 })
  assert.equal(
    codeOf(() => few.decode(Buffer.from(`<a>${'<b/>'.repeat(1000)}</a>`))),
    'MSG-LIMIT',
  )
  assert.equal(
    codeOf(() => few.decode(Buffer.from(`<a>${'<b/>'.repeat(999)}</a>`))),
    'accepted',
  )
  assert.equal(
    codeOf(() => xml({ maxDepth: 100_000 })),
    'CONFIG-INVALID',
  )
})

test('hostile sizes are read in linear time: long names, values, texts and numbers', () => {
  const long = 'x'.repeat(1_000_000)
  const number = { schema: { properties: { n: { type: 'number' } } } }
  assert.equal(
    codeOf(() => readXml(`<${long} ${long}="${long}">${long}</${long}>`)),
    'accepted',
  )
  assert.equal(
    codeOf(() => readXml(`<a>${' '.repeat(1_000_000)}<b/>${']'.repeat(1_000_000)}</a>`)),
    'accepted',
  )
  for (const value of ['1'.repeat(1_000_000), `${'1'.repeat(1_000_000)}x`, `${' '.repeat(1_000_000)}1 x`]) {
    assert.equal(
      codeOf(() => xml(number).decode(Buffer.from(`<a><n>${value}</n></a>`))),
      'accepted',
    )
  }
  assert.equal(
    codeOf(() => readJson(`["${'\\"'.repeat(1_000_000)}",${'9'.repeat(1_000_000)}]`)),
    'accepted',
  )
  assert.equal(
    codeOf(() => readJson(`${' '.repeat(1_000_000)}x`)),
    'MSG-DECODE',
  )
  assert.equal(csvEncode([{ a: `-${'1'.repeat(1_000_000)}x` }], { columns: ['a'], header: false })[0], "'")
})

test('an endless CSV quote or line is set aside without keeping more than allowed', () => {
  const lines = decodeLines('utf-8', { maxLineBytes: 1000 })
  const rows = csvRows({ header: ['a'], maxRecordLength: 5000 })
  const chunk = Buffer.from(`${'y'.repeat(99)}\n`)
  const found = rows.push(lines.push(Buffer.from('"open\n')))
  for (let count = 0; count < 1000; count++) found.push(...rows.push(lines.push(chunk)))
  assert.equal(found.filter(row => row.defect !== undefined).length, 1)
  assert.ok(found.length > 900)
})

test('a JSON body cannot pass for anything but data', () => {
  const body = '{"type":"Buffer","data":[1,2],"$ref":"x","filename":"/etc/passwd","toJSON":1}'
  assert.deepEqual(readJson(body), JSON.parse(body))
  assert.equal(Object.getPrototypeOf(readJson(body)), Object.prototype)
})
