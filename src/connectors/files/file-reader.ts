import { json } from '../../message/codec/json.ts'
import type { Delivery } from '../../message/message.ts'
import type { SourceChannel } from '../../system/channel.ts'
import { acceptPatiently } from '../../system/patience.ts'
import type { Intake } from '../../system/roles.ts'
import type { Claimed, Claims } from './claims.ts'
import type { ReadOptions } from './config.ts'
import type { FileRecord, Place } from './format.ts'
import { recordBatches, Unreadable } from './record-batches.ts'

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
    try {
      for await (const records of recordBatches(claimed, last, channel, this.#signal)) {
        const deliveries = records.map(record => this.#delivery(record, claimed))
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

  #delivery(record: FileRecord, claimed: Claimed): Delivery {
    const { line, offset, ...content } = record
    const headers = { file: claimed.name, line: String(line) }
    const place = `${claimed.identity}:${offset}`
    const refused = (body: Uint8Array, reason: string): Delivery => {
      return { id: place, headers, body, defect: `${claimed.name}, ${reason}` }
    }
    if (content.defect !== undefined) return refused(content.body, content.defect)
    const { id } = this.#options.channel.options as ReadOptions
    if (id === undefined) return { id: place, headers, ...content }
    const { data, body = json().encode(data) } = content
    const given = attempt(() => id(data))
    if (typeof given === 'string' && given !== '') return { id: given, headers, ...content }
    const why = given instanceof Error ? `fails: ${given.message}` : 'gives no text'
    return refused(body, `line ${line}: the function "id" ${why}`)
  }
}

function placeIn({ offset, line }: Partial<Place>): Place | undefined {
  return offset === undefined || line === undefined ? undefined : { offset, line }
}

function attempt(compute: () => unknown): unknown {
  try {
    return compute()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
