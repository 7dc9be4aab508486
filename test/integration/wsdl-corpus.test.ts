import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Contract } from '../../src/contract/contract.ts'
import { openDocument } from '../../src/contract/open-document.ts'
import { readWsdl } from '../../src/contract/wsdl/read-wsdl.ts'
import { readXsd } from '../../src/contract/xsd/read-xsd.ts'
import { model } from '../../src/model/model.ts'
import { read } from '../../src/system/effect.ts'
import { wholeB2mml } from './b2mml.ts'
import { startServer } from './http-harness.ts'
import { Anything, ask, canonical, open } from './soap-harness.ts'

const corpus = process.env.ISTHMUS_CORPUS ?? ''
const options = { skip: corpus === '' && 'set ISTHMUS_CORPUS to the folder of real files to run it' }

/** File to services, ports, operations, messages, global elements, named types, and what is proposed to be called. */
const documents: Readonly<Record<string, readonly number[]>> = {
  'calculator-soap11and12.wsdl': [1, 2, 4, 8, 8, 0, 4],
  'countryInformation.wsdl': [1, 2, 21, 42, 42, 12, 21],
  'loopReferences.wsdl': [1, 1, 1, 2, 2, 16, 1],
  'manyfaults.wsdl': [1, 1, 1, 5, 5, 5, 1],
  'multipleSchemaUsed.wsdl': [1, 2, 4, 8, 1, 0, 4],
  'sap-bydesign-bank.wsdl': [1, 2, 2, 5, 5, 61, 2],
  'sap-bydesign-purchase.wsdl': [1, 2, 4, 8, 8, 341, 4],
  'sfMinified.wsdl': [0, 0, 0, 0, 2, 10, 0],
  'usernameToken.wsdl': [1, 2, 2, 4, 4, 0, 2],
  'multi-file/ServicesWithPrincipalPrefix/goodService-common.wsdl': [0, 0, 1, 2, 3, 16, 0],
  'multi-file/W3Example/stockquote.wsdl': [0, 0, 1, 2, 2, 0, 0],
  'multi-file/W3Example/stockquoteservice.wsdl': [1, 1, 1, 2, 2, 0, 0],
  'multi-file/nestedFolders/wsdl/Services.wsdl': [1, 1, 1, 3, 1, 0, 1],
}

for (const [name, expected] of Object.entries(documents)) {
  test(`${name} is read`, options, async () => {
    const contract = await readWsdl(await openDocument(join(corpus, 'wsdl', name), join(corpus, 'wsdl')))
    const { services, ports, operations, messages, elements, types } = contract.counts
    assert.deepEqual(
      [services, ports, operations, messages, elements, types, contract.channels.length],
      expected,
    )
    checkWhole(contract)
  })
}

/** Documents that name what is not there: file to place and what is missing. */
const incomplete: Readonly<Record<string, RegExp>> = {
  'multi-file/counting/CountingCategoryService.wsdl':
    /CountingCategoryService\.wsdl:12: .*common\/v1\/CommonData\.xsd/,
  // Found only where file names ignore case.
  'multi-file/ServicesWithPrincipalPrefix/goodService.wsdl':
    /goodService\.wsdl:\d+: .*GoodService-common\.wsdl/,
}
for (const [name, message] of Object.entries(incomplete)) {
  test(`${name} names a document that is not there, and is told with path and line`, options, async () => {
    const document = await openDocument(join(corpus, 'wsdl', name), corpus)
    await assert.rejects(readWsdl(document), { code: 'CONTRACT-REFERENCE', message })
  })
}

test('every WSDL of the folder is among these', options, async () => {
  const files = await readdir(join(corpus, 'wsdl'), { recursive: true })
  const known = [...Object.keys(documents), ...Object.keys(incomplete)]
  assert.deepEqual(files.filter(name => name.endsWith('.wsdl')).sort(), known.sort())
})

test('duplicates and loose ends of real documents are problems with their places', options, async () => {
  const { problems } = await readWsdl(await openDocument(join(corpus, 'wsdl', 'sfMinified.wsdl')))
  assert.match(
    problems.find(({ problem }) => problem.includes('again'))?.place ?? '',
    /sfMinified\.wsdl:123$/,
  )
  const purchase = await readWsdl(await openDocument(join(corpus, 'wsdl', 'sap-bydesign-purchase.wsdl')))
  assert.equal(purchase.problems.length, 1)
  assert.ok(purchase.models.some(({ origin }) => origin.includes('{{url}}')))
})

test('the 14 schemas of B2MML are read, with what they include from one another', options, async t => {
  const folder = await wholeB2mml(t, corpus)
  const home = join(corpus, 'isa95-b2mml', 'xsd')
  const files = (await readdir(home)).filter(name => name.endsWith('.xsd')).sort()
  assert.equal(files.length, 14)
  const types: number[] = []
  for (const file of files) {
    const contract = await readXsd(await openDocument(join(folder, file)))
    types.push(contract.counts.types ?? 0)
    // Only schemas that include OperationsTest indirectly know its types.
    for (const { problem } of contract.problems)
      assert.match(problem, /TestSpecificationType is not defined/, file)
    checkNames(contract)
  }
  assert.deepEqual(types, [153, 153, 11, 155, 11, 184, 153, 203, 182, 175, 165, 176, 184, 179])
})

test('a schema of B2MML that includes what is not there is told with path and line', options, async () => {
  const document = await openDocument(join(corpus, 'isa95-b2mml', 'xsd', 'B2MML-Material.xsd'))
  await assert.rejects(readXsd(document), {
    code: 'CONTRACT-REFERENCE',
    message: /B2MML-Common\.xsd:6: .*InformationObject/,
  })
})

/** Every model is valid JSON Schema, too. */
function checkWhole(contract: Contract): void {
  const $defs = checkNames(contract)
  const all = { $defs, anyOf: Object.keys($defs).map(name => ({ $ref: `#/$defs/${name}` })) }
  if (all.anyOf.length > 0) model('All', { version: 1, schema: all as object }).validate({})
}

/** Names are unique, and every reference leads to a model. */
function checkNames({ models, channels }: Contract): Record<string, object> {
  const names = models.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  const $defs = Object.fromEntries(models.map(({ name, schema }) => [name, schema]))
  for (const [, name = ''] of JSON.stringify($defs).matchAll(/"#\/\$defs\/([^"]*)"/g))
    assert.ok($defs[name], name)
  for (const { model: request, answer } of channels)
    for (const name of [request, answer]) if (name !== undefined) assert.ok($defs[name], name)
  return $defs
}

test('an operation of recursive vendor types is called', options, async t => {
  const { url, received } = await startServer(t, (_, response) => response.writeHead(503).end())
  const wsdl = join(corpus, 'wsdl', 'sap-bydesign-purchase.wsdl')
  const { owner, connection } = await open(t, { wsdl, url })
  const channel = owner.operation('read', {
    operation: 'ManagePurchaseOrderInRead',
    request: Anything,
    effect: read,
  })
  const UUID = ['12345678-1234-1234-1234-1234567890ab']
  const answer = await ask(connection, channel, { PurchaseOrder: { UUID, ID: [{ '#text': '4711' }] } })
  assert.equal(received.length, 1, JSON.stringify(answer))
  assert.match(
    canonical(received[0]?.body ?? ''),
    /<\{http:\/\/\{\{url\}\}\/xi\/[^}]*\}PurchaseOrderByIDQuery_sync ><\{\}PurchaseOrder ><\{\}ID >4711</,
  )
})
