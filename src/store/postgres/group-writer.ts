import { setTimeout as pause } from 'node:timers/promises'
import { IsthmusError } from '../../errors.ts'
import type { Database } from './database.ts'
import { isConflict, mayPass, storeError } from './pg-failure.ts'
import { Session } from './session.ts'

/** How several calls become one transaction of one statement. */
export interface Grouping<Call, Answer> {
  /** In words, for errors. */
  readonly doing: string
  /** How many of the waiting calls, from the first on, go together: at least one. */
  count(waiting: readonly { readonly call: Call }[]): number
  /**
   * Commits the calls as the session's next transaction and gives an answer for each; or `committed` if the answers
   * are yet to be recalled; or `nothing` if the server did nothing, because it does not know the session or something
   * that was remembered from an earlier one.
   */
  commit(session: Session, calls: readonly Call[]): Promise<Answer[] | 'committed' | 'nothing'>
  /** The answers to calls that were committed, found out afterwards. */
  recall(session: Session, calls: readonly Call[]): Promise<Answer[]>
}

interface Asked<Call, Answer> {
  readonly call: Call
  readonly since: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes calls in the order in which they were asked, over one connection. What is asked while a transaction is on
 * its way goes together into the next one.
 *
 * A call waits at most `patience` for the server and is then rejected with STORE-UNAVAILABLE: it was never sent, or
 * was rolled back. A transaction whose answer was lost is another matter: its calls wait, for as long as it takes, until
 * the server can say what became of it. Only closing ends that, with STORE-FAILED.
 */
export class GroupWriter<Call, Answer> {
  readonly #database: Database
  readonly #grouping: Grouping<Call, Answer>
  #waiting: Asked<Call, Answer>[] = []
  #session: Session | undefined
  #working: Promise<void> | undefined
  #alarm: NodeJS.Timeout | undefined
  #closedUntil: number | undefined

  constructor(database: Database, grouping: Grouping<Call, Answer>) {
    this.#database = database
    this.#grouping = grouping
  }

  ask(call: Call): Promise<Answer> {
    if (this.#closedUntil !== undefined)
      return Promise.reject(
        new IsthmusError('STORE-UNAVAILABLE', `${this.#grouping.doing}: the store is closed`),
      )
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, since: performance.now(), resolve, reject })
      this.#alarm ??= setTimeout(() => this.#expire(), this.#database.options.patience).unref()
      this.#working ??= this.#work()
    })
  }

  /** Waits for what was asked, and at most `patience` for a server that cannot be reached; ends the connection. */
  async close(): Promise<void> {
    this.#closedUntil ??= performance.now() + this.#database.options.patience
    await this.#working
    const session = this.#session
    this.#session = undefined
    await session?.forget(session).catch(() => undefined)
    await session?.end()
  }

  async #work(): Promise<void> {
    await undefined // so that what is asked in one go is written in one go
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, this.#grouping.count(this.#waiting))
      await this.#answer(group)
    }
    this.#working = undefined
  }

  /** A group that the server or a lost lease refuses is written call by call, so that only those at fault are rejected. */
  async #answer(group: readonly Asked<Call, Answer>[]): Promise<void> {
    try {
      const answers = await this.#write(group.map(asked => asked.call))
      for (const [index, asked] of group.entries()) asked.resolve(answers[index] as Answer)
    } catch (error) {
      if (group.length > 1 && isOfOne(error)) for (const asked of group) await this.#answer([asked])
      else for (const asked of group) asked.reject(storeError(error, this.#grouping.doing))
    }
  }

  async #write(calls: readonly Call[]): Promise<Answer[]> {
    const until = this.#database.deadline()
    for (let attempt = 0; ; attempt++) {
      const session = await this.#connected(until)
      try {
        const answers = await this.#grouping.commit(session, calls)
        if (answers === 'committed') return await this.#recall(calls)
        if (answers !== 'nothing') return answers
        await this.#drop(session)
      } catch (error) {
        if (session.broken && (await this.#wasCommitted(session))) return await this.#recall(calls)
        if ((!session.broken && !isConflict(error)) || performance.now() > until()) throw error
      }
      await pause(Math.min(2 ** attempt, 500) * Math.random())
    }
  }

  #recall(calls: readonly Call[]): Promise<Answer[]> {
    return this.#surely(session => this.#grouping.recall(session, calls))
  }

  async #wasCommitted(lost: Session): Promise<boolean> {
    const outcome = await this.#surely(session => session.seal(lost))
    await this.#session?.forget(lost).catch(() => undefined)
    return outcome
  }

  /**
   * Finds out about a transaction whose answer was lost. Tries until it succeeds or the store is closed: without an
   * outcome nobody may repeat what was asked.
   */
  async #surely<T>(use: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await this.#database.patiently(this.#end, this.#grouping.doing, async () => {
        const session = await this.#connected(this.#end)
        return await use(session)
      })
    } catch (error) {
      throw unknownOutcome(this.#grouping.doing, error)
    }
  }

  readonly #end = (): number => this.#closedUntil ?? Number.POSITIVE_INFINITY

  async #connected(until: () => number): Promise<Session> {
    if (this.#session?.broken) await this.#drop(this.#session)
    this.#session ??= await this.#database.patiently(until, 'connecting', () => Session.open(this.#database))
    return this.#session
  }

  async #drop(session: Session): Promise<void> {
    if (this.#session === session) this.#session = undefined
    await session.end()
  }

  #expire(): void {
    const now = performance.now()
    const oldest = now - this.#database.options.patience
    const late = this.#waiting.filter(asked => asked.since <= oldest)
    this.#waiting = this.#waiting.filter(asked => asked.since > oldest)
    for (const asked of late) asked.reject(noAnswer(this.#grouping.doing))
    const next = this.#waiting[0]
    this.#alarm = next && setTimeout(() => this.#expire(), next.since - oldest).unref()
  }
}

/** Whether an error may be the fault of one call of a group. */
function isOfOne(error: unknown): boolean {
  return error instanceof IsthmusError ? error.code === 'STORE-FENCED' : !mayPass(error)
}

function noAnswer(doing: string): IsthmusError {
  return new IsthmusError(
    'STORE-UNAVAILABLE',
    `${doing}: PostgreSQL did not answer in time. Nothing was kept; check the server and its locks.`,
  )
}

function unknownOutcome(doing: string, cause: unknown): IsthmusError {
  return new IsthmusError(
    'STORE-FAILED',
    `${doing}: the connection broke before the answer to a commit, and PostgreSQL could not be asked afterwards ` +
      'what became of it. It may have been kept or not.',
    { cause },
  )
}
