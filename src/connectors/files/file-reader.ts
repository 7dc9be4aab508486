import { reasonOf } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import type { Delivery } from '../../message/message.ts'
import type { SourceChannel } from '../../system/channel.ts'
import { acceptPatiently } from '../../system/patience.ts'
import type { Intake } from '../../system/roles.ts'
import type { Claimed, Claims } from './claims.ts'
import type { ReadOptions } from './config.ts'
import type { FileRecord, Place } from './format.ts'
import { recordBatches, Unreadable } from './record-batches.ts'
import { RisingNumbers } from './rising-numbers.ts'

/**
 * What is stored: who we are, so that our claims are found again, and the place of the last accepted record in the
 * file of the last claim, if there was one.
 */
export type FilesPosition = { readonly owner: string; readonly claim: number } & Partial<Place>

export interface ReaderOptions {
  readonly channel: SourceChannel<unknown>
  readonly claims: Claims
  /** As it was stored when the source was started. */
  readonly position: FilesPosition
  log(level: 'info' | 'warn', text: string): void
}

/** Writes the lines of a file, and its identity with an offset. */
type PlaceTexts = Readonly<Record<'line' | 'place', RisingNumbers>>

/** Hands over the records of claimed files and ends the claims. */
export class FileReader {
  readonly #options: ReaderOptions
  readonly #intake: Intake
  readonly #signal: AbortSignal

  constructor(options: ReaderOptions, intake: Intake, signal: AbortSignal) {
    this.#options = options
    this.#intake = intake
    this.#signal = signal
  }

  /** Resolves when the claim is ended; when the signal aborts it stays, and is gone on with another time. */
  async read(claimed: Claimed): Promise<void> {
    const { position, claims, channel } = this.#options
    let last = claimed.claim === position.claim ? placeIn(position) : undefined
    const texts = { line: new RisingNumbers(''), place: new RisingNumbers(`${claimed.identity}:`) }
    try {
      for await (const records of recordBatches(claimed, last, channel, this.#signal)) {
        const deliveries = records.map(record => this.#delivery(record, claimed.name, texts))
        if (!(await this.#accept(deliveries, claimed, records.at(-1)))) return
        last = records.at(-1)
      }
      await claims.finish(claimed)
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      await this.#giveUp(claimed, last, error.message)
    }
  }

  /** What cannot be read of a file is one defect to the engine, so that it counts, alarms and waits for a person. */
  async #giveUp(claimed: Claimed, last: Place | undefined, reason: string): Promise<void> {
    const { claims, channel, log } = this.#options
    const behind =
      last === undefined ? 'cannot be read' : `cannot be read behind the record in line ${last.line}`
    const defect = `${claimed.name} ${behind}: ${reason}`
    const headers = { file: claimed.name }
    const id = `${claimed.identity}:rest`
    const delivery: Delivery = { id, headers, defect, body: new Uint8Array(0) }
    if (!(await this.#accept([delivery], claimed, last))) return
    const path = await claims.fail(claimed, defect)
    log('warn', `${channel.system}.${channel.name}: ${defect}. It went to ${path}.`)
  }

  async #accept(deliveries: Delivery[], claimed: Claimed, last: Place | undefined): Promise<boolean> {
    const { owner } = this.#options.position
    const position: FilesPosition = { owner, claim: claimed.claim, ...(last && placeIn(last)) }
    return (await acceptPatiently(this.#intake, deliveries, { position }, this.#signal)) !== undefined
  }

  #delivery(record: FileRecord, name: string, texts: PlaceTexts): Delivery {
    const { line, offset, part, data, body } = record
    const place = texts.place.text(offset)
    const headers: Record<string, string> = { file: name, line: texts.line.text(line) }
    if (part !== undefined) headers.part = part
    if (record.defect !== undefined)
      return { id: place, headers, body: record.body, defect: `${name}, ${record.defect}` }
    const id = this.#idOf(data, place)
    if (id.ok)
      return body === undefined ? { id: id.text, headers, data } : { id: id.text, headers, body, data }
    const defect = `${name}, line ${line}: the function "id" ${id.reason}`
    return { id: place, headers, body: body ?? json().encode(data), defect }
  }

  #idOf(data: unknown, place: string): { ok: true; text: string } | { ok: false; reason: string } {
    const { id } = this.#options.channel.options as ReadOptions
    if (id === undefined) return { ok: true, text: place }
    try {
      const text: unknown = id(data)
      return typeof text === 'string' && text !== ''
        ? { ok: true, text }
        : { ok: false, reason: 'gives no text' }
    } catch (error) {
      return { ok: false, reason: `fails: ${reasonOf(error)}` }
    }
  }
}

function placeIn({ offset, line }: Partial<Place>): Place | undefined {
  return offset === undefined || line === undefined ? undefined : { offset, line }
}
