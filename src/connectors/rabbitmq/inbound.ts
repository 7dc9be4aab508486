import type { ConsumeMessage } from 'amqplib'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { eventHead, readEvents } from '../../message/cloud-event.ts'
import { setOwn } from '../../message/codec/codec.ts'
import { json } from '../../message/codec/json.ts'
import type { Delivery } from '../../message/message.ts'
import type { SourceChannel } from '../../system/channel.ts'
import { type ConsumeOptions, defaultDeliveryLimit } from './config.ts'

/** What of a message beside its body goes along. */
export function deliveryOf(
  message: ConsumeMessage,
  channel: SourceChannel<unknown>,
  options: ConsumeOptions,
): Delivery {
  const { content, fields, properties } = message
  const { timestamp, messageId } = properties
  const own: unknown = messageId
  const head = {
    id: typeof own === 'string' && own !== '' ? own : undefined,
    // Source: AMQP 0-9-1: a timestamp is in seconds.
    time: typeof timestamp === 'number' && timestamp > 0 ? timestamp * 1000 : undefined,
    subject: fields.routingKey,
    headers: headersOf(message),
  }
  const times = Number(properties.headers?.['x-delivery-count'] ?? 0)
  if (times >= deliveryLimit(options) - 1) {
    const defect = `It was delivered ${times + 1} times and never acknowledged; the queue would drop it soon.`
    return { ...head, body: content, defect }
  }
  try {
    const { body, ...event } = opened(content, head.headers)
    const data = channel.decode?.(body)
    const own = { ...definedIn(head), ...definedIn(event), headers: { ...head.headers, ...event.headers } }
    return { ...own, ...(options.id && { id: options.id(data) }), body, data }
  } catch (error) {
    return { ...head, body: content, defect: reasonOf(error) }
  }
}

/** What a CloudEvent says; a structured one as if it were a binary one. */
function opened(body: Uint8Array, headers: Readonly<Record<string, string>>) {
  const [event, second] = readEvents({ headers, contentType: headers['content-type'], body }, 'amqp') ?? []
  if (event === undefined) return { body }
  if (second) throw new IsthmusError('MSG-DECODE', 'a message is one event, and not a batch of them')
  const { body: data = jsonCodec.encode(event.content.data) } = event.content
  return { body: data, ...eventHead(event.attributes) }
}

const jsonCodec = json()

function definedIn<T extends object>(head: T): T {
  return Object.fromEntries(Object.entries(head).filter(([, value]) => value !== undefined)) as T
}

function deliveryLimit({ deliveryLimit, declare, queue }: ConsumeOptions): number {
  const declared = declare?.queues?.find(({ name }) => name === queue)?.arguments?.['x-delivery-limit']
  return deliveryLimit ?? (typeof declared === 'number' ? declared : defaultDeliveryLimit)
}

/** Properties that are told as headers, under the names that people know. */
const told = [
  ['content-type', 'contentType'],
  ['correlation-id', 'correlationId'],
  ['reply-to', 'replyTo'],
  ['type', 'type'],
  ['app-id', 'appId'],
  ['priority', 'priority'],
] as const

/** Those of the sender, as text, and what the server says: it has the last word. */
function headersOf({ fields, properties }: ConsumeMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  const own: Readonly<Record<string, unknown>> = properties.headers ?? {}
  for (const name in own) {
    const value = own[name]
    if (value !== undefined && value !== null && name !== '__proto__') setOwn(headers, name, textOf(value))
  }
  for (const [name, property] of told) {
    const value: unknown = properties[property]
    if (value !== undefined && value !== null) headers[name] = String(value)
  }
  headers.exchange = fields.exchange
  headers['routing-key'] = fields.routingKey
  if (fields.redelivered) headers.redelivered = 'true'
  return headers
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
