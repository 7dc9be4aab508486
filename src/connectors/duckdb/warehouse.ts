import { setImmediate as turn } from 'node:timers/promises'
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'
import { IsthmusError, reasonOf } from '../../errors.ts'
import {
  type Cells,
  type Column,
  quoted,
  type Warehouse,
  type WarehouseDialect,
  type WarehouseRow,
} from '../../system/warehouse.ts'
import { distinctNames } from '../../system/warehouse-cells.ts'
import { givenUp, RowsFailed, untilAborted } from '../warehouse-batches.ts'
import { duckdbDialect } from './dialect.ts'
import { type Duckdb, loadDuckdb } from './driver.ts'
import { isFatal } from './failure.ts'
import type { DuckdbFile } from './file.ts'
import { readerOf, rowsOf } from './read-cells.ts'
import { fill, fillingOf } from './write-cells.ts'

/** As many rows as DuckDB takes and gives at a time. Source: DuckDB documentation, vector size. */
const chunkRows = 2048

export class DuckdbWarehouse implements Warehouse {
  readonly dialect: WarehouseDialect = duckdbDialect
  readonly #file: DuckdbFile

  constructor(file: DuckdbFile) {
    this.#file = file
  }

  run(statements: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    return this.#file.use('Changing', connection =>
      inTransaction(connection, signal, async () => {
        const written: number[] = []
        for (const statement of statements) written.push(await runOne(connection, statement))
        return written
      }),
    )
  }

  async *query(sql: string, signal: AbortSignal): AsyncGenerator<readonly WarehouseRow[]> {
    if (signal.aborted) throw givenUp()
    const { connection, failed, end } = await this.#file.lease('Asking')
    const settle = interrupting(connection, signal)
    try {
      yield* rowsOfQuery(connection, sql, signal)
    } catch (error) {
      throw signal.aborted ? givenUp() : await failed(error)
    } finally {
      settle()
      connection.interrupt()
      end()
    }
  }

  append(
    table: string,
    columns: readonly Column[],
    batches: AsyncIterable<readonly Cells[]>,
    signal: AbortSignal,
  ): Promise<number> {
    return this.#file.use('Loading', connection =>
      inTransaction(connection, signal, async () => {
        const { target, after } = await landing(connection, table, columns)
        const rows = await appendTo(connection, target, columns, untilAborted(batches, signal))
        for (const statement of after) await connection.run(statement)
        return rows
      }),
    )
  }
}

/** Stops what runs when the signal aborts, until this is over: between two statements it would not be heard. */
function interrupting(connection: DuckDBConnection, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined
  const interrupt = () => {
    timer = setInterval(() => connection.interrupt(), 20)
  }
  signal.addEventListener('abort', interrupt, { once: true })
  if (signal.aborted) interrupt()
  return () => {
    signal.removeEventListener('abort', interrupt)
    clearInterval(timer)
  }
}

/** Once it commits it is not given up any more. */
async function inTransaction<T>(
  connection: DuckDBConnection,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw givenUp()
  const settle = interrupting(connection, signal)
  let value: T
  try {
    await connection.run('begin transaction')
    value = await work()
    if (signal.aborted) throw givenUp()
  } catch (error) {
    await connection.run('rollback').catch(() => {})
    const isOurs = error instanceof IsthmusError || error instanceof RowsFailed
    throw signal.aborted && !isOurs ? givenUp() : error
  } finally {
    settle()
  }
  await commit(connection)
  return value
}

async function commit(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('commit')
  } catch (cause) {
    if (!isFatal(cause)) throw cause
    const text = `DuckDB failed while it committed, and it is not known whether it did: ${reasonOf(cause)}`
    throw new IsthmusError('TARGET-UNANSWERED', text, { cause })
  }
}

