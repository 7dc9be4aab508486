import { setTimeout as delay } from 'node:timers/promises'
import { IsthmusError } from '../../errors.ts'
import { channelId, type SinkChannel } from '../../system/channel.ts'
import type { Branch, Participant, PreparedBranch, Vote } from '../../system/roles.ts'
import { findMarker, insertMarker, type VotingDatabase, type Work } from './branches.ts'
import { branchesTable, rowsOf } from './database.ts'
import { Effects, makeTable } from './effects.ts'
import { Play } from './play.ts'

const neverAborted = new AbortController().signal
/** Milliseconds between two attempts to end a branch on which a connection was still at work. */
const pause = 20

/** A database in two-phase commit: what the products have in common. */
export class SqlParticipant implements Participant {
  readonly #database: VotingDatabase
  readonly #system: string
  readonly #effects: Effects
  readonly #makers = new Map<SinkChannel<unknown>, (data: unknown, effectKey: string) => Work>()
  /** Milliseconds to try to end a branch. */
  readonly #patience: number
  #ready = false

  constructor(database: VotingDatabase, system: string, patience: number) {
    this.#database = database
    this.#system = system
    this.#effects = new Effects(database)
    this.#patience = patience
  }

  async prepare(branch: Branch, signal: AbortSignal): Promise<Vote> {
    const { effectKey, work } = branch
    const id = checkId(branch.id)
    const works = work.map(({ channel, data }) => this.#makerOf(channel)(data, effectKey))
    if (works.length === 0) return { vote: 'read only' }
    await this.#makeTables(signal)
    try {
      return await this.#database.branches.prepare({ id, effectKey, works, alone: branch.alone }, signal)
    } catch (error) {
      if (isOpen(error) || signal.aborted) throw error
      if (await this.#isKnown(effectKey, signal)) return { vote: 'known' }
      throw (await this.#isEnded(id, signal)) ? tooLate(this.#system, id) : error
    }
  }

  /**
   * Where no promise can be ended, the connection that is still at work on the branch is ended, if there is one. Else
   * a marker is inserted that says `rolled back`: it makes a promise that is still on its way impossible, since that
   * inserts a marker too. If there is one already, or one comes to be, it tells what became of the branch.
   */
  async end(id: string, how: 'commit' | 'roll back'): Promise<'committed' | 'rolled back'> {
    checkId(id)
    await this.#makeTables(neverAborted)
    const { branches } = this.#database
    const deadline = performance.now() + this.#patience
    for (;;) {
      if (await branches.finish(id, how)) return how === 'commit' ? 'committed' : 'rolled back'
      const wasCut = await branches.cut(id)
      const outcome = wasCut ? undefined : await this.#fence(id)
      if (outcome) return outcome
      if (performance.now() > deadline) throw stillHeld(this.#system, id)
      await delay(pause)
    }
  }

  async prepared(prefix: string): Promise<readonly PreparedBranch[]> {
    return this.#database.branches.prepared(prefix)
  }

  unfit(): Promise<readonly string[]> {
    return this.#database.branches.unfit()
  }

  /** Undefined while the marker of a transaction that has not ended is in the way. */
  async #fence(id: string): Promise<'committed' | 'rolled back' | undefined> {
    const { dialect } = this.#database
    const marker = insertMarker(dialect, id, 'rolled back')
    const [inserted] = await this.#database.query([marker], neverAborted)
    if (inserted?.ok) return 'rolled back'
    const [row] = await rowsOf(this.#database, findMarker(dialect, id), neverAborted)
    if (row) return row.outcome === 'committed' ? 'committed' : 'rolled back'
    const { code } = inserted?.error ?? {}
    if (code === 'TARGET-CONTRACT' || code === 'TARGET-CREDENTIALS') throw inserted?.error
    return undefined
  }

  async #isKnown(effectKey: string, signal: AbortSignal): Promise<boolean> {
    const known = await this.#effects.known([effectKey], signal).catch(() => new Set())
    return known.has(effectKey)
  }

  async #isEnded(id: string, signal: AbortSignal): Promise<boolean> {
    const [found] = await this.#database.query([findMarker(this.#database.dialect, id)], signal)
    return found?.ok === true && found.rows.length > 0
  }

  #makerOf(channel: SinkChannel<unknown>) {
    let maker = this.#makers.get(channel)
    if (!maker) {
      const { options } = channel
      if (!(options instanceof Play) || !options.works || channel.system !== this.#system)
        throw new IsthmusError(
          'FLOW-DEFINITION',
          `The channel ${channelId(channel)} cannot be a part of a transaction in ${this.#system}.`,
        )
      maker = options.works(this.#database.dialect)
      this.#makers.set(channel, maker)
    }
    return maker
  }

  async #makeTables(signal: AbortSignal): Promise<void> {
    if (this.#ready) return
    await this.#effects.ready(signal)
    await makeTable(this.#database, branchesTable, this.#database.dialect.createBranches, signal)
    this.#ready = true
  }
}

/** It stands between quotes in statements. */
function checkId(id: string): string {
  if (/^[A-Za-z0-9:._-]{1,60}$/.test(id) && /.:[^:]+$/.test(id)) return id
  throw new IsthmusError('FLOW-DEFINITION', `${JSON.stringify(id)} cannot be the id of a branch.`)
}

/** What was promised, or done, is not known. */
function isOpen(error: unknown): boolean {
  return error instanceof IsthmusError && error.code === 'TARGET-UNANSWERED'
}

function tooLate(system: string, id: string): IsthmusError {
  const text = `The branch ${id} in ${system} was ended before it was prepared: nothing was done. It needs another id.`
  return new IsthmusError('TARGET-UNAVAILABLE', text)
}

function stillHeld(system: string, id: string): IsthmusError {
  const text = `The branch ${id} in ${system} cannot be ended yet: a connection or another transaction still holds it.`
  return new IsthmusError('TARGET-UNAVAILABLE', text)
}
