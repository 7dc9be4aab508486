import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { controlRoutes } from '../../src/server/control/routes.ts'
import { controlScene, until } from './control-scene.ts'

interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
}

interface Operation {
  readonly operationId: string
  readonly security?: unknown[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
  readonly responses: Record<string, { readonly content: Record<string, { readonly schema: object }> }>
}

const examples = { flow: 'booking', seq: '1', system: 'shop', version: '1', model: 'Order.v1' }
const queries: Record<string, string> = {
  '/api/v1/messages': '?key=1',
  '/api/v1/search': '?q=1',
  '/api/v1/trace': '?key=1',
  '/api/v1/series': '?flow=booking',
  '/api/v1/lineage': '?model=Order.v1&field=no',
  '/api/v1/why': '?key=1&field=no',
  '/api/v1/flows/{flow}/messages/{seq}/payload': '?index=0&side=before',
}

test('the description names every route, its parameters and what it answers, and the answers are so', async t => {
  const scene = await controlScene(t)
  await scene.accept([{ no: '1', buyer: 'Li Na', ask: 'refuse' }])
  await until(async () => (await scene.instance.operations.parked({})).messages.length === 1)
  const document = (await (await scene.ask('/api/v1/openapi.json')).json()) as Document
  assert.equal(document.openapi, '3.1.0')
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operation,
    })),
  )
  assert.deepEqual(
    described.map(({ method, path }) => `${method} ${path}`),
    controlRoutes.map(({ method, path }) => `${method} ${path}`),
  )
  assert.equal(new Set(described.map(({ operation }) => operation.operationId)).size, described.length)
  const ajv = new Ajv2020({ strict: false })
  for (const { path, method, operation } of described) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const inPath = (operation.parameters ?? []).filter(
      parameter => parameter.in === 'path' && parameter.required,
    )
    assert.deepEqual(
      inPath.map(({ name }) => name),
      named,
    )
    const [type, { schema }] = Object.entries(operation.responses[200]?.content ?? {})[0] as [
      string,
      { schema: object },
    ]
    // Answers about sagas, batches, alerts, people and pipelines are looked at where there are some.
    const isElsewhere = /\{(saga|selection|batch|id|account|pipeline)\}|\/me\/|\/oidc\//.test(path)
    if (method === 'POST' || type !== 'application/json' || isElsewhere) continue
    const asked = Object.entries(examples).reduce(
      (all, [name, value]) => all.replace(`{${name}}`, value),
      path,
    )
    const response = await scene.ask(asked + (queries[path] ?? ''))
    assert.equal(response.status, 200, path)
    const fits = ajv.compile(schema)
    assert.ok(fits(await response.json()), `${path}: ${ajv.errorsText(fits.errors)}`)
  }
})
