import { IsthmusError } from '../../errors.ts'
import { eventAttributes, writeEvent } from '../../message/cloud-event.ts'
import type { Outgoing } from '../../system/roles.ts'
import { traceHeaders } from '../../system/trace-context.ts'
import type { WithTypedEvent } from '../events.ts'
import { headerTexts } from '../header-text.ts'
import type { ProduceOptions } from './config.ts'
import { effectKeyHeader } from './delivery.ts'
import { json, type OpenFormat } from './format.ts'

/** A record on its way, before its partition is known. */
export interface OutgoingRecord {
  readonly key: Buffer | undefined
  readonly value: Buffer | undefined
  readonly headers: Map<Buffer, Buffer>
  /** As the author says it; undefined if the key decides. */
  readonly partition: number | undefined
  /** About what it takes in a request. */
  readonly bytes: number
}

const effectKeyName = Buffer.from(effectKeyHeader)
/** What a record takes beside its parts, at most. */
const around = 70

/** Throws what the message is refused with. */
export function recordFor(
  item: Outgoing,
  options: WithTypedEvent<ProduceOptions<unknown>>,
  format: OpenFormat,
): OutgoingRecord {
  const { data, effectKey } = item
  const text = options.key ? options.key(data) : item.key
  const key = text === undefined ? undefined : keyBytes(text)
  const { value, eventHeaders } = writtenValue(item, options, format)
  if (value === undefined && key === undefined)
    throw new IsthmusError('MSG-ENCODE', 'A record needs a key or a value, and this one would have neither.')
  const headers = new Map<Buffer, Buffer>([[effectKeyName, Buffer.from(effectKey)]])
  for (const [name, content] of Object.entries(
    headerTexts({
      ...eventHeaders,
      ...traceHeaders(item.trace),
      ...options.headers?.(data),
    }),
  ))
    headers.set(Buffer.from(name), Buffer.from(content))
  let bytes = around + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, content] of headers) bytes += 10 + name.length + content.length
  return { key, value, headers, partition: options.partition?.(data), bytes }
}

/** An event without data has no value: it says that the key is deleted. */
function writtenValue(
  item: Outgoing,
  { event, format = json() }: WithTypedEvent<ProduceOptions<unknown>>,
  open: OpenFormat,
) {
  if (item.data === null) return { value: undefined, eventHeaders: {} }
  const body = open.encode(item.data)
  if (!event) return { value: asBuffer(body), eventHeaders: {} }
  const { contentType } = format
  const attributes = eventAttributes(item, event)
  const written = writeEvent(attributes, { contentType, body }, event.mode ?? 'binary', 'kafka')
  return {
    value: asBuffer(written.body),
    eventHeaders: { ...written.headers, 'content-type': written.contentType },
  }
}

function keyBytes(text: unknown): Buffer {
  if (typeof text !== 'string' || !text.isWellFormed())
    throw new IsthmusError('MSG-ENCODE', 'The key of a record is no text that UTF-8 can hold.')
  return Buffer.from(text)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
