import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duckdb } from '../../src/connectors/duckdb/index.ts'
import { sql } from '../../src/connectors/sql/index.ts'
import type { Connection, Connector } from '../../src/system/connector.ts'
import type { Warehouse } from '../../src/system/warehouse.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import type { OpenedWarehouse } from '../../src/testing/describe-warehouse.ts'
import { freshSchema, query, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { patient } from './patience.ts'

/** A warehouse of its own, empty when made. */
export interface TestWarehouse {
  readonly url: string
  open(url?: string): Promise<OpenedWarehouse>
  destroy(): Promise<void>
}

export interface WarehouseProduct {
  readonly name: 'DuckDB' | 'PostgreSQL'
  /** For `skip` of node:test. */
  readonly skip: string | false
  make(): Promise<TestWarehouse>
}

export const warehouseProducts: readonly WarehouseProduct[] = [
  { name: 'DuckDB', skip: false, make: duckdbFile },
  { name: 'PostgreSQL', skip: withoutPostgres, make: postgresOfItsOwn },
]

export async function duckdbFile(): Promise<TestWarehouse> {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-duckdb-'))
  const url = join(folder, 'warehouse.db')
  return {
    url,
    open: (file = url) => opened(duckdb({ file, memory: '512MB' })),
    destroy: () => rm(folder, { recursive: true }),
  }
}

/** Schemas are part of what is tried, so that it takes a database. */
export async function postgresOfItsOwn(): Promise<TestWarehouse> {
  const name = freshSchema()
  await query(`create database "${name}"`)
  const address = new URL(testUrl)
  address.pathname = `/${name}`
  return {
    url: address.href,
    open: (url = address.href) => opened(sql({ url, ...patient })),
    destroy: async () => void (await query(`drop database "${name}" with (force)`)),
  }
}

async function opened(connector: Connector): Promise<OpenedWarehouse> {
  const connection: Connection = await connector.connect(connectContext())
  return {
    warehouse: () => (connection.warehouse as () => Warehouse)(),
    close: () => connection.close(),
  }
}
