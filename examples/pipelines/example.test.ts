import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { checkLandscape } from '../../src/flow/check.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'

test('orders of an ERP stand in the warehouse with their turnover, bad rows aside', async t => {
  const before = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-example-'))
  process.chdir(folder)
  t.after(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })
  mkdirSync('data')
  const erp = new DatabaseSync('data/erp.db')
  erp.exec('create table orders (no text primary key, customer text, day text, amount text, changed text)')
  const day = new Date(Date.now() - 1000 * 60 * 60 * 12).toISOString().slice(0, 10)
  const insert = erp.prepare('insert into orders values (?, ?, ?, ?, ?)')
  for (let n = 1; n <= 60; n++)
    insert.run(`SO-${n}`, n % 2 ? ' ann ' : 'Bob', day, n === 7 ? '?' : '1.5', `${day}T00:00:00Z`)
  erp.close()
  const { default: landscape } = await import('./isthmus.ts')
  assert.deepEqual(checkLandscape(landscape), [])
  const store = memoryStore()
  const engine = await startEngine({
    landscape,
    store,
    claim: await store.claim('test'),
    host: realHost(),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: assert.ifError,
    watch: () => {},
  })
  const key = await engine.pipelines.order('night', { by: 'test', why: 'test' })
  let state = await engine.pipelines.state('night', key)
  while (!state || state.status === 'running') {
    await new Promise(resolve => setTimeout(resolve, 10))
    state = await engine.pipelines.state('night', key)
  }
  assert.equal(state.failure, undefined)
  const counts = { read: 60, filtered: 0, parked: 1, superseded: 0, written: 59 }
  assert.deepEqual(state.loaded.get('sales_orders')?.counts, counts)
  const warehouse = engine.pipelines.options.warehouse('dw')
  const sql =
    'select customer, count(*) as orders, sum(amount) as amount from sales_orders group by customer order by 1'
  const rows = (await Array.fromAsync(warehouse.query(sql, new AbortController().signal))).flat()
  assert.deepEqual(rows, [
    { customer: 'ANN', orders: 29, amount: '43.50' },
    { customer: 'BOB', orders: 30, amount: '45.00' },
  ])
  await engine.stop()
})
