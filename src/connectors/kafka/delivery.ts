import { IsthmusError, reasonOf } from '../../errors.ts'
import { eventHead, readEvents } from '../../message/cloud-event.ts'
import { json } from '../../message/codec/json.ts'
import type { Delivered, Delivery } from '../../message/message.ts'
import type { Model } from '../../model/model.ts'
import type { ConsumeOptions } from './config.ts'
import type { OpenFormat } from './format.ts'
import { headersOf, type RawRecord, recordOf, textOf } from './records.ts'

/** The header that our sinks write. */
export const effectKeyHeader = 'isthmus-effect-key'

const noValue =
  'The record has no value, which marks its key as deleted, and the model takes no null. Declare "record" to say what it means.'

/** Makes deliveries of the records of one topic. */
export class DeliveryMaker {
  readonly #options: ConsumeOptions
  readonly #format: OpenFormat
  /** Values are read by the intake, from their bytes. */
  readonly #asBytes: boolean
  readonly #takesNull: boolean
  readonly #place: string

  /** `topicId` tells a topic from an earlier one of the same name. */
  constructor(options: ConsumeOptions, format: OpenFormat, model: Model<unknown>, topicId: string) {
    this.#options = options
    this.#format = format
    this.#asBytes = options.format === undefined || options.format.decode !== undefined
    this.#takesNull = model.validate(null).ok
    this.#place = topicId === options.topic ? topicId : `${options.topic}.${topicId.slice(0, 8)}`
  }

  async make(
    records: readonly (readonly [partition: number, record: RawRecord])[],
    signal: AbortSignal,
  ): Promise<Delivery[]> {
    const values = records.flatMap(([, { value }]) => (value ? [value] : []))
    await this.#format.prepareRead?.(values, signal)
    return records.flatMap(([partition, record]) => this.#delivery(partition, record) ?? [])
  }

  #delivery(partition: number, raw: RawRecord): Delivery | undefined {
    const headers = headersOf(raw)
    if (raw.key) headers['kafka.key'] = textOf(raw.key)
    const place = `${this.#place}/${partition}/${raw.offset}`
    const head = { time: raw.time, headers }
    try {
      const { record, event } = opened(raw, headers)
      const content = this.#content(partition, record)
      if (content === undefined) return undefined
      const { time = raw.time, subject } = event
      const own = this.#options.id ? this.#ownId(partition, record) : event.id
      const id = own || headers[effectKeyHeader] || headers['message-id'] || place
      return { id, time, subject, headers: { ...headers, ...event.headers }, ...content }
    } catch (error) {
      // What cannot be read has no name of its own that could be trusted.
      return { id: place, ...head, defect: reasonOf(error), body: raw.value ?? new Uint8Array() }
    }
  }

  /** Undefined for what is left out. */
  #content(partition: number, raw: RawRecord): Delivered | undefined {
    const { record, topic } = this.#options
    const { value } = raw
    if (record) {
      const read = value === null ? null : this.#format.decode(value)
      const data = record(recordOf(topic, partition, raw, read))
      return data === undefined ? undefined : { data }
    }
    if (value === null) return this.#takesNull ? { data: null } : { defect: noValue, body: new Uint8Array() }
    return this.#asBytes ? { body: value } : { data: this.#format.decode(value) }
  }

  #ownId(partition: number, raw: RawRecord): string | undefined {
    const { id, topic } = this.#options
    const value = raw.value === null ? null : this.#format.decode(raw.value)
    return id?.(recordOf(topic, partition, raw, value))
  }
}

/** A structured CloudEvent as if it were a binary one: its data are the value. */
function opened(raw: RawRecord, headers: Readonly<Record<string, string>>) {
  const { value } = raw
  const message = { headers, contentType: headers['content-type'], body: value ?? new Uint8Array() }
  const [event, second] = readEvents(message, 'kafka') ?? []
  if (event === undefined) return { record: raw, event: {} as ReturnType<typeof eventHead> }
  if (second) throw new IsthmusError('MSG-DECODE', 'a record is one event, and not a batch of them')
  const { body = jsonCodec.encode(event.content.data) } = event.content
  const record = value === null ? raw : { ...raw, value: Buffer.from(body) }
  return { record, event: eventHead(event.attributes) }
}

const jsonCodec = json()
