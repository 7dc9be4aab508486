import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ElementReader } from '../../src/connectors/soap/read-element.ts'
import { ElementWriter } from '../../src/connectors/soap/write-element.ts'
import { rootOf, SchemaDocuments } from '../../src/contract/xsd/schema-documents.ts'
import { SchemaSet } from '../../src/contract/xsd/schema-set.ts'
import { readElements } from '../../src/message/codec/xml-elements.ts'
import { propertyOf } from '../../src/message/codec/xml-shape.ts'
import { documentOf, schemaOf } from './contract-texts.ts'

async function setOf(content: string, attributes?: string): Promise<SchemaSet> {
  const document = documentOf({ 'a.xsd': schemaOf(content, attributes) })
  const documents = new SchemaDocuments()
  await documents.add(document, rootOf(document))
  const set = new SchemaSet(documents.found)
  return set
}

/** The element {urn:t}a; its namespace is declared as n1. */
function write(set: SchemaSet, data: unknown): string {
  const writer = new ElementWriter(set)
  const element = set.element('{urn:t}a')
  assert.ok(element)
  return writer.element(element, data, '')
}

function reread(set: SchemaSet, data: unknown, schema?: Record<string, unknown>): unknown {
  const writer = new ElementWriter(set)
  const element = set.element('{urn:t}a')
  assert.ok(element)
  const text = writer.element(element, data, '')
  const document = `<x${writer.declarations}>${text}</x>`
  const [child] = readElements(Buffer.from(document)).children
  assert.ok(child)
  return new ElementReader(set).element(child, element, propertyOf(schema))
}

function read(set: SchemaSet, inner: string, schema?: Record<string, unknown>): unknown {
  const text = `<n1:a xmlns:n1="urn:t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema">${inner}</n1:a>`
  return new ElementReader(set).element(
    readElements(Buffer.from(text)),
    set.element('{urn:t}a'),
    propertyOf(schema),
  )
}

const sequence = (content: string) =>
  `<xs:element name="a"><xs:complexType><xs:sequence>${content}</xs:sequence></xs:complexType></xs:element>`

test('elements come in the order of the schema, whatever the order of the data', async () => {
  const set = await setOf(
    sequence(
      '<xs:element name="x" type="xs:int"/><xs:element name="y" type="xs:string" minOccurs="0"/><xs:element name="z" type="xs:string" maxOccurs="3"/>',
    ),
  )
  assert.equal(
    write(set, { z: ['1', '2'], y: 'b', x: 7 }),
    '<n1:a><n1:x>7</n1:x><n1:y>b</n1:y><n1:z>1</n1:z><n1:z>2</n1:z></n1:a>',
  )
})

test('unqualified elements and qualified attributes have the names that the schema says', async () => {
  const content =
    '<xs:element name="a"><xs:complexType><xs:sequence><xs:element name="x" type="xs:string"/><xs:element name="q" form="qualified" type="xs:string"/></xs:sequence><xs:attribute name="u" type="xs:int"/><xs:attribute name="v" type="xs:int" form="qualified"/><xs:attribute ref="xml:lang"/></xs:complexType></xs:element>'
  const set = await setOf(content, '')
  assert.equal(
    write(set, { '@u': 1, '@v': '2', '@xml:lang': 'zh', x: 'x', q: 'q' }),
    '<n1:a u="1" n1:v="2" xml:lang="zh"><x>x</x><n1:q>q</n1:q></n1:a>',
  )
})

