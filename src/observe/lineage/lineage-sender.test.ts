import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { EngineEvent } from '../../engine/events.ts'
import { FieldGraph } from './field-graph.ts'
import { LineageSender, lineageUrl } from './lineage-sender.ts'

const graph = new FieldGraph({
  places: [
    { id: 'erp.orders', kind: 'source', fields: ['no'], personal: [] },
    { id: 'dwh.orders', kind: 'table', fields: ['no'], personal: [] },
  ],
  links: [
    {
      from: { place: 'erp.orders', field: 'no' },
      to: { place: 'dwh.orders', field: 'no' },
      by: { kind: 'pipeline', name: 'nightly', step: 'orders' },
      uses: ['identity'],
      complete: true,
    },
  ],
  gaps: [],
  uses: [],
})
const landscape = { name: 'plant', flows: [], sagas: [], aggregates: [], projections: [] }
const run = (status: 'running' | 'published') =>
  ({
    type: 'run',
    pipeline: 'nightly',
    key: '2026-05-01T00:00:00Z',
    status,
    trigger: 'schedule',
    ms: 1,
    counts: [],
  }) satisfies EngineEvent

test('a collector is told what is made of what, and each run once when it begins and when it ends', async t => {
  const events: { eventType?: string; run?: { runId: string } }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', part => {
      body += part
    })
    request.on('end', () => {
      events.push(JSON.parse(body))
      response.writeHead(201).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage`
  const problems: string[] = []
  const sender = new LineageSender({
    url,
    landscape,
    graph: async () => graph,
    told: each => problems.push(each),
  })
  await sender.begin(0)
  for (const status of ['running', 'running', 'published'] as const) sender.watch(run(status))
  await new Promise(setImmediate)
  await sender.close()
  assert.deepEqual(
    events.map(({ eventType }) => eventType),
    [undefined, 'START', 'COMPLETE'],
  )
  assert.equal(events[1]?.run?.runId, events[2]?.run?.runId)
  assert.deepEqual(problems, [])
})

test('a collector that is away is told of once, and disturbs nobody', async () => {
  const problems: string[] = []
  const url = 'http://127.0.0.1:1/'
  const sender = new LineageSender({
    url,
    landscape,
    graph: async () => graph,
    told: each => problems.push(each),
  })
  await sender.begin(0)
  await sender.close()
  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /1 events were not told/)
  assert.throws(() => lineageUrl({ ISTHMUS_OPENLINEAGE_URL: 'marquez' }), { code: 'CONFIG-INVALID' })
})
