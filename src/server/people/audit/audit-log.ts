import { reasonOf } from '../../../errors.ts'
import type { Log } from '../../../observe/log.ts'
import type { StreamReader } from '../../../store/streams.ts'
import { refused } from '../../operations/deciding.ts'
import type { Keep } from '../keeping.ts'
import {
  type AuditEntry,
  type AuditRecord,
  auditKind,
  linked,
  readRecord,
  writtenRecord,
} from './audit-record.ts'

/** As many in one transaction. */
const atOnce = 200
/** What waits while nothing can be written; what happens beyond it is told to the log alone. */
const mostNotes = 1_000
const longestText = 500

export interface AuditLogOptions {
  readonly node: string
  readonly keep: Keep
  readonly log: Log
  now?(): number
}

interface Waiting {
  readonly entry: AuditEntry
  readonly written: PromiseWithResolvers<void>
}

/** The end of the chain. */
export interface ChainEnd {
  readonly no: number
  readonly hash: string
}

/** Writes the chain of this node: append only, one record after the other, and only this process does. */
export class AuditLog {
  readonly node: string
  readonly #options: AuditLogOptions
  #end: ChainEnd = { no: 0, hash: '' }
  #waiting: Waiting[] = []
  readonly #notes: AuditEntry[] = []
  #writing = false
  #streams: StreamReader | undefined

  constructor(options: AuditLogOptions) {
    this.node = options.node
    this.#options = options
  }

  async load(streams: StreamReader): Promise<void> {
    this.#streams = streams
    const name = { kind: auditKind, key: this.node }
    const { version = 0 } = (await streams.head(name)) ?? {}
    const [last] = version === 0 ? [] : await streams.events({ ...name, after: version - 1, limit: 1 })
    if (last) this.#end = { no: version, hash: readRecord(last).hash }
  }

  get end(): ChainEnd {
    return this.#end
  }

  /** Resolves when it is durable. Rejects when it cannot be: then what was to be done must not be. */
  write(entry: AuditEntry): Promise<void> {
    const written = Promise.withResolvers<void>()
    for (const note of this.#notes.splice(0)) this.#waiting.push({ entry: note, written: quiet() })
    this.#waiting.push({ entry: cut(entry), written })
    void this.#writeAll()
    return written.promise
  }

  /** What has happened already, and is written as soon as something can be. */
  note(entry: AuditEntry): void {
    const { log } = this.#options
    const text = `${entry.action} ${entry.object}`
    if (this.#notes.length >= mostNotes)
      log({ level: 'warn', event: 'audit', text: `not in the audit, which cannot be written: ${text}` })
    else this.#notes.push(cut(entry))
  }

  async #writeAll(): Promise<void> {
    if (this.#writing) return
    this.#writing = true
    while (this.#waiting.length > 0) await this.#append(this.#waiting.splice(0, atOnce))
    this.#writing = false
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    const { keep, now = Date.now, log } = this.#options
    const records: AuditRecord[] = []
    for (const { entry } of batch) {
      const { no, hash } = records.at(-1) ?? this.#end
      records.push(linked(entry, no + 1, now(), hash))
    }
    try {
      const name = { kind: auditKind, key: this.node }
      const events = records.map(writtenRecord)
      const appended = await keep({ ...name, version: this.#end.no, events, state: 'open' })
      if (appended.status === 'conflict') throw await this.#overtaken()
      const { no, hash } = records.at(-1) as AuditRecord
      this.#end = { no, hash }
      for (const { written } of batch) written.resolve()
    } catch (error) {
      log({ level: 'error', event: 'audit', text: `cannot be written: ${reasonOf(error)}` })
      const text = 'The audit cannot be written, and nothing is changed without it.'
      for (const { written } of batch) written.reject(refused(text, 503))
    }
  }

  /** Another process has the same key. What comes next is written behind its records. */
  async #overtaken(): Promise<Error> {
    if (this.#streams) await this.load(this.#streams)
    return new Error('another process has written into it: each needs a data directory of its own')
  }
}

/** For a record for which nobody waits; the log has told why it is not there. */
function quiet(): PromiseWithResolvers<void> {
  const written = Promise.withResolvers<void>()
  written.promise.catch(() => {})
  return written
}

function cut(entry: AuditEntry): AuditEntry {
  const short = (text: string) => (text.length > longestText ? `${text.slice(0, longestText)}…` : text)
  const { actor, object, why } = entry
  return {
    ...entry,
    actor: short(actor),
    object: short(object),
    ...(why !== undefined && { why: short(why) }),
  }
}
