import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FieldGraph, type Place, type Use } from './field-graph.ts'
import { datasetEvents, runEvent } from './open-lineage.ts'

const place = (id: string, kind: Place['kind'], ...fields: string[]): Place => ({
  id,
  kind,
  fields,
  personal: [],
})
const by = { kind: 'pipeline', name: 'nightly', step: 'sales' } as const
const link = (from: string, to: string, ...uses: Use[]) => {
  const at = (text: string) => ({
    place: text.slice(0, text.lastIndexOf('.')),
    field: text.slice(text.lastIndexOf('.') + 1),
  })
  return { from: at(from), to: at(to), by, uses, complete: true }
}
const graph = new FieldGraph({
  places: [
    place('erp.orders', 'source', 'no', 'amount'),
    place('nightly/orders/map', 'step', 'id', 'net'),
    place('dwh.orders', 'table', 'id', 'net'),
    place('dwh.sales', 'table', 'total'),
  ],
  links: [
    link('erp.orders.no', 'nightly/orders/map.id', 'identity'),
    link('erp.orders.amount', 'nightly/orders/map.net', 'transformation'),
    link('nightly/orders/map.id', 'dwh.orders.id', 'identity'),
    link('nightly/orders/map.net', 'dwh.orders.net', 'identity'),
    link('dwh.orders.net', 'dwh.sales.total', 'aggregation'),
    link('dwh.orders.id', 'dwh.sales.total', 'filter'),
  ],
  gaps: [],
  uses: [],
})
const at = '2026-05-01T00:00:00Z'

test('data sets are told with their columns, through the steps between', () => {
  const events = datasetEvents(graph, 'plant', at)
  assert.deepEqual(
    events.map(({ dataset }) => (dataset as { name: string }).name),
    ['orders', 'sales'],
  )
  const [orders, sales] = events.map(({ dataset }) => columnsOf(dataset))
  assert.deepEqual(orders?.net, [input('erp', 'orders', 'amount', ['DIRECT', 'TRANSFORMATION'])])
  assert.deepEqual(sales?.total, [
    input('dwh', 'orders', 'net', ['DIRECT', 'AGGREGATION']),
    input('dwh', 'orders', 'id', ['INDIRECT', 'FILTER']),
  ])
  for (const event of events) requiredFields(event, 'DatasetEvent')
})

test('a run is told with what it reads and makes', () => {
  const event = runEvent(graph, {
    landscape: 'plant',
    pipeline: 'nightly',
    runId: '018f2b5e-0000-7000-8000-000000000001',
    state: 'COMPLETE',
    at,
    tables: ['dwh.orders', 'dwh.sales'],
    from: '2026-04-30T00:00:00Z',
    until: '2026-05-01T00:00:00Z',
  })
  requiredFields(event, 'RunEvent')
  const names = (all: unknown) => (all as { namespace: string; name: string }[]).map(({ name }) => name)
  assert.deepEqual([names(event.inputs), names(event.outputs)], [['orders'], ['orders', 'sales']])
  assert.deepEqual(event.job, { namespace: 'isthmus://plant', name: 'nightly', facets: {} })
})

function columnsOf(dataset: unknown): Readonly<Record<string, unknown>> {
  const { facets } = dataset as {
    facets: { columnLineage: { fields: Record<string, { inputFields: unknown }> } }
  }
  const fields = Object.entries(facets.columnLineage.fields)
  return Object.fromEntries(fields.map(([name, { inputFields }]) => [name, inputFields]))
}

function input(system: string, name: string, field: string, [type, subtype]: readonly string[]) {
  const transformations = [{ type, subtype, description: '', masking: false }]
  return { namespace: `isthmus://plant/${system}`, name, field, transformations }
}

/** What the specification demands of every event, data set and facet. */
function requiredFields(event: Readonly<Record<string, unknown>>, kind: string): void {
  assert.match(String(event.eventTime), /^\d{4}-\d\d-\d\dT/)
  assert.match(String(event.producer), /^\w+:/)
  assert.equal(event.schemaURL, `https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/${kind}`)
  const datasets = [event.dataset, event.inputs, event.outputs].flat().filter(Boolean) as OpenSet[]
  for (const { namespace, name, facets } of datasets) {
    assert.ok(namespace && name)
    for (const facet of Object.values(facets)) {
      assert.match(String(facet._producer), /^\w+:/)
      assert.match(String(facet._schemaURL), /^https:\/\/openlineage\.io\/spec\/facets\//)
    }
  }
  if (kind === 'RunEvent') assert.match(String((event.run as { runId: string }).runId), /^[0-9a-f-]{36}$/)
}

interface OpenSet {
  readonly namespace: string
  readonly name: string
  readonly facets: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
