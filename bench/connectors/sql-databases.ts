import { randomBytes } from 'node:crypto'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import type { Servers } from './comparison.ts'

/** The columns are the fields of an order, in their order. */
export function createTable(name: string, more: string): string {
  return `create table ${name} (no varchar(40) primary key, customer varchar(40), sku varchar(40), qty integer,
    amount numeric(12, 2), note text${more})`
}

/** Orders as a query of PostgreSQL, from `first` on. */
export function generated(first: number, rows: number): string {
  return `select 'O' || n, 'C' || n % 997, 'bolt-' || n % 89, n % 50, (n % 1000) + 0.5, repeat('Deliver ', 12)
    from generate_series(${first}, ${first + rows - 1}) n`
}

/** A schema of its own in the test server. With `pipeline` the pool's queries do not wait for one another's answers. */
export async function postgresSchema(servers: Servers, pipeline = false) {
  const schema = `bench_${randomBytes(4).toString('hex')}`
  const url = new URL(servers.ISTHMUS_TEST_POSTGRES ?? '')
  const admin = new pg.Client({ connectionString: url.href })
  await admin.connect()
  await admin.query(`create schema ${schema}`)
  url.searchParams.set('options', `-c search_path=${schema}`)
  const config = { connectionString: url.href, max: 4, pipeline }
  const pool = new pg.Pool(config)
  return {
    url: url.href,
    schema,
    pool,
    async close() {
      await pool.end()
      await admin.query(`drop schema ${schema} cascade`)
      await admin.end()
    },
  }
}

/** A database of its own in the test server. */
export async function mariadbDatabase(servers: Servers) {
  const name = `bench_${randomBytes(4).toString('hex')}`
  const url = new URL(servers.ISTHMUS_TEST_MARIADB ?? '')
  const admin = createPool({ uri: url.href, connectionLimit: 1 })
  await admin.query(`create database ${name}`)
  url.pathname = `/${name}`
  const pool = createPool({ uri: url.href, connectionLimit: 10 })
  return {
    url: url.href,
    pool,
    async close() {
      await pool.end()
      await admin.query(`drop database ${name}`)
      await admin.end()
    },
  }
}
