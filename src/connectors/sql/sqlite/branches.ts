import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { IsthmusError } from '../../../errors.ts'
import type { PreparedBranch, Vote } from '../../../system/roles.ts'
import type { Branches, Work, WorkedBranch } from '../branches.ts'
import { type Database, rowsOf, type Statement } from '../database.ts'
import { makeTable } from '../effects.ts'
import type { Opening } from '../opening.ts'
import { type Ask, createPrepared, preparedTable } from './branch-work.ts'

const never = new AbortController().signal
/** Milliseconds between two looks whether another branch has ended. */
const pause = 10

/** What may stand in a branch: it is run twice, with the same result. */
const allowed = /^(\s|--.*\n|\/\*[\s\S]*?\*\/)*(insert|update|delete|replace|with|select)\b/i
const unsteady = /\brandom(blob)?\s*\(/i

/**
 * A file has no prepared transactions, so the promise is a row: the statements are tried and rolled back, and stored in
 * one transaction with a row at whose sight triggers refuse every change of any table, whoever wants it. To
 * commit is to take the row away, run the statements again and write the marker, in one transaction.
 */
export class SqliteBranches implements Branches {
  readonly #database: Database
  readonly #ask: Ask
  readonly #path: string
  readonly #opening: Opening
  #ready = false

  constructor(database: Database, ask: Ask, path: string, opening: Opening) {
    this.#database = database
    this.#ask = ask
    this.#path = path
    this.#opening = opening
  }

  async prepare({ works, ...branch }: WorkedBranch, signal: AbortSignal): Promise<Vote> {
    const statements = works.flatMap(statementsOf)
    if (!branch.alone) for (const statement of statements) checkSteady(statement)
    await this.#makeTable(signal)
    const deadline = performance.now() + this.#opening.lockTimeout
    for (;;) {
      const vote = await this.#ask({ kind: 'prepare', ...branch, statements }, signal)
      if (vote !== 'busy') return { vote: vote as Vote['vote'] }
      if (performance.now() > deadline)
        throw new IsthmusError(
          'TARGET-UNAVAILABLE',
          `Another branch of a transaction is prepared in the file of ${this.#opening.system}; it is tried again.`,
        )
      await delay(pause, undefined, { signal }).catch(() => {})
    }
  }

  async finish(id: string, how: 'commit' | 'roll back'): Promise<boolean> {
    await this.#makeTable(never)
    return (await this.#ask({ kind: 'end', id, how }, never)) === 'ended'
  }

  /** One that is at work on a branch holds the lock of the file, for which whoever ends it waits. */
  async cut(): Promise<boolean> {
    return false
  }

  async prepared(prefix: string): Promise<readonly PreparedBranch[]> {
    await this.#makeTable(never)
    const text = `select branch, at from ${preparedTable} where substr(branch, 1, length(?1)) = ?1`
    const rows = await rowsOf(this.#database, { text, values: [prefix] }, never)
    return rows.map(({ branch, at }) => ({
      id: String(branch),
      since: Number(at),
      holds: 'the whole file, against every change',
    }))
  }

  async unfit(): Promise<readonly string[]> {
    const file = this.#path
    const isWritable = await access(file, constants.W_OK).then(
      () => true,
      () => false,
    )
    if (!isWritable) return [`The file ${file} is not there, or may not be written to: make it writable.`]
    const text = `select (select journal_mode from pragma_journal_mode) as mode,
      (select group_concat(name, ', ') from pragma_table_list where schema = 'main' and type = 'virtual') as virtual`
    const [state] = await rowsOf(this.#database, { text, values: [] }, never)
    const problems: string[] = []
    if (state?.mode === 'off' || state?.mode === 'memory')
      problems.push(`journal_mode is ${state.mode}, which does not survive a crash: set it to WAL or DELETE.`)
    if (state?.virtual)
      problems.push(
        `Virtual tables (${state.virtual}) cannot be locked while a branch is prepared: keep them in another file.`,
      )
    return problems
  }

  async #makeTable(signal: AbortSignal): Promise<void> {
    if (this.#ready) return
    await makeTable(this.#database, preparedTable, createPrepared, signal)
    this.#ready = true
  }
}

function statementsOf(work: Work): readonly Statement[] {
  if (!('procedure' in work)) return work
  throw new IsthmusError('CONFIG-INVALID', `SQLite has no procedures: ${work.procedure} cannot be called.`)
}

function checkSteady({ text }: Statement): void {
  const problem = !allowed.test(text)
    ? 'only INSERT, UPDATE, DELETE, REPLACE and SELECT can be a part of a branch in SQLite'
    : unsteady.test(text) &&
      'a branch in SQLite is run twice, and random() would give another value: make it in the mapping'
  if (problem)
    throw new IsthmusError('TARGET-CONTRACT', `A statement cannot be prepared: ${problem}.`, {
      fate: 'pause',
    })
}
