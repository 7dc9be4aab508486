import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startInstance } from '../../src/server/instance.ts'
import { dropSlot } from '../../test/integration/capture-harness.ts'
import { postgresDatabase, until } from '../../test/integration/sql-harness.ts'
import { withoutPostgres } from '../../test/recovery/postgres-fixture.ts'
import example from './isthmus.ts'

test('a copy follows its table', { skip: withoutPostgres, timeout: 240_000 }, async () => {
  const database = await postgresDatabase()
  const data = mkdtempSync(join(tmpdir(), 'isthmus-capture-'))
  await database.run('create table orders (no text primary key, material text, quantity numeric)')
  await database.run('create table orders_copy (no text primary key, material text, quantity numeric)')
  await database.run("insert into orders values ('A', 'steel', 1.50), ('B', 'copper', 2)")
  const environment = { MES_DATABASE: database.url, COPY_DATABASE: database.url }
  const instance = await startInstance({
    landscape: example,
    data,
    port: 0,
    control: { port: 0 },
    environment,
    log: () => {},
  })
  try {
    const rows = async (table: string) =>
      JSON.stringify(await database.run(`select * from ${table} order by no`))
    const equal = async () => (await rows('orders')) === (await rows('orders_copy'))
    await until(equal)
    await database.run("update orders set quantity = 9007199254740993.10 where no = 'A'")
    await database.run("delete from orders where no = 'B'")
    await database.run("insert into orders values ('C', 'tin', 0)")
    await until(equal)
    const copy = await database.run('select no, quantity from orders_copy order by no')
    assert.deepEqual(copy, [
      { no: 'A', quantity: '9007199254740993.10' },
      { no: 'C', quantity: '0' },
    ])
  } finally {
    await instance.stop()
    rmSync(data, { recursive: true, force: true })
    await dropSlot(database, 'isthmus_mes_orders')
    await database.run('drop publication if exists isthmus_mes_orders')
    await database.destroy()
  }
})