test('what the schema does not allow is refused with the place, and never with the value', async () => {
  const set = await setOf(`${sequence(`
      <xs:element name="n" type="xs:int"/>
      <xs:element name="line" maxOccurs="2" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="qty" type="t:Qty"/></xs:sequence><xs:attribute name="id" type="xs:string" use="required"/></xs:complexType></xs:element>
      <xs:choice minOccurs="0"><xs:element name="card" type="xs:string"/><xs:element name="cash" type="xs:string"/></xs:choice>
      <xs:element name="code" type="t:Code" minOccurs="0"/>
      <xs:element name="when" type="xs:dateTime" minOccurs="0"/>`)}
    <xs:simpleType name="Qty"><xs:restriction base="xs:decimal"><xs:fractionDigits value="2"/><xs:maxInclusive value="99.5"/><xs:totalDigits value="4"/></xs:restriction></xs:simpleType>
    <xs:simpleType name="Code"><xs:restriction base="xs:string"><xs:enumeration value="A1"/><xs:enumeration value="B2"/></xs:restriction></xs:simpleType>`)
  const good = { n: 1, line: [{ '@id': 'i', qty: '12.50' }] }
  write(set, good)
  const cases: [unknown, string][] = [
    [{}, 'n is required'],
    [{ ...good, n: null }, 'n is null, which the schema does not allow'],
    [{ ...good, n: 'secret' }, 'n is no int'],
    [{ ...good, n: 2 ** 31 }, 'n is more than 2147483647'],
    [{ ...good, n: 1.5 }, 'n is no int'],
    [{ ...good, n: [1, 2] }, 'n is a list, and the schema allows one'],
    [{ ...good, n: {} }, 'n is required'],
    [{ ...good, n: { '@x': 1, '#text': 1 } }, 'n.@x is not in the schema'],
    [{ ...good, other: 1 }, 'other is not in the schema'],
    [{ ...good, '@other': 1 }, '@other is not in the schema'],
    [{ ...good, '#text': 'secret' }, 'the data holds text, which the schema does not allow'],
    [{ n: 1, line: [{ qty: '1' }] }, 'line[0].@id is required'],
    [
      { n: 1, line: [good.line[0], { '@id': 'i', qty: '1.005' }] },
      'line[1].qty has more than 2 decimal places',
    ],
    [{ n: 1, line: [{ '@id': 'i', qty: '99.51' }] }, 'line[0].qty is more than 99.5'],
    [{ n: 1, line: [{ '@id': 'i', qty: '1e2' }] }, 'line[0].qty is no decimal'],
    [{ n: 1, line: ['secret'] }, 'line[0] is no object'],
    [
      { n: 1, line: [good.line[0], good.line[0], good.line[0]] },
      'line[2] is there more often than the schema allows',
    ],
    [{ ...good, card: 'a', cash: 'b' }, 'cash is not allowed beside the other fields'],
    [{ ...good, code: 'secret' }, 'code is none of the values allowed'],
    [{ ...good, when: '4 May' }, 'when is no dateTime'],
    [{ ...good, code: '\ud800' }, 'code holds half of a surrogate pair'],
    ['secret', 'the data is no object'],
    [null, 'the data is null, which the schema does not allow'],
  ]
  for (const [data, message] of cases) {
    assert.throws(
      () => write(set, data),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'MSG-ENCODE')
        assert.equal(error.message, message)
        return !error.message.includes('secret')
      },
      JSON.stringify(data),
    )
  }
})

test('a choice that is required, repeated groups, and a name that occurs twice', async () => {
  const choice = await setOf(
    sequence(
      '<xs:choice><xs:sequence><xs:element name="x" type="xs:int"/><xs:element name="y" type="xs:int"/></xs:sequence><xs:sequence><xs:element name="x" type="xs:int"/><xs:element name="z" type="xs:int"/></xs:sequence></xs:choice>',
    ),
  )
  assert.equal(write(choice, { z: 2, x: 1 }), '<n1:a><n1:x>1</n1:x><n1:z>2</n1:z></n1:a>')
  assert.throws(() => write(choice, {}), /holds none of x, y, z, of which one is required/)
  assert.throws(() => write(choice, { x: 1 }), /y is required/)
  const groups = await setOf(
    sequence(
      '<xs:sequence maxOccurs="unbounded"><xs:element name="k" type="xs:string"/><xs:element name="v" type="xs:int" minOccurs="0"/></xs:sequence><xs:element name="k" type="xs:string"/>',
    ),
  )
  assert.throws(() => write(groups, { k: ['a', 'b'], v: [1, 2, 3] }), /k is required/)
  const pairs = await setOf(
    sequence(
      '<xs:sequence maxOccurs="unbounded"><xs:element name="k" type="xs:string"/><xs:element name="v" type="xs:int"/></xs:sequence>',
    ),
  )
  assert.equal(
    write(pairs, { v: [1, 2], k: ['a', 'b'] }),
    '<n1:a><n1:k>a</n1:k><n1:v>1</n1:v><n1:k>b</n1:k><n1:v>2</n1:v></n1:a>',
  )
  assert.throws(() => write(pairs, { v: [1], k: ['a', 'b'] }), /v is required/)
})

