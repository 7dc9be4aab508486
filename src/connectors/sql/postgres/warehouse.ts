import type { Duplex } from 'node:stream'
import type { Client, QueryResult } from 'pg'
import { IsthmusError } from '../../../errors.ts'
import {
  type Cells,
  type Column,
  quoted,
  type Warehouse,
  type WarehouseDialect,
  type WarehouseRow,
} from '../../../system/warehouse.ts'
import { distinctNames } from '../../../system/warehouse-cells.ts'
import { givenUp, RowsFailed, untilAborted } from '../../warehouse-batches.ts'
import { CopyIn } from './copy-in.ts'
import { beforeAnything, failureOf } from './failure.ts'
import type { SessionDatabase } from './session.ts'
import { copyText, warehouseTypes } from './warehouse-cells.ts'

const types = {
  text: 'text',
  integer: 'bigint',
  number: 'double precision',
  boolean: 'boolean',
  date: 'date',
  instant: 'timestamptz',
  json: 'jsonb',
} as const

export const postgresWarehouseDialect: WarehouseDialect = {
  product: 'PostgreSQL',
  keepsZero: false,
  type: ({ type, precision = 38, scale = 9 }: Column) =>
    type === 'decimal' ? `numeric(${precision},${scale})` : types[type],
}

/** Rows that are asked for, and sent, at a time. */
const someRows = 2000
/** Milliseconds in which a server that was told to stop has to, before its connection is cut. */
const stopping = 5000

/** Times in UTC; whole results are planned for; what was committed is durable; and a server misses a client that is gone. */
const style =
  `set timezone to 'UTC'; set cursor_tuple_fraction to 1; ` +
  `select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'; ` +
  `select set_config(name, '2s', false) from pg_settings where name = 'client_connection_check_interval'`

/** Each call has a connection of its own, without time limits. */
export class PostgresWarehouse implements Warehouse {
  readonly dialect: WarehouseDialect = postgresWarehouseDialect
  readonly #database: SessionDatabase
  readonly #system: string

  constructor(database: SessionDatabase, system: string) {
    this.#database = database
    this.#system = system
  }

  async run(statements: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    return this.#in(signal, `Changing ${this.#system}`, async client => {
      await client.query('begin')
      const written: number[] = []
      for (const statement of statements) written.push(writtenBy(await send(client, statement, signal)))
      return { value: written, commit: true }
    })
  }

  async append(
    table: string,
    columns: readonly Column[],
    batches: AsyncIterable<readonly Cells[]>,
    signal: AbortSignal,
  ): Promise<number> {
    const names = columns.map(({ name }) => quoted(name)).join(', ')
    return this.#in(signal, `Loading ${this.#system}`, async client => {
      const copy = new CopyIn(`copy ${quoted(table)} (${names}) from stdin`)
      client.query(copy as never)
      return { value: await copyAll(copy, columns, untilAborted(batches, signal)), commit: false }
    })
  }

  async *query(sql: string, signal: AbortSignal): AsyncGenerator<readonly WarehouseRow[]> {
    const doing = `Asking ${this.#system}`
    const session = await this.#open(signal)
    try {
      await session.client.query('begin isolation level repeatable read read only')
      await send(session.client, `declare isthmus_rows no scroll cursor for ${sql}`, signal)
      for (;;) {
        const { fields, rows } = await send(session.client, `fetch ${someRows} from isthmus_rows`, signal)
        if (signal.aborted) throw givenUp()
        if (rows.length > 0) yield named(fields, rows)
        if (rows.length < someRows) return
      }
    } catch (error) {
      throw signal.aborted ? givenUp() : readingFailed(error, doing)
    } finally {
      await session.end()
    }
  }

  async #in<T>(
    signal: AbortSignal,
    doing: string,
    work: (client: Client) => Promise<{ readonly value: T; readonly commit: boolean }>,
  ): Promise<T> {
    const session = await this.#open(signal)
    try {
      const { value, commit } = await work(session.client).catch(error => {
        if (error instanceof RowsFailed) throw error.cause
        throw signal.aborted && !isOurs(error) ? givenUp() : asItIs(error, doing)
      })
      if (signal.aborted && commit) throw givenUp()
      session.settle()
      if (commit) await commitOn(session.client, doing)
      return value
    } finally {
      await session.end()
    }
  }

  /** When the signal aborts, the server is told to stop what it does. */
  async #open(signal: AbortSignal): Promise<Session> {
    if (signal.aborted) throw givenUp()
    const client = await this.#database.session('queries')
    const stop = () => void this.#stop(client, timers)
    const timers: NodeJS.Timeout[] = []
    signal.addEventListener('abort', stop)
    const settle = () => signal.removeEventListener('abort', stop)
    const end = async () => {
      settle()
      await client.end().catch(() => {})
      for (const timer of timers) clearTimeout(timer)
    }
    try {
      if (signal.aborted) throw givenUp()
      await client.query(style)
      return { client, settle, end }
    } catch (error) {
      await end()
      throw signal.aborted ? givenUp() : beforeAnything(error, `Asking ${this.#system}`)
    }
  }

  async #stop(client: Client, timers: NodeJS.Timeout[]): Promise<void> {
    timers.push(setTimeout(() => streamOf(client).destroy(), stopping))
    const { processID } = client as unknown as { readonly processID: number }
    const other = await this.#database.session('queries').catch(() => undefined)
    await other?.query('select pg_cancel_backend($1)', [processID]).catch(() => {})
    await other?.end()
  }
}

