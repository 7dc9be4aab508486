import { IsthmusError, reasonOf } from '../../../errors.ts'
import type { Database, Queried, Statement, Written } from '../database.ts'
import type { Opening } from '../opening.ts'
import { Connection } from './connection.ts'
import { sqliteDialect } from './dialect.ts'
import { failureOf } from './failure.ts'
import type { Reply } from './worker.ts'

/**
 * One connection that writes and one that reads, so that a slow query does not hold up a write. The journal mode of
 * the file is left as it is: in WAL mode readers and writers do not wait for each other.
 */
export class SqliteDatabase implements Database {
  readonly dialect = sqliteDialect
  readonly #system: string
  readonly #writer: Connection
  readonly #reader: Connection
  /** Milliseconds until a call counts as unanswered. It cannot be stopped, and those after it wait too. */
  readonly #patience: number
  #closed = false

  constructor(path: string, opening: Opening) {
    const { system, create, lockTimeout, statementTimeout } = opening
    this.#system = system
    this.#patience = statementTimeout
    this.#writer = new Connection({ path, create, lockTimeout })
    this.#reader = new Connection({ path, create, lockTimeout })
  }

  async write(
    keys: readonly string[],
    statements: readonly Statement[],
    signal: AbortSignal,
  ): Promise<Written> {
    const doing = `Writing to ${this.#system}`
    if (this.#closed || signal.aborted) return { outcome: 'failed', error: notSent(doing) }
    const all = keys.length > 0 ? [sqliteDialect.insertKeys(keys), ...statements] : statements
    let reply: Reply
    try {
      reply = await this.#answer(this.#writer.ask('write', all), signal)
    } catch (cause) {
      const text = `${doing}: the outcome is not known: ${reasonOf(cause)}.`
      return { outcome: 'failed', error: new IsthmusError('TARGET-UNANSWERED', text, { cause }) }
    }
    const [result] = reply
    if (!result || !('error' in result)) return { outcome: 'done' }
    const { error, rows } = failureOf(result.error, doing, all[result.at])
    return { outcome: rows ? 'refused' : 'failed', error }
  }

  async query(statements: readonly Statement[], signal: AbortSignal): Promise<Queried[]> {
    const doing = `Asking ${this.#system}`
    if (this.#closed || signal.aborted) return statements.map(() => ({ ok: false, error: notSent(doing) }))
    try {
      const reply = await this.#answer(this.#reader.ask('query', statements), signal)
      return reply.map((result, index) => {
        if (!('error' in result)) return { ok: true, rows: result.rows }
        return { ok: false, error: failureOf(result.error, doing, statements[index]).error }
      })
    } catch (cause) {
      const error = new IsthmusError('TARGET-UNAVAILABLE', `${doing}: ${reasonOf(cause)}.`, { cause })
      return statements.map(() => ({ ok: false, error }))
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#writer.close(), this.#reader.close()])
  }

  /** Rejects when the signal aborts or the time is over: the thread goes on, and its answer comes to nobody. */
  #answer(answer: Promise<Reply>, signal: AbortSignal): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const end = (why: string) => reject(new Error(why))
      const abort = () => end('the call was given up')
      const timer = setTimeout(() => end(`no answer within ${this.#patience} ms`), this.#patience)
      signal.addEventListener('abort', abort, { once: true })
      answer.then(resolve, reject).finally(() => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
      })
    })
  }
}

function notSent(doing: string): IsthmusError {
  return new IsthmusError('TARGET-UNAVAILABLE', `${doing}: the call was given up before it was sent.`)
}
