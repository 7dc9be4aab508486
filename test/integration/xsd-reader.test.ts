import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Contract } from '../../src/contract/contract.ts'
import { readXsd } from '../../src/contract/xsd/read-xsd.ts'
import { model } from '../../src/model/model.ts'
import { documentOf, schemaOf } from './contract-texts.ts'

async function read(files: Record<string, string> | string): Promise<Contract> {
  return readXsd(documentOf(typeof files === 'string' ? { 'a.xsd': schemaOf(files) } : files))
}

function schemaIn({ models }: Contract, name: string) {
  const found = models.find(each => each.name === name)
  assert.ok(found, `no model ${name} among ${models.map(each => each.name)}`)
  return found.schema
}

/** A model whose schema carries the others, as an import writes it. */
function modelIn(contract: Contract, name: string) {
  const $defs = Object.fromEntries(contract.models.map(each => [each.name, each.schema]))
  const schema = { $ref: `#/$defs/${name}`, $defs } as object
  return model('Whole', { version: 1, schema })
}

const order = `
  <xs:element name="order" type="t:Order"/>
  <xs:complexType name="Order">
    <xs:sequence>
      <xs:element name="no" type="xs:string"/>
      <xs:element name="line" type="t:Line" maxOccurs="unbounded"/>
      <xs:element name="note" type="xs:string" minOccurs="0" nillable="true"/>
      <xs:choice><xs:element name="card" type="xs:int"/><xs:element name="cash" type="xs:boolean"/></xs:choice>
    </xs:sequence>
    <xs:attribute name="id" type="xs:long" use="required"/>
  </xs:complexType>
  <xs:complexType name="Line">
    <xs:sequence>
      <xs:element name="price" type="t:Money"/>
      <xs:element name="when" type="xs:date"/>
      <xs:element name="part" type="t:Line" minOccurs="0" maxOccurs="3"/>
    </xs:sequence>
  </xs:complexType>
  <xs:simpleType name="Money"><xs:restriction base="xs:decimal"><xs:fractionDigits value="2"/></xs:restriction></xs:simpleType>`

test('elements, attributes, lists, choices and recursion become models', async () => {
  const contract = await read(order)
  assert.deepEqual(contract.counts, {
    elements: 1,
    types: 3,
    'complex types': 2,
    'simple types': 1,
    groups: 0,
    attributes: 0,
    'attribute groups': 0,
    schemas: 1,
  })
  assert.deepEqual(contract.problems, [])
  const schema = schemaIn(contract, 'Order')
  assert.deepEqual(schema.required, ['@id', 'no', 'line'])
  const whole = modelIn(contract, 'Order')
  const line = { price: '12.50', when: '2026-05-04', part: [{ price: '1', when: '2026-05-04Z' }] }
  const data = { '@id': '9007199254740993', no: 'A', line: [line], note: null, card: 3 }
  assert.deepEqual(whole.validate(data), { ok: true, data })
  for (const bad of [
    { ...data, line: line },
    { ...data, line: [{ ...line, price: 12.5 }] },
    { ...data, line: [{ ...line, when: '4 May' }] },
    { ...data, card: '3' },
    { ...data, '@id': 'x' },
  ])
    assert.equal(whole.validate(bad).ok, false, JSON.stringify(bad))
})

test('simple types keep their enumerations and what JSON Schema can say of their facets', async () => {
  const contract = await read(`
    <xs:simpleType name="Colour"><xs:restriction base="xs:string"><xs:enumeration value="red"/><xs:enumeration value="blue"/></xs:restriction></xs:simpleType>
    <xs:simpleType name="Code"><xs:restriction base="xs:token"><xs:pattern value="[A-Z]{2}\\d+"/><xs:maxLength value="9"/></xs:restriction></xs:simpleType>
    <xs:simpleType name="Both"><xs:union memberTypes="t:Colour"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="none"/></xs:restriction></xs:simpleType></xs:union></xs:simpleType>
    <xs:element name="all"><xs:complexType><xs:all>
      <xs:element name="colour" type="t:Colour"/><xs:element name="code" type="t:Code"/><xs:element name="both" type="t:Both"/>
      <xs:element name="level"><xs:simpleType><xs:restriction base="xs:int"><xs:minInclusive value="1"/><xs:maxExclusive value="10"/></xs:restriction></xs:simpleType></xs:element>
    </xs:all></xs:complexType></xs:element>`)
  assert.deepEqual(schemaIn(contract, 'All').properties, {
    colour: { $ref: '#/$defs/Colour' },
    code: { type: 'string', maxLength: 9, pattern: '^(?:[A-Z]{2}\\d+)$' },
    both: { $ref: '#/$defs/Both' },
    level: { type: 'integer', minimum: 1, maximum: 9 },
  })
  assert.deepEqual(schemaIn(contract, 'Both'), { enum: ['red', 'blue', 'none'] })
})

