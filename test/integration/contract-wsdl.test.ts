import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { readWsdl } from '../../src/contract/wsdl/read-wsdl.ts'
import { corpus, corpusOptions, modelsOf, moduleOf, Project, readContract } from './contract-harness.ts'

const real = [
  'sap-bydesign-purchase',
  'sap-bydesign-bank',
  'countryInformation',
  'loopReferences',
  'calculator-soap11and12',
  'usernameToken',
  'manyfaults',
  'multipleSchemaUsed',
]
test('real WSDL documents become modules that compile and load', corpusOptions, async t => {
  const project = new Project(t)
  for (const name of real) {
    const contract = await readContract(readWsdl, join(corpus, `wsdl/${name}.wsdl`))
    project.write(`${name}.ts`, moduleOf(contract))
    const module = await project.load(`${name}.ts`)
    assert.equal(Object.keys(module).length, contract.models.length + contract.channels.length + 1, name)
    if (contract.models.length < 60) modelsOf(module)
  }
  assert.equal(await project.typeCheck(), '')
})
