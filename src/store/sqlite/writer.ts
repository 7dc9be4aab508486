import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { IsthmusError } from '../../errors.ts'
import type { Claim, RetireLimits } from '../store.ts'
import { Accepting } from './accepting.ts'
import { Appending } from './appending.ts'
import { ByteReader } from './bytes.ts'
import { Checkpoints } from './checkpoints.ts'
import { FileWatch } from './file-watch.ts'
import { FlowsInWork } from './flows-in-work.ts'
import { KeyIndexWriter } from './key-index.ts'
import { requireSoundLog } from './log-check.ts'
import { readMeta, writeMeta } from './meta.ts'
import { OwnerLock } from './owner-lock.ts'
import { requireInPlace, syncDirectory } from './relocation.ts'
import { Retiring } from './retiring.ts'
import { RetiringStreams } from './retiring-streams.ts'
import { openWriter, requireSqlite } from './schema.ts'
import { Settling } from './settling.ts'
import { Space } from './space.ts'
import { verifyAfterCrash } from './verify.ts'
import type { Answer, Call, WireAppend } from './wire.ts'

export interface WriterOptions {
  readonly directory: string
  readonly ballastBytes: number
}

/** A call in the writer's queue, with its number and the buffer of its batch. */
export interface Pending {
  readonly number: number
  readonly call: Call
  readonly buffer: ArrayBuffer
}

/**
 * The one writer of a database; all it does is synchronous. An error that it throws is final: what was asked is
 * unknown, and neither the writer nor its connection may be used again.
 */
export class Writer {
  readonly #lock: OwnerLock
  readonly #space: Space
  readonly #db: DatabaseSync
  readonly #files: FileWatch
  readonly #flows: FlowsInWork
  readonly #accepting: Accepting
  readonly #settling: Settling
  readonly #retiring: Retiring
  readonly #appending: Appending
  readonly #retiringStreams: RetiringStreams
  readonly #checkpoints: Checkpoints
  readonly #keys: KeyIndexWriter
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly claim: Claim
  /** Settlements that found no space: they are tried until there is some. */
  #waiting: Pending[] = []

  /** Becomes the owner of the directory. If it throws, the end of its thread releases what is open. */
  constructor({ directory, ballastBytes }: WriterOptions, owner: string, host: string, partitions?: number) {
    requireSqlite()
    this.#lock = new OwnerLock(directory, owner, host)
    this.#space = new Space(directory, ballastBytes)
    const { db, claim } = this.#space.insist(() => openClaimed(directory, this.#lock, partitions))
    this.#db = db
    this.claim = claim
    this.#files = new FileWatch(directory, ['journal.db', 'journal.db-wal'])
    this.#flows = new FlowsInWork(this.#db)
    this.#accepting = new Accepting(this.#db, this.#flows)
    this.#settling = new Settling(this.#db, this.#flows)
    this.#retiring = new Retiring(this.#db, this.#flows)
    this.#appending = new Appending(this.#db, this.#accepting)
    this.#retiringStreams = new RetiringStreams(this.#db, this.#appending)
    this.#checkpoints = new Checkpoints(this.#db)
    this.#keys = new KeyIndexWriter(this.#db, this.#flows)
    this.#begin = this.#db.prepare('begin immediate')
    this.#commit = this.#db.prepare('commit')
    this.#space.reserve()
  }

  get isWaitingForSpace(): boolean {
    return this.#waiting.length > 0
  }

