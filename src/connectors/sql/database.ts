import type { IsthmusError } from '../../errors.ts'
import type { Model } from '../../model/model.ts'
import type { ConnectContext } from '../../system/connector.ts'
import type { Source } from '../../system/roles.ts'
import type { CaptureOptions } from './config.ts'
import type { Parameter } from './sql-text.ts'

/** What the roles need of a database; one implementation for each product. */
export interface Database {
  readonly dialect: Dialect
  /**
   * All statements in one transaction with the effect keys, committed when it resolves with `done`. An effect key that
   * is known already makes it `refused`, like a bad row. Never rejects.
   */
  write(keys: readonly string[], statements: readonly Statement[], signal: AbortSignal): Promise<Written>
  /** Each statement by itself, in order. Never rejects. */
  query(statements: readonly Statement[], signal: AbortSignal): Promise<Queried[]>
  /** Reads changes from the database's own log, where it can be read. `name` is that of the channel. */
  capture?(name: string, model: Model<unknown>, options: CaptureOptions, context: ConnectContext): Source
  /** Waits for what is under way. */
  close(): Promise<void>
}

export interface Statement {
  readonly text: string
  readonly values: readonly Parameter[]
  /** The column that a parameter (counted from 1) is for, to name it in an error. */
  readonly columnOf?: ((parameter: number) => string | undefined) | undefined
  /** Of an insert into a table, the columns that it fills: if the table demands another one, every row would fail. */
  readonly columns?: readonly string[] | undefined
}

export type Written =
  | { readonly outcome: 'done' }
  /** Rolled back, for a reason that lies in some of the rows: others may pass without them. */
  | { readonly outcome: 'refused'; readonly error: IsthmusError }
  /** Nothing was done, unless the code is TARGET-UNANSWERED: then that is not known. */
  | { readonly outcome: 'failed'; readonly error: IsthmusError }

export type Queried =
  | { readonly ok: true; readonly rows: readonly Row[] }
  | { readonly ok: false; readonly error: IsthmusError }

/** Values as the driver reads them: text where a JavaScript number could not hold what the database does. */
export type Row = Readonly<Record<string, unknown>>

/** How the products differ in what they are told. */
export interface Dialect {
  readonly product: 'PostgreSQL' | 'SQLite'
  placeholder(position: number): string
  /** Creates the table of effect keys. */
  readonly createEffects: string
  insertKeys(keys: readonly string[]): Statement
  /** Rows with `effect_key`. */
  findKeys(keys: readonly string[]): Statement
  /** One row with `now`: the database's clock in milliseconds since 1970 UTC. */
  readonly now: string
  /** One row with `warning`: what is doubtful about the database, or null. */
  readonly check: string
}

/** The rows of one query; rejects with its error. */
export async function rowsOf(
  database: Database,
  statement: Statement,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const [found] = await database.query([statement], signal)
  if (!found?.ok) throw found?.error
  return found.rows
}

export const effectsTable = 'isthmus_effects'
