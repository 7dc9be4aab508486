import { IsthmusError } from '../../errors.ts'
import type { Model } from '../../model/model.ts'
import type { ConnectContext } from '../../system/connector.ts'
import type { Source } from '../../system/roles.ts'
import type { Warehouse } from '../../system/warehouse.ts'
import type { CaptureOptions } from './config.ts'
import { quoteName } from './identifier.ts'
import type { Parameter } from './sql-text.ts'

/** What the roles need of a database; one implementation for each product. */
export interface Database {
  readonly dialect: Dialect
  /**
   * All statements in one transaction with the effect keys, committed when it resolves with `done`. An effect key that
   * is known already makes it `refused`, like a bad row. Never rejects.
   */
  write(keys: readonly string[], statements: readonly Statement[], signal: AbortSignal): Promise<Written>
  /**
   * A transaction whose later statements depend on what earlier ones answered; no statement can end it from within.
   * What `work` throws rolls it back. With `alone` there is no transaction around the statements, but the same
   * connection for all. Never rejects. Absent where there are no routines to be called.
   */
  transact?<T>(work: (run: Run) => Promise<T>, signal: AbortSignal, alone: boolean): Promise<Transacted<T>>
  /** Each statement by itself, in order. Never rejects. */
  query(statements: readonly Statement[], signal: AbortSignal): Promise<Queried[]>
  /** Reads changes from the database's own log, where it can be read. `name` is that of the channel. */
  capture?(name: string, model: Model<unknown>, options: CaptureOptions, context: ConnectContext): Source
  /** Absent where the product is no warehouse. */
  warehouse?(): Warehouse
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
  /** Of an insert into a table, its name as the author gives it, and the columns by which a row that is there is found. */
  readonly table?: string | undefined
  readonly key?: readonly string[] | undefined
  /** Whether a parameter is the value of its column as it is, and no part of an expression. */
  readonly isWhole?: ((parameter: number) => boolean) | undefined
  /** If it changes no row it is refused, and all that is in its transaction: see `unchanged`. */
  readonly compares?: boolean | undefined
  /** Its text will hardly come again: it is not kept prepared. */
  readonly once?: boolean | undefined
}

export type Written = { readonly outcome: 'done' } | Failed

/** All result sets of a statement. */
export type Run = (statement: Statement) => Promise<readonly (readonly Row[])[]>

export type Transacted<T> = { readonly outcome: 'done'; readonly value: T } | Failed

export type Failed =
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
  readonly product: 'PostgreSQL' | 'SQLite' | 'MySQL'
  placeholder(position: number): string
  /**
   * Most rows of one insert. Where each statement is a round trip, that is a whole batch; elsewhere more would not be
   * faster: in SQLite each row costs more the more there are.
   */
  readonly insertRows: number
  /**
   * Batches on their way at a time: one where they would lock rows side by side; two where the database takes one after
   * the other, so that one is prepared while it works on another.
   */
  readonly writes: number
  /** Where rows are taken faster as a list for each column: how they are said so. */
  readonly lists?: Lists
  /** A name, quoted: upper and lower case count, and nothing in it can end the name. */
  quote(name: string): string
  /**
   * What an insert does with a row that is there. All names are quoted: `plain` columns get what could not be
   * inserted, `expressions` are assignments.
   */
  upsert(key: readonly string[], plain: readonly string[], expressions: readonly string[]): string
  /** The query's first rows, in its order. The query can be nothing but a query. */
  limited(query: string, rows: number): string
  /** Whether a row comes after a place in the order of time and key; `bind` makes a parameter. */
  beyond(
    time: string,
    key: string,
    place: { readonly time: Parameter; readonly key: Parameter },
    bind: (value: Parameter) => string,
  ): string
  /** Creates the table of effect keys. */
  readonly createEffects: string
  /** Creates the table of what routines answered under an effect key; absent where there are none. */
  readonly createAnswers?: string
  /** Creates the table of how branches of transactions over several systems ended. */
  readonly createBranches: string
  insertKeys(keys: readonly string[]): Statement
  /** Rows with `effect_key`. */
  findKeys(keys: readonly string[]): Statement
  /** One row with `now`: the database's clock in milliseconds since 1970 UTC. */
  readonly now: string
  /** One row with `warning`: what is doubtful about the database, or null. */
  readonly check: string
}

export interface Lists {
  /** Rows with `name` and `type` of those columns of a table, quoted, whose values can stand in a list. */
  types(table: string): Statement
  /** A query that gives the rows: its first parameters are lists of these types, one for each column. */
  rows(types: readonly string[]): string
  /** Undefined if a list cannot say one of the values. */
  list(values: readonly Parameter[]): string | undefined
}

/** What PostgreSQL and SQLite have in common. */
export const standard = {
  quote: quoteName,
  upsert(key, plain, expressions) {
    const sets = [...plain.map(column => `${column} = excluded.${column}`), ...expressions]
    const action = sets.length > 0 ? `update set ${sets.join(', ')}` : 'nothing'
    return ` on conflict (${key.join(', ')}) do ${action}`
  },
  limited: (query, rows) => `select * from (\n${query}\n) as isthmus_rows limit ${rows}`,
  beyond: (time, key, place, bind) => `(${time}, ${key}) > (${bind(place.time)}, ${bind(place.key)})`,
} satisfies Partial<Dialect>

/** What a statement that compares meets when it changes no row. */
export function unchanged(): IsthmusError {
  const text = 'A statement that compares has changed no row: what it compares with is not so any more.'
  return new IsthmusError('TARGET-CHANGED', text)
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

/** The same for a source, when it is the turn of its call. */
export async function rowsInTurn(
  database: Database,
  context: Pick<ConnectContext, 'turn'>,
  statement: Statement,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const done = await context.turn(signal)
  try {
    const rows = await rowsOf(database, statement, signal)
    done()
    return rows
  } catch (error) {
    done(error)
    throw error
  }
}

export const effectsTable = 'isthmus_effects'
export const branchesTable = 'isthmus_branches'
export const answersTable = 'isthmus_answers'