/** One statement and no more, which neither ends nor begins a transaction. Its text is read by DuckDB itself. */
async function prepare(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const { StatementType } = await loadDuckdb()
  const found = await connection.extractStatements(sql)
  const prepared = found.count === 1 ? await found.prepare(0) : undefined
  if (prepared && prepared.statementType !== StatementType.TRANSACTION) return prepared
  prepared?.destroySync()
  throw new IsthmusError(
    'TARGET-CONTRACT',
    'One statement is run at a time, and none that ends a transaction.',
  )
}

async function runOne(connection: DuckDBConnection, sql: string): Promise<number> {
  const prepared = await prepare(connection, sql)
  try {
    return (await prepared.run()).rowsChanged
  } finally {
    prepared.destroySync()
  }
}

/** Of a transaction in which nothing can be written, and of a query only: other statements may write files. */
async function* rowsOfQuery(
  connection: DuckDBConnection,
  sql: string,
  signal: AbortSignal,
): AsyncGenerator<readonly WarehouseRow[]> {
  const duckdb = await loadDuckdb()
  await connection.run('begin transaction read only')
  const prepared = await prepare(connection, sql)
  try {
    if (!isQuery(prepared, duckdb))
      throw new IsthmusError('TARGET-REFUSED', 'This is no query: nothing but a select is asked here.')
    const result = await prepared.stream()
    const names = distinctNames(result.columnNames())
    const readers = result.columnTypes().map(type => readerOf(type, duckdb))
    for (;;) {
      const chunk = await result.fetchChunk()
      if (signal.aborted) throw givenUp()
      if (!chunk || chunk.rowCount === 0) return
      yield rowsOf(chunk, names, readers)
    }
  } finally {
    prepared.destroySync()
  }
}

function isQuery({ statementType }: DuckDBPreparedStatement, { StatementType }: Duckdb): boolean {
  return statementType === StatementType.SELECT || statementType === StatementType.EXPLAIN
}

/**
 * Where rows of these columns can be appended: the table itself, if these are its columns, else one beside it, from which
 * the statements `after` move them.
 */
async function landing(connection: DuckDBConnection, table: string, columns: readonly Column[]) {
  const described = await connection.runAndReadAll(`select * from ${quoted(table)} limit 0`)
  const names = columns.map(({ name }) => name)
  if (JSON.stringify(described.columnNames()) === JSON.stringify(names))
    return { target: partsOf(table), after: [] }
  const target = { schema: null, name: `isthmus_${crypto.randomUUID()}` }
  const list = names.map(name => quoted(name)).join(', ')
  const beside = `temp.${quoted(target.name)}`
  await connection.run(
    `create temp table ${quoted(target.name)} as select ${list} from ${quoted(table)} limit 0`,
  )
  return {
    target,
    after: [`insert into ${quoted(table)} (${list}) select ${list} from ${beside}`, `drop table ${beside}`],
  }
}

const partsOf = (table: string) => {
  const [name = '', schema = null] = table.split('.').reverse()
  return { schema, name }
}

async function appendTo(
  connection: DuckDBConnection,
  { schema, name }: { readonly schema: string | null; readonly name: string },
  columns: readonly Column[],
  batches: AsyncIterable<readonly Cells[]>,
): Promise<number> {
  const duckdb = await loadDuckdb()
  const fillings = columns.map(column => fillingOf(column, duckdb))
  const chunk = duckdb.DuckDBDataChunk.create(
    fillings.map(({ type }) => type),
    chunkRows,
  )
  const appender = await connection.createAppender(name, schema)
  let rows = 0
  try {
    for await (const batch of batches)
      for (let at = 0; at < batch.length; at += chunkRows) {
        const part = batch.slice(at, at + chunkRows)
        chunk.reset()
        chunk.rowCount = part.length
        fillings.forEach((filling, place) => {
          fill(chunk.getColumnVector(place), filling, part, place, rows)
        })
        appender.appendDataChunk(chunk)
        rows += part.length
        // The appender works in this thread: others get their turn.
        await turn()
      }
  } catch (error) {
    appender.clear()
    throw error
  } finally {
    appender.closeSync()
  }
  return rows
}
