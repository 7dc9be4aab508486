import { DatabaseSync } from 'node:sqlite'
import type { Pool as MysqlPool, RowDataPacket } from 'mysql2/promise'
import type pg from 'pg'
import type { Move, Mover } from './move.ts'

const insert = 'insert into moves (no, sku, qty) values'

/** The drivers alone: a transaction in each database, both at once. Who dies between them leaves a half. */
export function bareServers(postgres: pg.Pool, mariadb: MysqlPool): Mover {
  const inPostgres = async ({ no, sku, qty }: Move) => {
    const client = await postgres.connect()
    await client.query('begin')
    await client.query({ name: 'move', text: `${insert} ($1, $2, $3)`, values: [no, sku, qty] })
    await client.query('commit')
    client.release()
  }
  const inMariadb = async ({ no, sku, qty }: Move) => {
    const connection = await mariadb.getConnection()
    await connection.query('begin')
    await connection.execute<RowDataPacket[]>(`${insert} (?, ?, ?)`, [no, sku, qty])
    await connection.query('commit')
    connection.release()
  }
  return {
    run: async move => void (await Promise.all([inPostgres(move), inMariadb(move)])),
    close: async () => {},
  }
}

/** In two files one after the other, each synced, in the thread of the caller. */
export function bareFiles(paths: readonly [string, string]): Mover {
  const files = paths.map(path => {
    const database = new DatabaseSync(path, { timeout: 20_000 })
    return { database, statement: database.prepare(`${insert} (?, ?, ?)`) }
  })
  return {
    async run({ no, sku, qty }) {
      for (const { statement } of files) statement.run(no, sku, qty)
    },
    async close() {
      for (const { database } of files) database.close()
    },
  }
}
