import { IsthmusError } from '../errors.ts'
import { json } from './codec/json.ts'
import type { Delivered, Delivery } from './message.ts'
import { isPlainText } from './plain-text.ts'

/**
 * How attributes are written as headers. Sources: the protocol bindings of CloudEvents 1.0.2 for HTTP, Kafka and AMQP;
 * the last is also what RabbitMQ makes of headers towards AMQP 1.0.
 */
export type EventBinding = 'http' | 'kafka' | 'amqp'

/** `binary`: attributes are headers and the body is the data. `structured`: the body is a JSON object of both. */
export type EventMode = 'binary' | 'structured'

/** A message as a protocol carries it. Names of headers are lower-case where the protocol does not tell case. */
export interface WireMessage {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

/** What a CloudEvent says: its attributes by name, extensions among them, and its data, read or as bytes. */
export interface ReadEvent {
  readonly attributes: Readonly<Record<string, string>>
  readonly content: Delivered
}

const prefixes: Readonly<Record<EventBinding, readonly [written: string, ...read: string[]]>> = {
  http: ['ce-'],
  kafka: ['ce_'],
  amqp: ['cloudEvents_', 'cloudEvents:'],
}

const structured = 'application/cloudevents+json'
const batch = 'application/cloudevents-batch+json'

/**
 * The events that a message holds: one, or those of a batch; undefined where it is no CloudEvent. Throws MSG-DECODE for
 * a structured event that cannot be read or lacks what an event must have.
 */
export function readEvents(message: WireMessage, binding: EventBinding): readonly ReadEvent[] | undefined {
  const type = message.contentType?.split(';')[0]?.trim().toLowerCase()
  if (type === structured) return [structuredEvent(codec.decode(message.body))]
  if (type === batch) return list(codec.decode(message.body)).map(structuredEvent)
  const attributes = headerAttributes(message.headers, binding)
  if (attributes.id === undefined) return undefined
  return [{ attributes, content: { body: message.body } }]
}

const codec = json()

function headerAttributes(headers: WireMessage['headers'], binding: EventBinding): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const prefix = prefixes[binding].find(each => name.toLowerCase().startsWith(each.toLowerCase()))
    // A header that says two things says nothing.
    if (prefix === undefined || typeof value !== 'string' || value === '') continue
    attributes[name.slice(prefix.length).toLowerCase()] = binding === 'http' ? percentDecoded(value) : value
  }
  return attributes
}

function structuredEvent(value: unknown): ReadEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw notAnEvent('it is no JSON object')
  const { data, data_base64: bytes, ...rest } = value as Record<string, unknown>
  const attributes: Record<string, string> = {}
  for (const [name, each] of Object.entries(rest)) {
    if (each === null) continue
    if (typeof each === 'object') throw notAnEvent(`its attribute ${JSON.stringify(name)} is no simple value`)
    attributes[name] = String(each)
  }
  for (const name of ['id', 'source', 'type']) if (!attributes[name]) throw notAnEvent(`it has no ${name}`)
  if (attributes.specversion !== '1.0') throw notAnEvent('its specversion is not 1.0')
  return { attributes, content: contentOf(data, bytes, attributes.datacontenttype) }
}

/** Text of another type than JSON is the text of its body. */
function contentOf(data: unknown, bytes: unknown, type = 'application/json'): Delivered {
  if (bytes !== undefined && bytes !== null) {
    if (!isBase64(bytes) || data !== undefined)
      throw notAnEvent('its data_base64 is not base64, or stands beside data')
    return { body: Buffer.from(bytes, 'base64') }
  }
  if (typeof data === 'string' && !isJson(type)) return { body: Buffer.from(data) }
  return { data: data ?? null }
}

/** One digit alone would be no byte, and be passed over. */
function isBase64(text: unknown): text is string {
  const [, digits] = (typeof text === 'string' && /^([A-Za-z0-9+/]*)={0,2}$/.exec(text)) || []
  return digits !== undefined && digits.length % 4 !== 1
}

/** What of an event a delivery says beside its data. An id is unique within its source. */
export function eventHead(
  attributes: ReadEvent['attributes'],
): Pick<Delivery, 'id' | 'time' | 'subject' | 'headers'> {
  const { id, source = '', time, subject, specversion, datacontenttype, ...rest } = attributes
  const at = Date.parse(time ?? '')
  const headers = Object.entries({ source, ...rest }).map(([name, value]) => [`ce-${name}`, value])
  return {
    id: id === undefined ? undefined : `${source} ${id}`,
    time: Number.isFinite(at) ? at : undefined,
    subject,
    headers: Object.fromEntries(headers),
  }
}