  /** Does what is asked in one transaction with one sync. What is not answered waits for space. */
  run(asked: readonly Pending[]): Answer[] {
    const refused = this.#space.isFull() ? asked.filter(({ call }) => isNew(call)) : []
    const work = [...this.#waiting, ...asked.filter(each => !refused.includes(each))]
    this.#waiting = []
    const answers = refused.map(({ number }) => failed(number, this.#space.error()))
    if (work.length === 0) return answers
    try {
      answers.push(...this.#transaction(work))
    } catch (error) {
      answers.push(...this.#undo(work, error))
    }
    return answers
  }

  /** To be called after answers are given, with `idle` when nothing is asked for a while. */
  maintain(idle: boolean): void {
    this.#addKeys()
    try {
      if (idle) this.#checkpoints.all()
      else this.#checkpoints.some()
    } catch (error) {
      this.#requireOnlySpace(error)
    }
  }

  /** There are messages that could be indexed by now. */
  get isBehind(): boolean {
    return this.#keys.isBehind
  }

  /** In a transaction of its own, behind those that somebody waits for. */
  #addKeys(): void {
    if (this.#waiting.length > 0 || !this.#keys.isBehind) return
    try {
      this.#begin.run()
      this.#keys.step()
      this.#flows.save()
      this.#commit.run()
    } catch (error) {
      this.#requireOnlySpace(error)
      if (this.#db.isTransaction) this.#db.exec('rollback')
      this.#flows.reload()
    }
  }

  /** Gives up ownership. */
  close(how: 'clean' | 'unclean'): Answer[] {
    const answers = this.#waiting.map(({ number }) => failed(number, this.#space.error()))
    try {
      if (how === 'clean') writeMeta(this.#db, 'clean', 1)
    } catch (error) {
      this.#requireOnlySpace(error)
    }
    this.#db.close()
    this.#lock.release()
    return answers
  }

  #transaction(work: readonly Pending[]): Answer[] {
    this.#begin.run()
    const answers = work.map(pending => this.#answer(pending))
    this.#flows.save()
    this.#appending.save()
    this.#commit.run()
    this.#files.require()
    return answers
  }

  #answer({ number, call, buffer }: Pending): Answer {
    switch (call.what) {
      case 'accept': {
        const reader = new ByteReader(Buffer.from(buffer), call.at)
        return { call: number, value: this.#accepting.accept(reader, call.runs, call.position) }
      }
      case 'append': {
        if (call.token !== this.claim.token) return failed(number, fenced('an append', call, this.claim))
        const appends = JSON.parse(call.appends) as WireAppend[]
        return { call: number, value: appends.map(each => this.#appending.append(each, buffer)) }
      }
      case 'settle': {
        const { settlement } = call
        if (settlement.token !== this.claim.token)
          return failed(number, fenced(`a settlement of ${settlement.flow}`, settlement, this.claim))
        this.#settling.settle(settlement)
        return { call: number }
      }
      case 'retire':
        return { call: number, value: this.#retire(call.limits) }
      default:
        throw new TypeError(`a transaction cannot contain "${call.what}"`)
    }
  }

  #retire(limits: RetireLimits): number {
    this.#keys.retire()
    return this.#retiring.retire(limits) + this.#retiringStreams.retire(limits.before ?? 0)
  }

  /** After a failed transaction of which nothing was kept; throws if that is not certain. */
  #undo(work: readonly Pending[], error: unknown): Answer[] {
    const failure = this.#space.failureOf(error)
    if (failure.code === 'STORE-FAILED') throw failure
    if (this.#db.isTransaction) this.#db.exec('rollback')
    this.#flows.reload()
    this.#appending.reload()
    const isFull = failure.code === 'STORE-FULL'
    const again = isFull ? work.filter(({ call }) => call.what === 'settle') : []
    const answers = work.filter(each => !again.includes(each)).map(({ number }) => failed(number, failure))
    if (!isFull) return answers
    const gaveUp = this.#space.giveUp()
    this.#waiting = again
    return gaveUp && again.length > 0 ? [...answers, ...this.run([])] : answers
  }

  #requireOnlySpace(error: unknown): void {
    const failure = this.#space.failureOf(error)
    if (failure.code === 'STORE-FULL') this.#space.giveUp()
    else if (failure.code !== 'STORE-UNAVAILABLE') throw failure
  }
}

function openClaimed(
  directory: string,
  lock: OwnerLock,
  partitions: number | undefined,
): { db: DatabaseSync; claim: Claim } {
  const file = join(directory, 'journal.db')
  requireInPlace(directory)
  requireSoundLog(`${file}-wal`)
  if (lock.hasStore && !existsSync(file)) throw lostJournal(file)
  const { db, isNew } = openWriter(file)
  try {
    if (isNew) syncDirectory(directory)
    lock.noteStore()
    const clean = isNew || readMeta(db, 'clean') === 1
    if (!clean) verifyAfterCrash(db)
    const token = (readMeta(db, 'token') ?? 0) + 1
    db.exec('begin immediate')
    writeMeta(db, 'token', token)
    writeMeta(db, 'clean', 0)
    const divided = dividedInto(db, partitions)
    db.exec('commit')
    return { db, claim: { token, clean, partitions: divided } }
  } catch (error) {
    db.close()
    throw error
  }
}

/** In how many shares the keys are divided: a store that has had messages keeps to what it has begun with. */
function dividedInto(db: DatabaseSync, wanted: number | undefined): number {
  const now = readMeta(db, 'partitions') ?? 1
  const isUsed = db.prepare('select 1 from flows limit 1').get() !== undefined
  if (wanted === undefined || wanted === now || isUsed) return now
  writeMeta(db, 'partitions', wanted)
  return wanted
}

/** An empty journal in its place would accept again what was done, and prove that nothing is missing. */
function lostJournal(file: string): IsthmusError {
  const text = `${file} is gone, although messages may have been accepted into it`
  return new IsthmusError(
    'STORE-FAILED',
    `${text}: bring it back, or remove the whole directory to begin anew`,
  )
}

/** What a full disk refuses at once, so that what was begun can be finished. */
const isNew = ({ what }: Call): boolean => what === 'accept' || what === 'append'

function fenced(what: string, { token }: { readonly token: number }, claim: Claim): IsthmusError {
  const text = `${what} carries token ${token}, the owner has ${claim.token}: another worker took over`
  return new IsthmusError('STORE-FENCED', text)
}

export function failed(call: number, { code, message, detail }: IsthmusError): Answer {
  return { call, failed: { code, message, detail } }
}
