/**
 * A database in which tables are built for people to read: what an open connection does for pipelines. The statements
 * that build them are made by the engine, in the SQL that DuckDB and PostgreSQL share; the dialect tells the rest.
 */
export interface Warehouse {
  readonly dialect: WarehouseDialect
  /**
   * Runs statements one after another in one transaction: readers see all of it or nothing. Resolves, once it is
   * durable, with the number of rows that each wrote (0 for what writes none). It may have happened although it rejects
   * with TARGET-UNANSWERED; any other error says that it did not.
   */
  run(statements: readonly string[], signal: AbortSignal): Promise<readonly number[]>
  /**
   * Reads, a bounded number of rows at a time, from one moment. Integers beyond the safe ones and decimals are text,
   * dates and times ISO 8601 (an instant in UTC), JSON is what it holds.
   */
  query(sql: string, signal: AbortSignal): AsyncIterable<readonly WarehouseRow[]>
  /**
   * Appends rows to a table that exists, in bulk, and gives their number. It holds no more than a few batches in memory.
   * When it rejects, some of them may stand: the table is to be made anew.
   */
  append(
    table: string,
    columns: readonly Column[],
    batches: AsyncIterable<readonly Cells[]>,
    signal: AbortSignal,
  ): Promise<number>
}

export type WarehouseRow = Readonly<Record<string, unknown>>

/** One row, in the order of the columns: as JSON has it, so that decimals, dates and times are text. */
export type Cells = readonly unknown[]

/** How a product writes what the two do not write alike. */
export interface WarehouseDialect {
  /** As people know it: `DuckDB`, `PostgreSQL`. */
  readonly product: string
  /** Whether texts may hold the character 0. */
  readonly keepsZero: boolean
  /** The name of a column's type. */
  type(column: Column): string
}

export interface Column {
  readonly name: string
  readonly type: ColumnType
  /** For decimals: most digits, and those behind the point. */
  readonly precision?: number | undefined
  readonly scale?: number | undefined
  /** Holds a value in every row. */
  readonly required: boolean
}

/** `integer` has 64 bits; `instant` is a moment, kept in UTC; `json` holds lists and objects. */
export type ColumnType = 'text' | 'integer' | 'decimal' | 'number' | 'boolean' | 'date' | 'instant' | 'json'

/** A table, column or schema as SQL writes it. Names of tables may be `schema.table`. */
export function quoted(name: string): string {
  return name
    .split('.')
    .map(part => `"${part.replaceAll('"', '""')}"`)
    .join('.')
}

/** A text as SQL writes it. */
export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
