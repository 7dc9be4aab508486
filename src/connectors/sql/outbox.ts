import { json } from '../../message/codec/json.ts'
import type { Delivery } from '../../message/message.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { acceptPatiently, pause } from '../../system/patience.ts'
import type { Intake, Source } from '../../system/roles.ts'
import type { OutboxOptions } from './config.ts'
import { instantOf } from './cursor-time.ts'
import { type Database, type Row, rowsInTurn, type Statement } from './database.ts'
import { quoteTable } from './identifier.ts'
import { type Parameter, parameterOf, render } from './sql-text.ts'

const page = 500
const jsonCodec = json()

/** What reads a delivery's body. */
export function outboxCodec(options: OutboxOptions) {
  return options.codec ?? jsonCodec
}

/**
 * Empties an outbox. There is no place to remember: what is there and not marked has not been accepted yet, so that a
 * row with a lower id that is committed later is found as well. A row goes only after it is accepted; if the process
 * dies in between, it is delivered again under the same identity, its id.
 */
export class OutboxSource implements Source {
  readonly #database: Database
  readonly #options: OutboxOptions
  readonly #context: ConnectContext

  constructor(database: Database, options: OutboxOptions, context: ConnectContext) {
    this.#database = database
    this.#options = options
    this.#context = context
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    const every = parseDuration(this.#options.every ?? '1s')
    try {
      while (!signal.aborted) {
        const rows = await rowsInTurn(this.#database, this.#context, this.#waiting(), signal)
        const deliveries = rows.map(row => this.#delivery(row))
        if (deliveries.length > 0) {
          if (!(await acceptPatiently(intake, deliveries, {}, signal))) return
          await this.#finish(rows)
        }
        if (rows.length < page) await pause(every, signal)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #delivery(row: Row): Delivery {
    const { isthmus_id: id, isthmus_payload: payload, isthmus_time: time } = row
    const at = instantOf(time, { time: '', key: '' })
    const head = { id: String(id), ...(at === undefined ? {} : { time: at }) }
    if (payload instanceof Uint8Array) return { ...head, body: payload }
    if (payload === null) return { ...head, defect: 'the payload is NULL', body: new Uint8Array() }
    return { ...head, body: Buffer.from(String(payload)) }
  }

  #waiting(): Statement {
    const { id, payload, time, done, where } = this.#options
    const { placeholder, quote } = this.#database.dialect
    const conditions: string[] = []
    if (where) conditions.push(`(${render(where, 1, placeholder)})`)
    if (typeof done === 'object') conditions.push(`${quote(done.mark)} is null`)
    const columns = [`${quote(id)} as isthmus_id`, `${quote(payload)} as isthmus_payload`]
    if (time !== undefined) columns.push(`${quote(time)} as isthmus_time`)
    const from = `from ${quoteTable(this.#options.table, quote)}`
    const filter = conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''
    return {
      text: `select ${columns.join(', ')} ${from} ${filter} order by ${quote(id)} limit ${page}`,
      values: (where?.values ?? []).map(parameterOf),
    }
  }

  /** Not given up at a stop: what is accepted should not be delivered again. Rejects if the rows stay. */
  async #finish(rows: readonly Row[]): Promise<void> {
    const { table, id, done } = this.#options
    const ids = rows.map(row => row.isthmus_id as Parameter)
    const { placeholder, quote } = this.#database.dialect
    const among = `${quote(id)} in (${ids.map((_, index) => placeholder(index + 1)).join(', ')})`
    const change =
      typeof done === 'object'
        ? `update ${quoteTable(table, quote)} set ${quote(done.mark)} = current_timestamp`
        : `delete from ${quoteTable(table, quote)}`
    const statement = { text: `${change} where ${among}`, values: ids }
    const written = await this.#database.write([], [statement], new AbortController().signal)
    if ('error' in written) throw written.error
  }
}
