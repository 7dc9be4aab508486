import type { Document } from 'mongodb'
import { IsthmusError } from '../../errors.ts'
import type { Answer, Outgoing } from '../../system/roles.ts'
import type { MongoLink } from './client.ts'
import { isDuplicate, itemFailure, readFailure, type ServerWords, writeFailure } from './failure.ts'
import { effectsField } from './from-bson.ts'
import type { Mode, Writing } from './writing.ts'

/** MongoDB's limit of a document. */
const mostBytes = 16 * 1024 * 1024
/** Of the statements of one command, which is a document itself. */
const mostBytesOfCommand = mostBytes - 1024 * 1024
/** Durable on most servers of a replica set, and in the journal. */
const writeConcern = { w: 'majority', j: true } as const

interface Entry {
  readonly item: Outgoing
  readonly writing: Writing
  readonly bytes: number
}

/** One call of a sink, with the answers found so far. */
export class Batch {
  readonly #link: MongoLink
  readonly #collection: string
  readonly #mode: Mode
  readonly #signal: AbortSignal
  readonly #answers = new Map<Outgoing, Answer>()
  /** Why the database cannot go on: nothing more is tried. */
  #failure: IsthmusError | undefined

  constructor(link: MongoLink, collection: string, mode: Mode, signal: AbortSignal) {
    this.#link = link
    this.#collection = collection
    this.#mode = mode
    this.#signal = signal
  }