test('extension, restriction, groups and substitution', async () => {
  const contract = await read(`
    <xs:complexType name="Base" abstract="true"><xs:sequence><xs:element name="id" type="xs:string"/></xs:sequence><xs:attribute name="a" type="xs:string"/></xs:complexType>
    <xs:complexType name="More"><xs:complexContent><xs:extension base="t:Base"><xs:sequence><xs:group ref="t:G"/></xs:sequence><xs:attributeGroup ref="t:AG"/></xs:extension></xs:complexContent></xs:complexType>
    <xs:complexType name="Less"><xs:complexContent><xs:restriction base="t:More"><xs:sequence><xs:element name="id" type="xs:string"/></xs:sequence><xs:attribute name="a" use="prohibited"/></xs:restriction></xs:complexContent></xs:complexType>
    <xs:complexType name="Priced"><xs:simpleContent><xs:extension base="xs:decimal"><xs:attribute name="currency" type="xs:string" use="required"/></xs:extension></xs:simpleContent></xs:complexType>
    <xs:group name="G"><xs:sequence><xs:element name="g" type="t:Priced"/></xs:sequence></xs:group>
    <xs:attributeGroup name="AG"><xs:attribute name="b" type="xs:boolean"/></xs:attributeGroup>
    <xs:element name="pet" abstract="true" type="xs:string"/>
    <xs:element name="cat" substitutionGroup="t:pet"/><xs:element name="dog" substitutionGroup="t:pet"/>
    <xs:element name="home"><xs:complexType><xs:sequence><xs:element ref="t:pet" maxOccurs="unbounded"/><xs:element name="any" type="t:Base"/></xs:sequence></xs:complexType></xs:element>`)
  const keys = (name: string) => Object.keys(schemaIn(contract, name).properties as object)
  assert.deepEqual(keys('More'), ['@xsi:type', '@a', '@b', 'id', 'g'])
  assert.deepEqual(keys('Less'), ['@xsi:type', '@b', 'id'])
  assert.deepEqual(schemaIn(contract, 'Priced').required, ['@currency', '#text'])
  const home = schemaIn(contract, 'Home').properties as Record<string, unknown>
  assert.deepEqual(Object.keys(home), ['cat', 'dog', 'any'])
  assert.deepEqual(home.cat, { type: 'array', items: { type: 'string' } })
  assert.deepEqual(home.any, { anyOf: [{ $ref: '#/$defs/More' }, { $ref: '#/$defs/Less' }] })
  assert.deepEqual(contract.problems, [])
})

test('names are unique across namespaces, and an included schema takes the namespace of its includer', async () => {
  const other = schemaOf('<xs:complexType name="Thing"/>').replace(
    'targetNamespace="urn:t"',
    'targetNamespace="urn:o"',
  )
  const chameleon = `<schema xmlns="http://www.w3.org/2001/XMLSchema"><complexType name="In"><sequence><element name="x" type="xs:int" xmlns:xs="http://www.w3.org/2001/XMLSchema"/></sequence></complexType></schema>`
  const contract = await read({
    'a.xsd': schemaOf(
      '<xs:include schemaLocation="c.xsd"/><xs:import namespace="urn:o" schemaLocation="o.xsd"/><xs:complexType name="thing"/><xs:element name="e" type="t:In"/>',
    ),
    'c.xsd': chameleon,
    'o.xsd': other,
  })
  const origins = contract.models.map(({ name, origin }) => [name, origin])
  assert.deepEqual(origins, [
    ['Thing', '{urn:t}thing'],
    ['In', '{urn:t}In'],
    ['Thing2', '{urn:o}Thing'],
  ])
  assert.deepEqual(contract.problems, [])
})