interface Session {
  readonly client: Client
  /** From now on it is not stopped any more. */
  settle(): void
  end(): Promise<void>
}

/** In the extended protocol a text is one statement, whatever it says. */
async function send(client: Client, text: string, signal: AbortSignal): Promise<QueryResult> {
  if (signal.aborted) throw givenUp()
  return client.query({ text, types: warehouseTypes, rowMode: 'array', queryMode: 'extended' } as never)
}

function named(
  fields: QueryResult['fields'],
  rows: readonly (readonly unknown[])[],
): readonly WarehouseRow[] {
  const names = distinctNames(fields.map(({ name }) => name))
  return rows.map(cells => Object.fromEntries(names.map((name, at) => [name, cells[at]])))
}

function writtenBy({ command, rowCount }: QueryResult): number {
  if (/^(BEGIN|COMMIT|ROLLBACK|PREPARE TRANSACTION|START)/.test(command))
    throw new IsthmusError('TARGET-CONTRACT', 'A statement has ended or begun a transaction by itself.')
  return /^(INSERT|UPDATE|DELETE|MERGE)/.test(command) ? (rowCount ?? 0) : 0
}

async function copyAll(
  copy: CopyIn,
  columns: readonly Column[],
  batches: AsyncIterable<readonly Cells[]>,
): Promise<number> {
  let before = 0
  try {
    for await (const batch of batches)
      for (let at = 0; at < batch.length; at += someRows) {
        const part = batch.slice(at, at + someRows)
        await copy.write(Buffer.from(copyText(part, columns, before)))
        before += part.length
      }
  } catch (error) {
    await copy.end('the rows have failed').catch(() => {})
    throw error
  }
  return copy.end()
}

async function commitOn(client: Client, doing: string): Promise<void> {
  try {
    await client.query('commit')
  } catch (thrown) {
    const { error, lost } = failureOf(thrown, doing)
    if (!lost) throw error
    throw new IsthmusError(
      'TARGET-UNANSWERED',
      `${error.message} It is not known whether the commit took place.`,
    )
  }
}

/** Before its commit nothing of a transaction has happened. */
function asItIs(error: unknown, doing: string): unknown {
  return isOurs(error) ? error : beforeAnything(error, doing)
}

const isOurs = (error: unknown) => error instanceof IsthmusError
/** SQLSTATEs for what a read-only transaction, and a cursor, does not do. */
const changing = ['25006', '0A000']

function readingFailed(thrown: unknown, doing: string): unknown {
  if (isOurs(thrown)) return thrown
  const error = beforeAnything(thrown, doing)
  if (!changing.includes(String(error.detail.sqlstate))) return error
  return new IsthmusError('TARGET-REFUSED', `${doing}: nothing can be changed by a query: ${error.message}`)
}

/** The driver has no public way to end a connection that does not answer. */
function streamOf(client: Client): Duplex {
  return (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection.stream
}