/** What a channel says of the events that it sends. Their id is the effect key: a repeat is the same event. */
export interface EventOptions<T = unknown> {
  /** Who says it, as a URI or a path: `/plants/suzhou/mes`. With the id it names the event. */
  readonly source: string
  /** Default `binary`. */
  readonly mode?: EventMode | undefined
  /** Default: name and version of the channel's model, `OrderPlaced.v1`. */
  readonly type?: string | undefined
  /** What it is about. Default: nothing is said. */
  readonly subject?: ((data: T) => string | undefined) | undefined
  /** When it happened, in milliseconds since 1970 UTC. Default: nothing is said. */
  readonly time?: ((data: T) => number | undefined) | undefined
}

/** The same with the type that every event has. */
export type TypedEvent<T = unknown> = EventOptions<T> & { readonly type: string }

/** The attributes of an event; `key` becomes the extension `partitionkey`, if an attribute can say it. */
export function eventAttributes<T>(
  item: {
    readonly data: T
    readonly effectKey: string
    readonly key: string
    readonly trace?: { readonly traceparent: string; readonly tracestate?: string | undefined } | undefined
  },
  { source, type, subject, time }: TypedEvent<T>,
): Readonly<Record<string, string>> {
  const about = subject?.(item.data)
  const at = time?.(item.data)
  if (at !== undefined && Number.isNaN(new Date(at).getTime()))
    throw new IsthmusError('MSG-ENCODE', 'The time of an event is no time in milliseconds since 1970 UTC.')
  return {
    specversion: '1.0',
    id: item.effectKey,
    source,
    type,
    ...(about === undefined ? {} : { subject: about }),
    ...(at === undefined ? {} : { time: new Date(at).toISOString() }),
    ...(isPlainText(item.key) && { partitionkey: item.key }),
    // Source: the extension for distributed tracing of CloudEvents.
    ...(item.trace && { traceparent: item.trace.traceparent }),
    ...(item.trace?.tracestate !== undefined && { tracestate: item.trace.tracestate }),
  }
}

/** An event with a body of this content type as a protocol carries it. */
export function writeEvent(
  attributes: Readonly<Record<string, string>>,
  content: { readonly contentType: string; readonly body: Uint8Array },
  mode: EventMode,
  binding: EventBinding,
): { readonly headers: Record<string, string>; readonly contentType: string; readonly body: Uint8Array } {
  if (mode === 'structured') return { headers: {}, ...structuredBody(attributes, content) }
  const [prefix] = prefixes[binding]
  const headers = Object.entries(attributes).map(([name, value]) => [
    prefix + name,
    binding === 'http' ? percentEncoded(value) : value,
  ])
  return { headers: Object.fromEntries(headers), ...content }
}

/** JSON is taken over as it is, so that every digit stays. */
function structuredBody(
  attributes: Readonly<Record<string, string>>,
  { contentType, body }: { readonly contentType: string; readonly body: Uint8Array },
) {
  const head = JSON.stringify({ ...attributes, datacontenttype: contentType }).slice(0, -1)
  const data = isJson(contentType)
    ? `"data":${Buffer.from(body).toString('utf8')}`
    : `"data_base64":"${Buffer.from(body).toString('base64')}"`
  return { contentType: structured, body: Buffer.from(`${head},${data}}`) }
}

function isJson(contentType: string): boolean {
  return /^[^/]+\/([^;]+\+)?json\s*(;|$)/i.test(contentType)
}

/** Source: CloudEvents HTTP protocol binding 3.1.3.2. */
function percentEncoded(value: string): string {
  return value.replace(/[^!#$&-~]|[%"]/gu, character =>
    [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}

function percentDecoded(value: string): string {
  const bare = /^"(.*)"$/s.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? value
  try {
    return decodeURIComponent(bare)
  } catch {
    return bare
  }
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw notAnEvent('a batch is a list of them')
}

function notAnEvent(reason: string): IsthmusError {
  return new IsthmusError('MSG-DECODE', `not a CloudEvent: ${reason}`)
}
