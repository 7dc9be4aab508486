import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { model, system, Type } from 'isthmus'
import { sql, sqlText } from 'isthmus/sql'
import { plantDirectory } from '../support/plant.ts'
import { type Calls, comparedCalls } from './calls.ts'
import { type Comparison, inBatches, type Servers, sideBySide } from './comparison.ts'
import { Order, order } from './orders.ts'
import { createTable, mariadbDatabase, postgresSchema } from './sql-databases.ts'

/** As many as the sink puts into one transaction. */
const batch = 500
const columns = ['no', 'customer', 'sku', 'qty', 'amount', 'note'] as const

/** A database with the tables `orders`, for the connector, and `plain`, for the library. */
interface Database {
  readonly url: string
  insert(orders: readonly Order[]): Promise<unknown>
  close(): Promise<unknown>
}

export const sqlCalls: readonly Comparison[] = [
  tableSink('sql PostgreSQL', 'pg', postgres),
  tableSink('sql MariaDB', 'mysql2', mariadb),
  tableSink('sql SQLite', 'node:sqlite', sqlite),
  {
    connector: 'sql PostgreSQL',
    role: 'requester',
    library: 'pg',
    floor: 0.7,
    open: async servers => comparedCalls(await query(servers)),
  },
]

function tableSink(
  connector: string,
  library: string,
  open: (servers: Servers) => Promise<Database>,
): Comparison {
  return {
    connector,
    role: 'sink',
    library,
    floor: 0.7,
    async open(servers) {
      const { url, insert, close } = await open(servers)
      const target = system('db', { kind: 'erp', connector: sql({ url }) })
      return comparedCalls({
        make: order,
        target,
        channel: target.table('orders', Order, { table: 'orders', mode: 'insert' }),
        count: 15_000,
        send: async orders => {
          for (const some of inBatches(orders, batch)) await insert(some)
        },
        close,
      })
    },
  }
}

async function postgres(servers: Servers): Promise<Database> {
  const { url, pool, close } = await postgresSchema(servers)
  for (const name of ['orders', 'plain']) await pool.query(createTable(name, ''))
  const client = await pool.connect()
  return {
    url,
    async insert(orders) {
      const rows = orders.map(
        (_, n) => `(${columns.map((_, c) => `$${n * columns.length + c + 1}`).join(', ')})`,
      )
      const values = orders.flatMap(each => columns.map(column => each[column]))
      await client.query('begin')
      await client.query({
        name: `plain ${orders.length}`,
        text: `insert into plain values ${rows.join(', ')}`,
        values,
      })
      await client.query('commit')
    },
    async close() {
      client.release()
      await close()
    },
  }
}

async function mariadb(servers: Servers): Promise<Database> {
  const { url, pool, close } = await mariadbDatabase(servers)
  for (const name of ['orders', 'plain']) await pool.query(createTable(name, ''))
  const connection = await pool.getConnection()
  return {
    url,
    async insert(orders) {
      const rows = orders.map(() => `(${columns.map(() => '?').join(', ')})`)
      await connection.query('start transaction')
      await connection.execute(
        `insert into plain values ${rows.join(', ')}`,
        orders.flatMap(each => columns.map(column => each[column])),
      )
      await connection.query('commit')
    },
    async close() {
      connection.release()
      await close()
    },
  }
}

async function sqlite(): Promise<Database> {
  const directory = plantDirectory()
  const path = join(directory.path, 'orders.db')
  const db = new DatabaseSync(path, { timeout: 5_000 })
  db.exec('pragma journal_mode = wal')
  for (const name of ['orders', 'plain']) db.exec(createTable(name, ''))
  const insert = db.prepare(`insert into plain values (${columns.map(() => '?').join(', ')})`)
  return {
    url: `sqlite:${path}`,
    async insert(orders) {
      db.exec('begin immediate')
      for (const each of orders) insert.run(...columns.map(column => each[column]))
      db.exec('commit')
    },
    async close() {
      db.close()
      directory.remove()
    },
  }
}

/** One row by its key. The connector sends 20 such queries together, over 4 connections; so does the library. */
async function query(servers: Servers): Promise<Calls<Order>> {
  const { url, pool, close } = await postgresSchema(servers, true)
  await pool.query('create table customers (no text primary key, name text)')
  await pool.query(`insert into customers select 'C' || n, 'customer ' || n from generate_series(0, 1000) n`)
  const target = system('db', { kind: 'erp', connector: sql({ url }) })
  const Customer = model('Customer', {
    version: 1,
    schema: Type.Object({ no: Type.String(), name: Type.String() }),
  })
  const channel = target.query('customer', {
    request: Order,
    response: Customer,
    one: true,
    sql: ({ customer }) => sqlText`select no, name from customers where no = ${customer}`,
  })
  const text = 'select no, name from customers where no = $1'
  return {
    target,
    channel,
    make: order,
    count: 6_000,
    send: orders =>
      sideBySide(4, [...inBatches(orders, 20)], async some => {
        const client = await pool.connect()
        await Promise.all(
          some.map(({ customer }) => client.query({ name: 'customer', text, values: [customer] })),
        )
        client.release()
      }),
    close,
  }
}