test('derived types are named by @xsi:type, also with two of one local name; abstract ones must be', async () => {
  const set = await setOf(`${sequence('<xs:element name="pet" type="t:Pet" maxOccurs="unbounded"/>')}
    <xs:complexType name="Pet" abstract="true"><xs:sequence><xs:element name="name" type="xs:string"/></xs:sequence></xs:complexType>
    <xs:complexType name="Cat"><xs:complexContent><xs:extension base="t:Pet"><xs:sequence><xs:element name="lives" type="xs:int"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
    <xs:complexType name="Stone"><xs:sequence/></xs:complexType>`)
  const data = { pet: [{ '@xsi:type': 'Cat', name: 'Mia', lives: 9 }] }
  assert.equal(
    write(set, data),
    '<n1:a><n1:pet xsi:type="n1:Cat"><n1:name>Mia</n1:name><n1:lives>9</n1:lives></n1:pet></n1:a>',
  )
  assert.deepEqual(reread(set, data), data)
  assert.deepEqual(reread(set, { pet: [{ '@xsi:type': '{urn:t}Cat', name: 'M', lives: 1 }] }), {
    pet: [{ '@xsi:type': 'Cat', name: 'M', lives: 1 }],
  })
  assert.throws(
    () => write(set, { pet: [{ name: 'x' }] }),
    /pet\[0\] is of an abstract type; say by "@xsi:type"/,
  )
  for (const name of ['Stone', 'Gone', 'string', 7])
    assert.throws(
      () => write(set, { pet: [{ '@xsi:type': name, name: 'x' }] }),
      /pet\[0\]\.@xsi:type names no type/,
    )
})

test('substitution groups, wildcards and free attributes', async () => {
  const set = await setOf(`
    <xs:element name="a"><xs:complexType><xs:sequence><xs:element ref="t:shape"/><xs:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/></xs:sequence><xs:anyAttribute/></xs:complexType></xs:element>
    <xs:element name="shape" abstract="true" type="xs:string"/><xs:element name="round" substitutionGroup="t:shape"/>
    <xs:element name="known" type="xs:decimal"/>`)
  const data = {
    '@free': 'f',
    '@{urn:o}other': 'o',
    round: 'r',
    '{urn:t}known': '1.50',
    '{urn:o}thing': { '@i': '1', part: ['p', 'q'], '{urn:t}known': '2.0', '{}bare': 'b' },
  }
  assert.deepEqual(reread(set, data), data)
  assert.throws(() => write(set, { shape: 'x' }), /shape/)
  assert.throws(() => write(set, { round: 'r', '{urn:t}known': 'x' }), /known is no decimal/)
  assert.throws(() => write(set, { round: 'r', '{urn:o}a b': 'x' }), /no name for XML/)
  assert.throws(() => write(set, { round: 'r', '@a b': 'x' }), /no name for XML/)
})

test('numbers keep every digit both ways, and the model says whether they are numbers', async () => {
  const set = await setOf(
    sequence(
      '<xs:element name="d" type="xs:decimal"/><xs:element name="l" type="xs:long"/><xs:element name="i" type="xs:int"/><xs:element name="f" type="xs:double"/><xs:element name="b" type="xs:boolean"/>',
    ),
  )
  const inner =
    '<n1:d> 12345678901234567890.10 </n1:d><n1:l>9007199254740993</n1:l><n1:i>5</n1:i><n1:f>0.1</n1:f><n1:b>1</n1:b>'
  assert.deepEqual(read(set, inner), {
    d: '12345678901234567890.10',
    l: '9007199254740993',
    i: 5,
    f: 0.1,
    b: true,
  })
  const wants = (type: string) => ({
    type: 'object',
    properties: { d: { type }, l: { type }, i: { type }, f: { type }, b: { type } },
  })
  assert.deepEqual(read(set, inner, wants('string')), {
    d: ' 12345678901234567890.10 '.trim(),
    l: '9007199254740993',
    i: '5',
    f: '0.1',
    b: '1',
  })
  const small = '<n1:d>12.50</n1:d><n1:l>7</n1:l><n1:i>5</n1:i><n1:f>INF</n1:f><n1:b>true</n1:b>'
  assert.deepEqual(read(set, small, wants('number')), { d: 12.5, l: 7, i: 5, f: 'INF', b: 'true' })
  assert.match(
    write(set, { d: 1e21, l: 2n ** 62n, i: '+5', f: 1e21, b: false }),
    /<n1:d>1000000000000000000000<.*<n1:l>4611686018427387904<.*<n1:i>\+5<.*<n1:f>1e\+21<.*<n1:b>false</,
  )
  assert.match(
    write(set, { d: 1e-7, l: 1, i: 1, f: Number.POSITIVE_INFINITY, b: '0' }),
    /<n1:d>0\.0000001<.*<n1:f>INF<.*<n1:b>0</,
  )
  assert.throws(() => write(set, { d: Number.NaN, l: 1, i: 1, f: 1, b: true }), /d is no decimal/)
  assert.throws(() => write(set, { d: 1, l: '9223372036854775808', i: 1, f: 1, b: true }), /l is more than/)
})

