import pg from 'pg'
import { parentOf } from './usage.ts'

/** What a PostgreSQL server has done so far. */
export interface Counted {
  /** Transactions in one database: round trips where every statement is one by itself, and notices that listeners get. */
  readonly transactions: number
  /** Bytes of its log, of all its databases. */
  readonly logBytes: number
  readonly syncs: number
}

/** A server on which databases are made and dropped, and what it does is counted. */
export class Databases {
  readonly url: string
  readonly #admin: pg.Client

  private constructor(url: string, admin: pg.Client) {
    this.url = url
    this.#admin = admin
  }

  static async open(url: string): Promise<Databases> {
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    return new Databases(url, admin)
  }

  /** The process that started all others of the server; undefined if it is on another machine. */
  async server(): Promise<number | undefined> {
    const { rows } = await this.#admin.query('select pg_backend_pid() as pid')
    return parentOf(rows[0].pid)
  }

  /** Gives the URL of an empty database of this name. */
  async fresh(name: string): Promise<string> {
    await this.drop(name)
    await this.#admin.query(`create database ${name}`)
    const url = new URL(this.url)
    url.pathname = name
    return url.href
  }

  async drop(name: string): Promise<void> {
    await this.#admin.query(`drop database if exists ${name} with (force)`)
  }

  /** So that no run pays for what the one before has left. */
  async rest(): Promise<void> {
    await this.#admin.query('checkpoint')
  }

  async counted(name: string): Promise<Counted> {
    const { rows } = await this.#admin.query(
      `select xact_commit + xact_rollback as transactions, pg_current_wal_insert_lsn() - '0/0' as bytes,
        (${(await this.#version()) >= 18 ? syncsOf18 : 'select wal_sync from pg_stat_wal'}) as syncs
       from pg_stat_database where datname = $1`,
      [name],
    )
    const [{ transactions, bytes, syncs }] = rows
    return { transactions: Number(transactions), logBytes: Number(bytes), syncs: Number(syncs) }
  }

  /** Waits until nobody is connected to it: what a connection did is counted at the latest when it ends. */
  async deserted(name: string): Promise<void> {
    const count = 'select count(*)::int as n from pg_stat_activity where datname = $1'
    while ((await this.#admin.query(count, [name])).rows[0].n > 0)
      await new Promise(resolve => setTimeout(resolve, 20))
  }

  async close(): Promise<void> {
    await this.#admin.end()
  }

  async #version(): Promise<number> {
    const { rows } = await this.#admin.query('show server_version_num')
    return Math.floor(Number(rows[0].server_version_num) / 10_000)
  }
}

const syncsOf18 = `select sum(fsyncs) from pg_stat_io where object = 'wal'`
