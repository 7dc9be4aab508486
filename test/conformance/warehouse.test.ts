import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { describeWarehouse, type WarehouseFixture } from '../../src/testing/describe-warehouse.ts'
import { until } from '../integration/sql-harness.ts'
import { startSqlProxy } from '../integration/sql-proxy.ts'
import { type TestWarehouse, warehouseProducts } from '../integration/warehouse-harness.ts'
import { query } from '../recovery/postgres-fixture.ts'

const program = fileURLToPath(new URL('warehouse-process.ts', import.meta.url))

for (const { name, skip, make } of warehouseProducts) {
  if (skip) describe(`warehouse (${name})`, () => it('conforms', { skip }, () => {}))
  else
    describeWarehouse(`(${name})`, async () => {
      const made = await make()
      return {
        ...made,
        dieIn: statements => dieIn(made.url, statements),
        ...(name === 'PostgreSQL' && breakable(made)),
      }
    })
}

async function dieIn(url: string, statements: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [program, url, JSON.stringify(statements)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  // The server goes on until it looks for its client.
  if (url.startsWith('postgres')) await until(async () => (await busy(url)) === 0)
}

async function busy(url: string): Promise<number> {
  const others = `select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
  return Number((await query(others, [], url))[0]?.count)
}

function breakable(made: TestWarehouse): Pick<WarehouseFixture, 'openBreakable'> {
  return {
    async openBreakable() {
      const proxy = await startSqlProxy(made.url)
      const { warehouse, close } = await made.open(proxy.url)
      return {
        warehouse,
        async close() {
          await close()
          await proxy.close()
        },
        down: async () => {
          proxy.set('down')
          proxy.cut()
        },
        up: async () => proxy.set('open'),
        loseAnswer: async () => proxy.loseAnswer('commit\0'),
      }
    },
  }
}
