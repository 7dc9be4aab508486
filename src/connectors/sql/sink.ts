import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Answer, Outgoing, Probed, Sink } from '../../system/roles.ts'
import type { Database, Statement, Written } from './database.ts'
import { Effects } from './effects.ts'

/** Makes the statements that write records. */
export interface Write<T> {
  /** Learns what it has to know of the database. Rejects if that cannot be done now. */
  ready?(database: Database, signal: AbortSignal): Promise<void>
  /** May throw: then one of the records is at fault. */
  statements(records: readonly T[]): Statement[]
  /** After a failure: forgets what it knows, and says whether it will now write the same records in other words. */
  doubt?(): boolean
}

/**
 * Writes records exactly once each: a batch is one transaction with the effect keys, sent in the hope that all of it
 * is new and good. Only if it is not, the keys are looked up and the batch is halved until each bad record stands
 * alone.
 */
export class SqlSink<T> implements Sink<T> {
  readonly batch = 500
  readonly concurrency: number
  readonly #database: Database
  readonly #effects: Effects
  readonly #write: Write<T>

  constructor(database: Database, write: Write<T>) {
    this.concurrency = database.dialect.writes
    this.#database = database
    this.#effects = new Effects(database)
    this.#write = write
  }

  async write(items: readonly Outgoing<T>[], signal: AbortSignal): Promise<Answer[]> {
    await this.#effects.ready(signal)
    await this.#write.ready?.(this.#database, signal)
    const batch = new Batch(this.#database, this.#effects, this.#write, signal)
    // What failed before is likely to fail again, or to wait for a lock, and must not hold up what is new.
    await batch.settle(items.filter(item => item.attempt === 1))
    await batch.settle(items.filter(item => item.attempt !== 1))
    return items.map(item => batch.answer(item))
  }

  async probe(item: Outgoing<T>, signal: AbortSignal): Promise<Probed> {
    await this.#effects.ready(signal)
    const known = await this.#effects.known([item.effectKey], signal)
    return { outcome: known.has(item.effectKey) ? 'done' : 'absent' }
  }
}

/** One call of a sink, with the answers found so far. */
class Batch<T> {
  readonly #database: Database
  readonly #effects: Effects
  readonly #write: Write<T>
  readonly #signal: AbortSignal
  readonly #answers = new Map<Outgoing<T>, Answer>()
  /** Why the database cannot go on: nothing more is tried. */
  #failure: IsthmusError | undefined

  constructor(database: Database, effects: Effects, write: Write<T>, signal: AbortSignal) {
    this.#database = database
    this.#effects = effects
    this.#write = write
    this.#signal = signal
  }

  answer(item: Outgoing<T>): Answer {
    return this.#answers.get(item) ?? this.#untried()
  }

  async settle(items: readonly Outgoing<T>[]): Promise<void> {
    if (items.length === 0 || this.#failure) return
    const written = await this.#attempt(items)
    if (written.outcome === 'done') return this.#record(items, { ok: true })
    const otherWords = this.#write.doubt?.() ?? false
    if (written.outcome === 'failed' && !(otherWords && disagrees(written.error)))
      return this.#afterFailure(items, written.error)
    const done = await this.#done(items)
    if (this.#failure) return
    if (done.length > 0) return this.settle(items.filter(item => !done.includes(item)))
    if (otherWords) return this.settle(items)
    if (items.length === 1) return this.#record(items, { ok: false, error: written.error })
    const half = Math.ceil(items.length / 2)
    await this.settle(items.slice(0, half))
    await this.settle(items.slice(half))
  }

  async #attempt(items: readonly Outgoing<T>[]): Promise<Written> {
    let statements: Statement[]
    try {
      statements = this.#write.statements(items.map(item => item.data))
    } catch (error) {
      return { outcome: 'refused', error: refusal(error) }
    }
    const keys = items.map(item => item.effectKey)
    return this.#database.write(keys, statements, this.#signal)
  }

  /**
   * When the answer to the commit was lost, a key that is found proves it. One that is not proves nothing: the lost
   * connection's transaction may still be at work.
   */
  async #afterFailure(items: readonly Outgoing<T>[], error: IsthmusError): Promise<void> {
    this.#record(items, { ok: false, error })
    if (error.code === 'TARGET-UNANSWERED' && !this.#signal.aborted) await this.#done(items)
    this.#failure ??= error
  }

  /** Answers those items whose effect has happened, and gives them. */
  async #done(items: readonly Outgoing<T>[]): Promise<readonly Outgoing<T>[]> {
    const keys = items.map(item => item.effectKey)
    try {
      const known = await this.#effects.known(keys, this.#signal)
      const done = items.filter(item => known.has(item.effectKey))
      this.#record(done, { ok: true })
      return done
    } catch (error) {
      this.#failure =
        error instanceof IsthmusError ? error : new IsthmusError('TARGET-UNAVAILABLE', reasonOf(error))
      return []
    }
  }

  #untried(): Answer {
    const reason = `it was not tried, because of another one: ${this.#failure?.message}`
    const { fate, retryAfter } = this.#failure ?? {}
    const untried = { fate: fate === 'pause' ? fate : 'retry', retryAfter, cause: this.#failure } as const
    return { ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', reason, untried) }
  }

  #record(items: readonly Outgoing<T>[], answer: Answer): void {
    for (const item of items) this.#answers.set(item, answer)
  }
}

/** The words may be at fault: nothing was done. */
function disagrees({ code }: IsthmusError): boolean {
  return code === 'TARGET-CONTRACT' || code === 'TARGET-CREDENTIALS'
}

/** The author's function may throw anything. */
export function refusal(error: unknown): IsthmusError {
  if (error instanceof IsthmusError) return error
  return new IsthmusError('TARGET-REFUSED', `no row can be made of the record: ${reasonOf(error)}`, {
    cause: error,
  })
}
