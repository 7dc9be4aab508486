import type { Codec } from '../../message/codec/codec.ts'
import type { Model } from '../../model/model.ts'
import type { Effect } from '../../system/effect.ts'
import type { Setting } from '../../system/setting.ts'
import type { OutArgument } from './out-argument.ts'
import type { SqlText, SqlValue } from './sql-text.ts'

export interface SqlOptions {
  /**
   * `postgres://user:password@host/database`, `mysql://` or `mariadb://` likewise (with `?ssl-mode=VERIFY_IDENTITY`, and
   * `&ssl-ca=PATH`, over TLS), or the path of an SQLite file, also as `sqlite:path`.
   */
  readonly url: Setting
  /**
   * Run one by one whenever the connection is opened, so they must bear repetition: `create table if not exists`.
   * An SQLite file that does not exist is made only if there are such statements.
   */
  readonly setup?: readonly SqlText[] | undefined
  /** Most connections at a time (not for SQLite). Default 10. */
  readonly connections?: number | undefined
  /** How long to wait for the server, or for a free connection. Default `5s`. */
  readonly connectTimeout?: string | undefined
  /**
   * How long a write waits for a lock that somebody else holds; it is tried again later. Default `1s`: meanwhile
   * the other writes of its batch wait too. MySQL and MariaDB count whole seconds.
   */
  readonly lockTimeout?: string | undefined
  /** How long one statement may run. Default `30s`. MySQL itself stops queries only; other statements are cut off later. */
  readonly statementTimeout?: string | undefined
}

/** What a column gets: a field of the record as it is, a value made of the record, or an expression. */
export type Cell<T> = (keyof T & string) | ((record: T) => SqlValue | SqlText) | SqlText

/**
 * Writes each record as a row. A field that is undefined is not mentioned: an inserted row gets the column's default,
 * and a row that is there keeps what it has. Names are quoted, so upper and lower case count.
 */
interface TableBase<T, C extends string> {
  /** `orders`, or `mes.orders` in a schema. */
  readonly table: string
  /** Column to what it gets. Without it, each field of the model has the column of its name. */
  readonly columns?: Readonly<Record<C, Cell<T>>> | undefined
}

interface InsertOptions<T, C extends string> extends TableBase<T, C> {
  /** Rows are only added. */
  readonly mode: 'insert'
}

interface UpsertOptions<T, C extends string> extends TableBase<T, C> {
  /** Rows are changed or added. */
  readonly mode: 'upsert'
  /** The columns that tell whether the row is there; the table needs a unique constraint on them. */
  readonly key: readonly NoInfer<C>[]
  /**
   * What columns get when the row is there, instead of the new value: an expression such as
   * `` sqlText`orders.seen + 1` ``, or `keep` for what they have. Other columns of the table may be named too. The new
   * value is `excluded.total`, in MySQL and MariaDB `values(total)`.
   */
  readonly update?: Readonly<Record<string, SqlText | 'keep'>> | undefined
}

export type TableOptions<T, C extends string> = InsertOptions<T, C> | UpsertOptions<T, C>

export interface StatementOptions<T> {
  /** One statement, or several that belong together, for one record. For many records a `table` is faster. */
  readonly sql: (record: T) => SqlText | readonly SqlText[]
  /**
   * Set where each statement compares before it writes, such as `` sqlText`update a set ... where id = ${id} and version =
   * ${version}` ``: if one of them changes no row, nothing is done, and the record is refused with TARGET-CHANGED. Default: a
   * statement that finds no row is no refusal.
   */
  readonly compares?: boolean | undefined
}

export interface QueryOptions<I, O> {
  /** What the query is made of. */
  readonly request: Model<I>
  /** Model of one row if `one` is set, else of the array of rows. Column names are field names. */
  readonly response: Model<O>
  /** A query without `;` at its end. */
  readonly sql: (request: I) => SqlText
  /** Answers the one row: none is refused, several are an error. */
  readonly one?: boolean | undefined
  /** Most rows of an answer; more are an error. Default 1000. */
  readonly limit?: number | undefined
}

interface RoutineBase<I, E extends Effect> {
  /** `post_issue`, or `mes.post_issue` in a schema. */
  readonly procedure: string
  /** What the arguments are made of. */
  readonly request: Model<I>
  /** What is handed over, in the order of the parameters; `out('no')` for one that gives something back. Default: nothing. */
  readonly arguments?:
    | ((request: I, call: { readonly effectKey: string }) => readonly (SqlValue | OutArgument)[])
    | undefined
  /** Set for a function: its rows are the answer. */
  readonly isFunction?: boolean | undefined
  /**
   * Set for a procedure that commits by itself, or that only reads: it is called outside of a transaction, and what a
   * repeat does is what you say here. Default: the call happens exactly once, and the procedure must not commit.
   */
  readonly effect?: E | undefined
}

