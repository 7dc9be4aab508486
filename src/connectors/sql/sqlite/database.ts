import { IsthmusError, reasonOf } from '../../../errors.ts'
import type { VotingDatabase } from '../branches.ts'
import type { Queried, Statement, Written } from '../database.ts'
import type { Opening } from '../opening.ts'
import type { BranchAnswer, BranchRequest, Said } from './branch-work.ts'
import { SqliteBranches } from './branches.ts'
import { Connection } from './connection.ts'
import { sqliteDialect } from './dialect.ts'
import { failureOf } from './failure.ts'
import type { Reply } from './worker.ts'

/**
 * One connection that writes and one that reads, so that a slow query does not hold up a write. The journal mode of
 * the file is left as it is: in WAL mode readers and writers do not wait for each other.
 */
export class SqliteDatabase implements VotingDatabase {
  readonly dialect = sqliteDialect
  readonly branches: SqliteBranches
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
    this.branches = new SqliteBranches(this, (...asked) => this.#branch(...asked), path, opening)
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
      reply = await this.#answer(this.#writer.ask({ kind: 'write', statements: plain(all) }), signal)
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
      const reply = await this.#answer(
        this.#reader.ask({ kind: 'query', statements: plain(statements) }),
        signal,
      )
      return reply.map((result, index) => {
        if ('error' in result)
          return { ok: false, error: failureOf(result.error, doing, statements[index]).error }
        return { ok: true, rows: 'rows' in result ? result.rows : [] }
      })
    } catch (cause) {
      const error = new IsthmusError('TARGET-UNAVAILABLE', `${doing}: ${reasonOf(cause)}.`, { cause })
      return statements.map(() => ({ ok: false, error }))
    }
  }

  async #branch(request: BranchRequest, signal: AbortSignal): Promise<BranchAnswer> {
    const doing = `Writing to ${this.#system}`
    if (this.#closed || signal.aborted) throw notSent(doing)
    let result: Reply[number] | undefined
    try {
      const { kind } = request
      const sent = kind === 'end' ? request : { ...request, statements: plain(request.statements) }
      result = (await this.#answer(this.#writer.ask(sent), signal))[0]
    } catch (cause) {
      const text = `${doing}: the outcome is not known: ${reasonOf(cause)}.`
      throw new IsthmusError('TARGET-UNANSWERED', text, { cause })
    }
    if (result && 'branch' in result) return result.branch
    if (result && 'error' in result) throw failureOf(result.error, doing).error
    throw new IsthmusError('TARGET-UNANSWERED', `${doing}: no answer.`)
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

/** What can be sent to a thread. */
function plain(statements: readonly Said[]): readonly Said[] {
  return statements.map(({ text, values, compares }) => ({ text, values, compares }))
}

function notSent(doing: string): IsthmusError {
  return new IsthmusError('TARGET-UNAVAILABLE', `${doing}: the call was given up before it was sent.`)
}
