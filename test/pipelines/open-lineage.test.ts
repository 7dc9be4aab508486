import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { landscape } from '../../src/flow/landscape.ts'
import { pipeline } from '../../src/flow/pipeline/pipeline.ts'
import { sqlModel } from '../../src/flow/pipeline/sql-model.ts'
import { table } from '../../src/flow/pipeline/table.ts'
import { fieldGraph } from '../../src/observe/lineage/landscape-graph.ts'
import { LineageSender } from '../../src/observe/lineage/lineage-sender.ts'
import { SourceFiles } from '../../src/observe/lineage/source-text.ts'
import { SqlReader } from '../../src/observe/lineage/sql/reader.ts'
import { Order, openShop, shopOrders, shopSystem, startPlant, Turnover, warehouseOf } from './shop.ts'

interface Told {
  readonly eventType?: string
  readonly run?: { readonly runId: string }
  readonly job?: { readonly name: string }
  readonly inputs?: readonly { readonly name: string }[]
  readonly outputs?: readonly { readonly name: string }[]
  readonly dataset?: {
    readonly name: string
    readonly facets: {
      readonly columnLineage?: { readonly fields: Record<string, { inputFields: object[] }> }
    }
  }
}

test('a collector is told of the tables, and of the runs of a pipeline', async t => {
  const told: Told[] = []
  const collector = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString()
    told.push(JSON.parse(body) as Told)
    response.writeHead(201).end()
  })
  await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve))
  t.after(() => collector.close())
  const shop = openShop()
  const [erp, dw] = [shopSystem(shop), warehouseOf(shop)]
  const orders = table(dw, 'orders', Order, { from: shopOrders(erp) })
  const turnover = table(dw, 'turnover', Turnover, {
    from: sqlModel`select customer, count(*) as orders, sum(amount) as amount from ${orders} group by customer`,
  })
  const night = pipeline('night', { tables: [orders, turnover] })
  const whole = landscape({ name: 'shop', systems: [erp, dw], flows: [], pipelines: [night] })
  const graph = fieldGraph(whole, new SourceFiles(), new SqlReader())
  const sender = new LineageSender({
    url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/api/v1/lineage`,
    landscape: whole,
    graph: () => graph,
    told: problem => assert.fail(problem),
  })
  const plant = await startPlant(shop, [erp, dw], [night])
  t.after(() => plant.stop())
  shop.add(1, 'acme', '10.5')
  await sender.begin(Date.now())
  const key = await plant.engine.pipelines.order('night', { by: 'ann', why: 'test' })
  assert.equal((await plant.over('night', key)).status, 'published')
  for (const event of plant.events) sender.watch(event)
  while (!told.some(({ eventType }) => eventType === 'COMPLETE'))
    await new Promise(resolve => setTimeout(resolve, 10))
  const runs = told.filter(({ eventType }) => eventType !== undefined)
  assert.deepEqual([...new Set(runs.map(({ eventType }) => eventType))], ['START', 'COMPLETE'])
  assert.equal(new Set(runs.map(({ run }) => run?.runId)).size, 1)
  assert.match(
    String(runs[0]?.run?.runId),
    /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  assert.deepEqual(
    runs
      .at(-1)
      ?.outputs?.map(({ name }) => name)
      .toSorted(),
    ['orders', 'turnover'],
  )
  const sums = told.find(({ dataset }) => dataset?.name === 'turnover')?.dataset
  assert.ok((sums?.facets.columnLineage?.fields.amount?.inputFields.length ?? 0) > 0)
})
