import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEdmx } from '../../src/connectors/odata/index.ts'
import type { ContractDocument } from '../../src/contract/contract.ts'
import { IsthmusError } from '../../src/errors.ts'

const edmx = 'xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"'
const edm = 'xmlns="http://docs.oasis-open.org/odata/ns/edm"'

function documentOf(text: string, others: Readonly<Record<string, string>> = {}): ContractDocument {
  return {
    location: 'service.xml',
    body: Buffer.from(text),
    async load(reference) {
      const other = others[reference]
      if (other === undefined) throw new IsthmusError('CONTRACT-REFERENCE', `${reference} is not there`)
      return documentOf(other, others)
    },
  }
}

const service = (inner: string, reference = '') =>
  `<edmx:Edmx Version="4.0" ${edmx}>${reference}<edmx:DataServices><Schema Namespace="S" ${edm}>${inner}</Schema></edmx:DataServices></edmx:Edmx>`

test('a description with a document type, or that is none, is refused with its place', async () => {
  const bad: [string, RegExp][] = [
    [`<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>\n${service('')}`, /DOCTYPE/],
    [service('<EntityType Name="A">'), /service.xml:1: malformed XML/],
    ['{"openapi":"3.1.0"}', /service.xml/],
    ['<html></html>', /service.xml.*Edmx/],
    [`<edmx:Edmx Version="4.0" ${edmx}><edmx:DataServices/></edmx:Edmx>`, /without a schema/],
  ]
  for (const [text, reason] of bad)
    await assert.rejects(
      readEdmx(documentOf(text)),
      (error: IsthmusError) => error.code === 'CONTRACT-UNREADABLE' && reason.test(error.message),
      text,
    )
})

test('names of a description are names, whatever they say, and types that contain themselves end', async () => {
  const contract = await readEdmx(
    documentOf(
      service(`
        <EntityType Name="x');exit('" BaseType="S.B"><Key><PropertyRef Name="__id"/></Key>
          <Property Name="__id" Type="Edm.String"/><NavigationProperty Name="self" Type="Collection(S.x');exit(')"/></EntityType>
        <EntityType Name="B" BaseType="S.B"/>
        <EntityType Name="b"/>
        <EntityContainer Name="C"><EntitySet Name="ÄÖ'); drop" EntityType="S.B"/></EntityContainer>`),
    ),
  )
  assert.deepEqual(
    contract.models.map(({ name }) => name),
    ['XExit', 'B', 'B2', 'BKey'],
  )
  for (const { name, options } of contract.channels) {
    assert.match(name, /^[a-z][a-z0-9-]*$/)
    assert.equal(options.set?.text, `'ÄÖ\\'); drop'`)
  }
  const self = JSON.stringify(contract.models[0]?.schema.properties ?? {})
  assert.deepEqual(JSON.parse(self).self, { type: 'array', items: { $ref: '#/$defs/XExit' } })
})

test('documents whose types are used are read too, and one that is missing is a problem', async () => {
  const reference = `<edmx:Reference Uri="./people.xml"><edmx:Include Namespace="P" Alias="People"/></edmx:Reference>
    <edmx:Reference Uri="https://vocabularies.example/Core.xml"><edmx:Include Namespace="Core"/></edmx:Reference>`
  const text = service(
    '<EntityType Name="A"><NavigationProperty Name="who" Type="People.Person"/></EntityType>',
    reference,
  )
  const people = `<edmx:Edmx Version="4.0" ${edmx}><edmx:DataServices><Schema Namespace="P" ${edm}>
    <ComplexType Name="Person"><Property Name="name" Type="Edm.String"/></ComplexType></Schema></edmx:DataServices></edmx:Edmx>`
  const whole = await readEdmx(documentOf(text, { './people.xml': people }))
  assert.deepEqual(whole.problems, [])
  assert.ok(whole.models.some(({ name }) => name === 'Person'))
  const partly = await readEdmx(documentOf(text))
  assert.match(partly.problems.map(({ problem }) => problem).join(), /P is missing: .*people.xml/)
})

test('what a set does not allow is not proposed, and each proposal says why', async () => {
  const contract = await readEdmx(
    documentOf(
      service(`
        <EntityType Name="Order"><Key><PropertyRef Name="no"/></Key><Property Name="no" Type="Edm.String" Nullable="false"/>
          <Property Name="at" Type="Edm.DateTimeOffset" Nullable="false"><Annotation Term="Org.OData.Core.V1.Computed"/></Property></EntityType>
        <EntityContainer Name="C"><EntitySet Name="Orders" EntityType="S.Order">
          <Annotation Term="Org.OData.Capabilities.V1.DeleteRestrictions"><Record><PropertyValue Property="Deletable" Bool="false"/></Record></Annotation>
        </EntitySet></EntityContainer>
        <Annotations Target="S.C/Orders"><Annotation Term="Org.OData.Capabilities.V1.UpdateRestrictions">
          <Record><PropertyValue Property="Updatable" Bool="false"/></Record></Annotation></Annotations>`),
    ),
  )
  assert.deepEqual(
    contract.channels.map(({ name, effect }) => [name, effect?.kind]),
    [
      ['orders', undefined],
      ['get-orders', 'read'],
      ['create-orders', 'irreversible'],
    ],
  )
  assert.deepEqual(contract.models[0]?.schema.required, ['no'])
  assert.ok(contract.channels.every(({ effect }) => effect === undefined || effect.why.length > 10))
})