  async write(items: readonly Outgoing[]): Promise<Answer[]> {
    const entries = items.map(item => this.#entry(item)).filter(entry => entry !== undefined)
    const refused = await this.#send(entries)
    await this.#settle(refused)
    return items.map(item => this.#answers.get(item) ?? { ok: false, error: this.#untried() })
  }

  #entry(item: Outgoing): Entry | undefined {
    try {
      const writing = this.#mode.writing(item)
      const bytes = this.#link.driver.BSON.calculateObjectSize(writing.statement)
      if (bytes <= mostBytes) return { item, writing, bytes }
      const text = `The document has ${bytes} bytes; MongoDB holds ${mostBytes}.`
      throw new IsthmusError('TARGET-REFUSED', text)
    } catch (error) {
      this.#fail(item, readFailure(error, this.#doing))
      return undefined
    }
  }

  /** Sends all in as few commands as their size allows. Gives those that met a unique index, unanswered. */
  async #send(entries: readonly Entry[]): Promise<Entry[]> {
    const duplicates: Entry[] = []
    for (const part of partsOf(entries)) {
      if (this.#failure) break
      duplicates.push(...(await this.#command(part)))
    }
    return duplicates
  }

  async #command(
    entries: readonly Entry[],
    statementOf = ({ writing }: Entry) => writing.statement,
  ): Promise<Entry[]> {
    const { command, list } = this.#mode
    const statements = entries.map(statementOf)
    const duplicates: Entry[] = []
    try {
      const reply = await this.#run({ [command]: this.#collection, [list]: statements, ordered: false })
      const errors = new Map(wordsOf(reply).map(words => [Number(words.index), words]))
      const concern = reply.writeConcernError as ServerWords | undefined
      for (const [index, entry] of entries.entries()) {
        const words = errors.get(index)
        if (words && isDuplicate(words)) duplicates.push(entry)
        else if (words) this.#fail(entry.item, itemFailure(words, this.#doing))
        else this.#answers.set(entry.item, answerFor(concern, reply, this.#doing))
      }
    } catch (error) {
      this.#failure = writeFailure(error, this.#doing)
      for (const { item } of entries) this.#fail(item, this.#failure)
    }
    return duplicates
  }

  /** A write concern that was not met is told like an answer: its items are known. */
  async #run(command: Document): Promise<Document> {
    try {
      const most = { maxTimeMS: this.#link.callTimeout }
      return await this.#link.command({ ...command, writeConcern, ...most }, this.#signal)
    } catch (error) {
      const { name, result } = error as { name?: unknown; result?: Document }
      if (name === 'MongoWriteConcernError' && result?.writeConcernError) return result
      throw error
    }
  }

  /**
   * What met a unique index is either done already, or refused by an index that the record violates. A document of
   * its place that does not know the effect key was made by another writer at the same moment: it is changed now.
   */
  async #settle(refused: readonly Entry[]): Promise<void> {
    for (const { item } of refused) this.#fail(item, this.#unknown('it met a unique index'))
    const { again } = this.#mode
    for (const entry of await this.#withoutDone(refused)) {
      const isRefused = again ? await this.#change(entry, again) : true
      if (this.#failure) return
      if (isRefused)
        this.#fail(entry.item, itemFailure({ code: 11000, codeName: 'DuplicateKey' }, this.#doing))
    }
  }

  /** Changes the document if it is there, and else tries again to insert it. Tells whether an index refuses that. */
  async #change(entry: Entry, again: (writing: Writing) => Document): Promise<boolean> {
    const isThere = await this.#holds(entry.writing.place, 'local')
    if (this.#failure) return false
    const refused = await this.#command([entry], isThere ? ({ writing }) => again(writing) : undefined)
    const applied = this.#answers.get(entry.item)?.ok === true
    if (refused.length === 0 && !(isThere && applied)) return false
    // What was there may have gone, or taken our effect key from another process.
    this.#fail(entry.item, this.#unknown('another process writes the same document'))
    const open = await this.#withoutDone(refused.length > 0 ? refused : [entry])
    return refused.length > 0 && open.length > 0
  }

  /**
   * Answers those whose effect has happened, and gives the others. It is claimed only when it is on most servers: what
   * is seen on the primary alone may still be rolled back.
   */
  async #withoutDone(entries: readonly Entry[]): Promise<Entry[]> {
    const looks = entries.map(async entry => {
      const { done } = entry.writing
      if (await this.#holds(done, 'majority')) this.#answers.set(entry.item, { ok: true })
      else if (!(await this.#holds(done, 'local'))) return entry
      return undefined
    })
    const others = await Promise.all(looks)
    return this.#failure ? [] : others.filter(entry => entry !== undefined)
  }

  async #holds(filter: Document, level: 'local' | 'majority'): Promise<boolean> {
    if (this.#failure) return false
    const command = { find: this.#collection, filter, limit: 1, singleBatch: true, readConcern: { level } }
    try {
      const reply = await this.#link.command({ ...command, projection: { [effectsField]: 1 } }, this.#signal)
      return reply.cursor.firstBatch.length > 0
    } catch (error) {
      this.#failure = readFailure(error, this.#doing)
      return false
    }
  }

  get #doing(): string {
    return `Writing to ${this.#collection}`
  }

  #fail(item: Outgoing, error: IsthmusError): void {
    this.#answers.set(item, { ok: false, error })
  }

  #unknown(reason: string): IsthmusError {
    return new IsthmusError(
      'TARGET-UNANSWERED',
      `${this.#doing}: ${reason}; whether it is done is not known.`,
    )
  }

  #untried(): IsthmusError {
    const { message, fate, retryAfter } = this.#failure ?? {}
    const text = `it was not tried, because of another one: ${message}`
    const options = { fate: fate === 'pause' ? fate : 'retry', retryAfter, cause: this.#failure } as const
    return new IsthmusError('TARGET-UNAVAILABLE', text, options)
  }
}

function wordsOf(reply: Document): (ServerWords & { index?: unknown })[] {
  return Array.isArray(reply.writeErrors) ? reply.writeErrors : []
}

/** For an item that the server applied. */
function answerFor(concern: ServerWords | undefined, reply: Document, doing: string): Answer {
  if (concern === undefined && reply.ok === 1) return { ok: true }
  const reason = itemFailure(concern ?? {}, doing).message
  const text = `${reason} It is applied, and may be rolled back.`
  return { ok: false, error: new IsthmusError('TARGET-UNANSWERED', text) }
}

function* partsOf(entries: readonly Entry[]): Generator<Entry[]> {
  let part: Entry[] = []
  let bytes = 0
  for (const entry of entries) {
    if (part.length > 0 && bytes + entry.bytes > mostBytesOfCommand) {
      yield part
      part = []
      bytes = 0
    }
    part.push(entry)
    // The name of a list's member, which is its position, stands before it.
    bytes += entry.bytes + 16
  }
  if (part.length > 0) yield part
}
