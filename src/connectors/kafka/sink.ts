import { IsthmusError } from '../../errors.ts'
import type { Answer, Outgoing, Sink } from '../../system/roles.ts'
import type { WithTypedEvent } from '../events.ts'
import type { ProduceOptions } from './config.ts'
import { kafkaFailure, writeFailure } from './failure.ts'
import { json, type OpenFormat } from './format.ts'
import { batchesOf, Lane, type Placed } from './lane.ts'
import type { KafkaLink } from './link.ts'
import { type OutgoingRecord, recordFor } from './outgoing-record.ts'
import { partitionOutcomes } from './produced.ts'

/** Writes each message as a record, acknowledged by all replicas in sync. */
export class KafkaSink implements Sink {
  readonly batch = 1_000
  readonly concurrency: number
  readonly #link: KafkaLink
  readonly #options: WithTypedEvent<ProduceOptions<unknown>>
  readonly #format: OpenFormat
  /** Those that no call uses now. */
  readonly #lanes: Lane[]
  readonly #calls = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(link: KafkaLink, options: WithTypedEvent<ProduceOptions<unknown>>) {
    this.#link = link
    this.#options = options
    this.concurrency = options.transactionalId === undefined ? 2 : 1
    this.#format = (options.format ?? json()).open(link.context, options.topic)
    this.#lanes = Array.from({ length: this.concurrency }, () => new Lane(link, options))
    link.onClose(() => this.#close())
  }

  write(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    const call = this.#write(items, signal)
    this.#calls.add(call)
    return call.finally(() => this.#calls.delete(call))
  }

  async #write(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    if (this.#isClosed) throw new IsthmusError('TARGET-UNAVAILABLE', 'The connection has been closed.')
    const lane = this.#lanes.pop() ?? new Lane(this.#link, this.#options)
    try {
      const call = new Writing(lane, this.#options, this.#format, signal)
      return await call.write(items)
    } finally {
      this.#lanes.push(lane)
    }
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#calls)
    await Promise.all(this.#lanes.map(lane => lane.discard()))
    await this.#format.close?.()
  }
}

interface Entry extends Placed {
  readonly item: Outgoing
}

/** One call of the sink, with the answers found so far. */
class Writing {
  readonly #lane: Lane
  readonly #options: WithTypedEvent<ProduceOptions<unknown>>
  readonly #format: OpenFormat
  readonly #signal: AbortSignal
  readonly #answers = new Map<Outgoing, Answer>()
  /** Why the cluster cannot go on: nothing more is tried. */
  #failure: IsthmusError | undefined

  constructor(
    lane: Lane,
    options: WithTypedEvent<ProduceOptions<unknown>>,
    format: OpenFormat,
    signal: AbortSignal,
  ) {
    this.#lane = lane
    this.#options = options
    this.#format = format
    this.#signal = signal
  }

  async write(items: readonly Outgoing[]): Promise<Answer[]> {
    try {
      const entries = await this.#entries(items)
      // What is one transaction goes together.
      const parts =
        this.#options.transactionalId === undefined ? batchesOf(entries) : entries.length > 0 ? [entries] : []
      for (const part of parts) await this.#send(part as readonly Entry[])
    } catch (error) {
      this.#failure ??= kafkaFailure(error, this.#doing)
      const answer = { ok: false, error: this.#failure } as const
      for (const item of items) if (!this.#answers.has(item)) this.#answers.set(item, answer)
    }
    return items.map(item => this.#answers.get(item) ?? { ok: false, error: this.#untried() })
  }

  /** Throws where nothing can be written at all. */
  async #entries(items: readonly Outgoing[]): Promise<Entry[]> {
    if (this.#signal.aborted)
      throw new IsthmusError('TARGET-UNAVAILABLE', 'The call was given up before it was sent.')
    await this.#format.prepareWrite?.(this.#signal)
    const { partitionsCount } = await this.#lane.topic(this.#signal)
    return items.flatMap(item => {
      try {
        const record: OutgoingRecord = recordFor(item, this.#options, this.#format)
        return [{ item, record, partition: this.#lane.partitionOf(record, partitionsCount) }]
      } catch (error) {
        this.#answers.set(item, { ok: false, error })
        return []
      }
    })
  }

  async #send(entries: readonly Entry[]): Promise<void> {
    if (this.#failure) return
    try {
      await this.#lane.send(entries, this.#signal)
      for (const { item } of entries) this.#answers.set(item, { ok: true })
    } catch (error) {
      await this.#meet(entries, error)
    }
  }

  /** A batch that is too large for the topic is halved, until it is one record that is. */
  async #meet(entries: readonly Entry[], error: unknown): Promise<void> {
    const isWhole = this.#options.transactionalId !== undefined
    const { written, tooLarge, failed } = partitionOutcomes(error)
    const failure = writeFailure(error, this.#doing)
    const open: Entry[] = []
    for (const entry of entries) {
      const { item, partition } = entry
      if (!isWhole && written.has(partition)) this.#answers.set(item, { ok: true })
      else if (isWhole ? tooLarge.size > 0 : tooLarge.has(partition)) open.push(entry)
      else this.#answers.set(item, { ok: false, error: failed(partition, this.#doing) ?? failure })
    }
    if (open.length === 0) {
      if (failure.code !== 'TARGET-REFUSED') this.#failure = failure
      return
    }
    if (entries.length === 1) {
      for (const { item } of open) this.#answers.set(item, { ok: false, error: failure })
      return
    }
    const half = Math.ceil(open.length / 2)
    for (const part of [open.slice(0, half), open.slice(half)]) if (part.length > 0) await this.#send(part)
  }

  get #doing(): string {
    return `Writing to ${this.#options.topic}`
  }

  #untried(): IsthmusError {
    const { message, fate } = this.#failure ?? {}
    const text = `it was not tried, because of another one: ${message}`
    return new IsthmusError('TARGET-UNAVAILABLE', text, {
      fate: fate === 'pause' ? fate : 'retry',
      cause: this.#failure,
    })
  }
}
