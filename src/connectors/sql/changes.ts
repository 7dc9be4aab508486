import { setImmediate } from 'node:timers/promises'
import type { Delivery, Position } from '../../message/message.ts'
import type { Model } from '../../model/model.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Intake, Source } from '../../system/roles.ts'
import { type Found, LookingSource } from '../looking-source.ts'
import type { ChangesOptions } from './config.ts'
import { type ColumnTime, canonicalTime, instantOf, timeLike } from './cursor-time.ts'
import { type Database, type Row, rowsInTurn, type Statement } from './database.ts'
import { quoteTable } from './identifier.ts'
import { RecordReader } from './record.ts'
import { type Parameter, parameterOf, render } from './sql-text.ts'

const page = 500
/** A clock may be so much ahead of the database's before it is told. */
const toleratedAhead = 300_000

/** Behind a row in the order of time and key, or, without key, before everything that is not older than the time. */
interface Place {
  readonly time: ColumnTime
  readonly key?: string | number
}

/**
 * Delivers changed rows by looking again and again. Every look begins `overlap` before the last place and reads on to
 * the end, so that rows with one time, and rows that were committed late, are found; the identity `key@time` keeps
 * them from being accepted twice. A second change of a row within one tick of its time column has the same identity
 * and is parked as a conflict.
 */
export class ChangesSource implements Source {
  readonly #database: Database
  readonly #options: ChangesOptions
  readonly #reader: RecordReader
  readonly #context: ConnectContext
  readonly #looking: LookingSource
  #warned = false

  constructor(database: Database, model: Model<unknown>, options: ChangesOptions, context: ConnectContext) {
    this.#database = database
    this.#options = options
    this.#reader = new RecordReader(model.jsonSchema)
    this.#context = context
    const look = (mark: Position | undefined, signal: AbortSignal) =>
      this.#look(mark as Place | undefined, signal)
    this.#looking = new LookingSource(look, parseDuration(options.every ?? '5s'))
  }

  run(intake: Intake, signal: AbortSignal): Promise<void> {
    return this.#looking.run(intake, signal)
  }

  peek(signal: AbortSignal): AsyncIterable<readonly Delivery[]> {
    return this.#looking.peek(signal)
  }

  /**
   * Reads everything from the last place on, page by page. While a page is handed over the next one is read already,
   * which is the most that is read ahead.
   */
  async *#look(last: Place | undefined, signal: AbortSignal): AsyncIterable<Found> {
    const [clock] = await this.#ask({ text: this.#database.dialect.now, values: [] }, signal)
    const now = Number(clock?.now)
    let place = last
    let next: Promise<readonly Row[]> | undefined = this.#page(this.#beginning(last), signal)
    while (next && !signal.aborted) {
      const rows: readonly Row[] = await next
      const end = rows.at(-1)
      if (!end) return
      place = this.#further(place, placeOf(end), now)
      next = rows.length < page ? undefined : this.#page(placeOf(end), signal)
      // So that the question is sent before this page is worked on.
      if (next) await setImmediate()
      yield { deliveries: rows.map(row => this.#delivery(row)), mark: place && { ...place } }
    }
  }

  /** Where nobody waits for it any more, that it fails is no matter. */
  #page(from: Place | undefined, signal: AbortSignal): Promise<readonly Row[]> {
    const rows = this.#ask(this.#statement(from), signal)
    rows.catch(() => {})
    return rows
  }

  #ask(statement: Statement, signal: AbortSignal): Promise<readonly Row[]> {
    return rowsInTurn(this.#database, this.#context, statement, signal)
  }

  #beginning(last: Place | undefined): Place | undefined {
    const overlap = parseDuration(this.#options.overlap ?? '30s')
    const instant = last && instantOf(last.time, this.#options.cursor)
    if (!last || overlap === 0 || instant === undefined) return last
    return { time: timeLike(last.time, instant - overlap, this.#options.cursor) }
  }

  /** Never beyond the clock: a row with a time in the future must not hide what is yet to come. */
  #further(place: Place | undefined, end: Place, now: number): Place | undefined {
    const { cursor } = this.#options
    const instant = instantOf(end.time, cursor)
    if (instant === undefined) return place
    if (instant > now + toleratedAhead && !this.#warned) {
      this.#warned = true
      const minutes = Math.round((instant - now) / 60_000)
      const text = `column ${cursor.time} holds times ${minutes} minutes ahead of the database's clock. If they are`
      this.#context.log(
        'warn',
        `${text} local, set "zone" of the cursor: until then rows are read again and again.`,
      )
    }
    const capped = instant > now ? { time: timeLike(end.time, now, cursor) } : end
    const before = place && instantOf(place.time, cursor)
    return before !== undefined && before > Math.min(instant, now) ? place : capped
  }

  #delivery(row: Row): Delivery & { readonly id: string } {
    const { isthmus_time: time, isthmus_key: key, ...columns } = row
    const instant = instantOf(time, this.#options.cursor)
    const id = `${key}@${canonicalTime(time, this.#options.cursor)}`
    return { id, time: instant, data: this.#reader.read(columns) }
  }

  #statement(from: Place | undefined): Statement {
    const { cursor, table, query } = this.#options
    const { placeholder, quote, beyond } = this.#database.dialect
    const time = `changed.${quote(cursor.time)}`
    const key = `changed.${quote(cursor.key)}`
    const names = this.#reader.names.map(name => `changed.${quote(name)}`)
    const columns = names.length > 0 ? names.join(', ') : 'changed.*'
    const values = (query?.values ?? []).map(parameterOf)
    const origin = query ? `(\n${render(query, 1, placeholder)}\n)` : quoteTable(table, quote)
    let bound = `${time} is not null`
    if (from) {
      const bind = (value: Parameter) => placeholder(values.push(value))
      if (from.key === undefined) bound = `${time} >= ${bind(from.time)}`
      else bound = beyond(time, key, { time: from.time, key: from.key }, bind)
    }
    const text =
      `select ${columns}, ${time} as isthmus_time, ${key} as isthmus_key from ${origin} as changed ` +
      `where ${bound} order by ${time}, ${key} limit ${page}`
    return { text, values }
  }
}

function placeOf(row: Row): Place {
  return { time: row.isthmus_time as ColumnTime, key: row.isthmus_key as string | number }
}