test('one element of a list is a list, a required list is there when it is empty, nil is null, what is absent is absent', async () => {
  const set = await setOf(
    sequence(
      '<xs:element name="x" type="xs:string" minOccurs="0" maxOccurs="unbounded" nillable="true"/><xs:element name="y" type="xs:string" minOccurs="0"/><xs:element name="e" minOccurs="0"><xs:complexType><xs:sequence/></xs:complexType></xs:element>',
    ),
  )
  assert.deepEqual(read(set, '<n1:x/>'), { x: [''] })
  assert.deepEqual(read(set, '<n1:x xsi:nil="true"/><n1:x xsi:nil="false">z</n1:x><n1:e/>'), {
    x: [null, 'z'],
    e: {},
  })
  assert.deepEqual(read(set, ''), {})
  const schema = {
    type: 'object',
    required: ['x'],
    properties: { x: { type: 'array', items: { type: 'string' } } },
  }
  assert.deepEqual(read(set, '', schema), { x: [] })
  assert.deepEqual(reread(set, { x: [null, ''] }), { x: [null, ''] })
})

test('servers that qualify otherwise than the schema, CDATA, comments, text with attributes and elements that nobody declared are read', async () => {
  const set =
    await setOf(`<xs:element name="a"><xs:complexType><xs:sequence><xs:element name="x" type="xs:string"/><xs:element name="m" type="t:Money" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>
    <xs:complexType name="Money"><xs:simpleContent><xs:extension base="xs:decimal"><xs:attribute name="currency" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType>`)
  assert.deepEqual(read(set, '<x><![CDATA[<b>]]> &amp; <!-- c -->more</x>'), { x: '<b> & more' })
  assert.deepEqual(
    read(set, '<n1:x> a </n1:x><n1:m currency="EUR"> 1.50 </n1:m><n1:new><n1:y>1</n1:y></n1:new>'),
    {
      x: ' a ',
      m: { '@currency': 'EUR', '#text': '1.50' },
      new: { y: '1' },
    },
  )
  const plain = { type: 'object', properties: { m: { type: 'string' } } }
  assert.deepEqual(read(set, '<n1:x/><n1:m>1.5</n1:m>', plain), { x: '', m: '1.5' })
  assert.match(write(set, { x: 'x', m: '1.50' }), /<n1:m>1\.50<\/n1:m>/)
})

test('anything goes where the schema says nothing, and is read as the type that it names', async () => {
  const set = await setOf('<xs:element name="a"/>')
  assert.deepEqual(reread(set, { list: ['1', '2'], deep: { '@x': 'y', '#text': 't' }, none: null }), {
    list: ['1', '2'],
    deep: { '@x': 'y', '#text': 't' },
    none: null,
  })
  const text =
    '<n1:a xmlns:n1="urn:t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:int">5</n1:a>'
  const value = new ElementReader(set).element(
    readElements(Buffer.from(text)),
    set.element('{urn:t}a'),
    propertyOf(undefined),
  )
  assert.equal(value, 5)
})

test('every text that XML can hold survives, in elements and in attributes', async () => {
  const set = await setOf(
    '<xs:element name="a"><xs:complexType><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="t" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>',
  )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML cannot hold
  const impossible = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/
  const text = fc.string({ unit: 'binary' }).filter(each => !impossible.test(each) && each.isWellFormed())
  fc.assert(
    fc.property(text, text, (inner, attribute) => {
      const data = { '@t': attribute, '#text': inner }
      assert.deepEqual(reread(set, data), data)
    }),
  )
  assert.throws(() => write(set, { '#text': '\u0001' }), /U\+0001/)
})