test('schemas that include one another end', async () => {
  const contract = await read({
    'a.xsd': schemaOf(
      '<xs:include schemaLocation="b.xsd"/><xs:complexType name="A"><xs:sequence><xs:element name="b" type="t:B"/></xs:sequence></xs:complexType>',
    ),
    'b.xsd': schemaOf(
      '<xs:include schemaLocation="a.xsd"/><xs:complexType name="B"><xs:sequence><xs:element name="a" type="t:A"/></xs:sequence></xs:complexType>',
    ),
  })
  assert.equal(contract.counts.types, 2)
})

test('types, groups and attribute groups that are made of themselves are problems, and end', async () => {
  const contract = await read(`
    <xs:complexType name="T"><xs:complexContent><xs:extension base="t:T"/></xs:complexContent></xs:complexType>
    <xs:group name="G"><xs:sequence><xs:group ref="t:G"/></xs:sequence></xs:group>
    <xs:attributeGroup name="A"><xs:attributeGroup ref="t:A"/></xs:attributeGroup>
    <xs:complexType name="U"><xs:sequence><xs:group ref="t:G"/></xs:sequence><xs:attributeGroup ref="t:A"/></xs:complexType>`)
  assert.equal(contract.problems.length, 3)
})

test('a definition that comes twice is a problem with its place, and reading goes on', async () => {
  const text = schemaOf(
    '\n<xs:complexType name="A"/>\n<xs:complexType name="A"/>\n<xs:complexType name="B"/>',
  )
  const contract = await read({ 'a.xsd': text })
  assert.deepEqual(contract.problems, [
    {
      place: 'a.xsd:3',
      problem: 'complexType {urn:t}A is defined again; the first definition counts, in a.xsd:2',
      duplicate: true,
    },
  ])
  assert.deepEqual(
    contract.models.map(({ name }) => name),
    ['A', 'B'],
  )
})

test('a schema that is not there is an error with the place that names it', async () => {
  const files = { 'a.xsd': schemaOf('\n<xs:include\n  schemaLocation="gone.xsd"/>') }
  await assert.rejects(read(files), {
    code: 'CONTRACT-REFERENCE',
    message: /^a\.xsd:2: gone\.xsd cannot be loaded/,
  })
})

test('what a schema names and nobody defines is a problem', async () => {
  const contract = await read(
    '\n<xs:element name="a" type="t:Gone"/>\n<xs:complexType name="B"><xs:sequence><xs:element ref="t:gone"/></xs:sequence></xs:complexType>',
  )
  assert.deepEqual(contract.problems.map(({ place }) => place).sort(), ['a.xsd:2', 'a.xsd:3'])
})

test('what is no schema is unreadable, with its place', async () => {
  const unreadable: [string, RegExp][] = [
    ['<xs:schema', /^a\.xsd:1: malformed XML/],
    ['<a>\n<b></a>', /^a\.xsd:2: malformed XML/],
    ['<html/>', /it is no XML schema, but a html/],
    ['<!DOCTYPE a><a/>', /DOCTYPE/],
  ]
  for (const [text, message] of unreadable)
    await assert.rejects(read({ 'a.xsd': text }), { code: 'CONTRACT-UNREADABLE', message })
})

test('a schema of a megabyte is read', async () => {
  const types = Array.from({ length: 5_000 }, (_, n) => {
    const base = n === 0 ? 'xs:anyType' : `t:T${n - 1}`
    const next = `<xs:element name="e${n}" type="t:T${(n * 7) % 5_000}" minOccurs="0"/>`
    // Chains of extension stay short, as real ones are.
    return n % 10 === 0
      ? `<xs:complexType name="T${n}"><xs:sequence>${next}</xs:sequence><xs:attribute name="a" type="xs:string"/></xs:complexType>`
      : `<xs:complexType name="T${n}"><xs:complexContent><xs:extension base="${base}"><xs:sequence>${next}</xs:sequence></xs:extension></xs:complexContent></xs:complexType>`
  })
  const contract = await read(types.join('\n'))
  assert.equal(contract.models.length, 5_000)
})