export interface RoutineSinkOptions<I, E extends Effect> extends RoutineBase<I, E> {
  /** None: what the routine answers does not matter. */
  readonly response?: undefined
}

export interface RoutineOptions<I, O, E extends Effect> extends RoutineBase<I, E> {
  /** Model of what is answered. */
  readonly response: Model<O>
  /**
   * `values`: one record, of the parameters that give something back, or else the one row. `rows`: the rows of the
   * first result set. `sets`: all result sets, each with its rows. Default `values`.
   */
  readonly returns?: 'values' | 'rows' | 'sets' | undefined
}

/** Times in numbers count `ms` (the default) or `s` since 1970 UTC; times without zone are in `zone` (default `Z`). */
export interface Cursor {
  /** Column that changes whenever the row does. */
  readonly time: string
  /** Column that tells rows apart. */
  readonly key: string
  /** What numbers in `time` count, since 1970 UTC. Default `ms`. */
  readonly unit?: 'ms' | 's' | undefined
  /** `+08:00`. Where clocks change by an hour, give the winter's and an `overlap` above one hour. */
  readonly zone?: string | undefined
}

interface ChangesBase {
  /**
   * `time` changes whenever the row does, `key` tells rows apart. An index on both, in this order, keeps big tables
   * quick. Rows without a time are not seen, nor are deletions, nor a state that was replaced before it was read.
   */
  readonly cursor: Cursor
  /** Pause between two looks. Default `5s`. */
  readonly every?: string | undefined
  /**
   * How far every look reaches back, for rows that were committed later than their time says. A row that takes
   * longer is missed. Default `30s`.
   */
  readonly overlap?: string | undefined
}

/** Delivers rows in the order of their times, under the identity `key@time`. */
export type ChangesOptions = ChangesBase &
  ({ readonly table: string; readonly query?: never } | { readonly query: SqlText; readonly table?: never })

/** Delivers the rows of a table that an application fills in its own transactions. */
export interface OutboxOptions {
  /** Its name, with the schema where that is not the default one. */
  readonly table: string
  /** Column that tells rows apart and orders them. */
  readonly id: string
  /** Column with the message. */
  readonly payload: string
  /** Column with the time at which it happened, as text with zone or in milliseconds since 1970 UTC. */
  readonly time?: string | undefined
  /** Reads the payload. Default JSON. */
  readonly codec?: Codec | undefined
  /** Leaves the other rows to others: `` sqlText`type = ${'order'}` ``. */
  readonly where?: SqlText | undefined
  /** What becomes of an accepted row. Default: it is deleted. A marked row has the current time in the column. */
  readonly done?: 'delete' | { readonly mark: string } | undefined
  /** Pause between two looks at an empty outbox. Default `1s`. */
  readonly every?: string | undefined
}

/**
 * Delivers every change of a table in the order of the commits, as the database itself logs it: deletions too, and
 * every state, however short it lasted.
 */
export interface CaptureOptions {
  /** `orders`, or `mes.orders` in a schema. */
  readonly table: string
  /**
   * Replication slot in which the server keeps our place, and all its log from there on. It belongs to this channel
   * alone. Another name begins anew, without what lies between. Default `isthmus_SYSTEM_CHANNEL`.
   */
  readonly slot?: string | undefined
  /** Publication that holds the table. Default: the name of the slot. */
  readonly publication?: string | undefined
  /** Makes slot and publication where they are missing. Default: not; the error says what SQL to run. */
  readonly create?: boolean | undefined
  /** `beginning` first delivers each row that is there, as `read`. The table needs a primary key. Default `now`. */
  readonly from?: 'now' | 'beginning' | undefined
  /** How much log the slot may make the server keep, in bytes. */
  readonly retain?: Retention | undefined
  /** Writes a message to the server's log this often, so that its place moves on where nothing else does. Default: not. */
  readonly heartbeat?: string | undefined
}

/** Both are looked at every 30 seconds while the source runs. */
export interface Retention {
  /** From half of it on there is a warning. Default 1 GiB. */
  readonly warn?: number | undefined
  /**
   * Beyond it the slot is dropped, so that the server's disk does not fill: then the source stops with SOURCE-GAP.
   * Default: never.
   */
  readonly drop?: number | undefined
}
