import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { readAsyncApi } from '../../src/contract/asyncapi/read.ts'
import { corpus, corpusOptions, modelsOf, moduleOf, Project, readContract } from './contract-harness.ts'

/** Channels, operations, messages, schemas of each document. */
const real: readonly (readonly [string, number, number, number, number, string])[] = [
  ['application-headers', 1, 1, 1, 3, 'mqtt'],
  ['correlation-id', 2, 2, 2, 3, 'mqtt'],
  ['operation-security', 1, 1, 1, 3, 'no protocol'],
  ['simple', 1, 1, 1, 0, 'no protocol'],
  ['streetlights-kafka', 4, 4, 3, 4, 'kafka-secure'],
  ['streetlights-mqtt', 4, 4, 3, 4, 'mqtt'],
]

test('real AsyncAPI documents become models that compile and load', corpusOptions, async t => {
  const project = new Project(t)
  for (const [name, channels, operations, messages, schemas, protocol] of real) {
    const contract = await readContract(readAsyncApi, join(corpus, `asyncapi/${name}-asyncapi.yml`))
    const { servers: _, ...counts } = contract.counts
    assert.deepEqual(counts, { channels, operations, messages, schemas }, name)
    assert.match(contract.problems[0]?.problem ?? '', new RegExp(`reached over ${protocol}, .*models only`))
    project.write(`${name}.ts`, moduleOf(contract))
    assert.equal(Object.keys(modelsOf(await project.load(`${name}.ts`))).length, contract.models.length)
  }
  assert.equal(await project.typeCheck(), '')
})

test('AsyncAPI 2 is read: messages in channels, one of several, and by reference', async t => {
  const project = new Project(t)
  const path = project.write(
    'old.yaml',
    `asyncapi: 2.6.0
info: { title: Old, version: "1" }
servers: { main: { url: x, protocol: amqp } }
channels:
  orders:
    publish: { message: { $ref: "#/components/messages/Placed" } }
    subscribe: { message: { oneOf: [ { $ref: "#/components/messages/Placed" }, { name: Paid, payload: { type: object, required: [amount], properties: { amount: { type: number } } } } ] } }
  raw:
    publish: { message: { name: Raw, schemaFormat: "application/vnd.apache.avro;version=1.9.0", payload: { type: record } } }
components:
  messages: { Placed: { payload: { $ref: "#/components/schemas/Order" } } }
  schemas: { Order: { type: object, required: [no], properties: { no: { type: string } } } }
`,
  )
  const contract = await readContract(readAsyncApi, path)
  assert.deepEqual(contract.counts, { channels: 2, operations: 3, messages: 3, schemas: 1, servers: 1 })
  assert.deepEqual(
    contract.models.map(({ name }) => name),
    ['Order', 'Placed', 'Paid'],
  )
  const told = contract.problems.map(({ place, problem }) => `${place.split('/').at(-1)} ${problem}`)
  assert.match(told[0] ?? '', /old\.yaml:9 the message Raw is described in application\/vnd\.apache\.avro/)
  assert.match(told[1] ?? '', /amqp/)
  project.write('old.ts', moduleOf(contract))
  assert.equal(await project.typeCheck(), '')
  const { Placed, Paid } = modelsOf(await project.load('old.ts'))
  assert.equal(Placed?.validate({ no: '1' }).ok, true)
  assert.equal(Placed?.validate({}).ok, false)
  assert.equal(Paid?.validate({ amount: 'x' }).ok, false)
})
