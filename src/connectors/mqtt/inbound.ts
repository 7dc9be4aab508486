import type { IPublishPacket } from 'mqtt-packet'
import { reasonOf } from '../../errors.ts'
import { setOwn } from '../../message/codec/codec.ts'
import type { Delivery } from '../../message/message.ts'
import type { SourceChannel } from '../../system/channel.ts'
import type { SubscribeOptions } from './config.ts'
import { levelsOf } from './topic.ts'

/** The user property that holds the identity of a message, as those hold it that a sink of ours publishes. */
export const identityProperty = 'message-id'

export function deliveryOf(
  packet: IPublishPacket,
  channel: SourceChannel<unknown>,
  { topics, record, id }: SubscribeOptions,
): Delivery {
  const { topic, payload, properties } = packet
  const body = Buffer.from(payload)
  const told = properties?.userProperties?.[identityProperty]
  const head = {
    id: typeof told === 'string' && told !== '' ? told : undefined,
    subject: topic,
    headers: headersOf(packet),
  }
  try {
    const place = { topic, levels: levelsOf(topic, topics) }
    const said = channel.decode?.(body)
    const data = record ? record(said, place) : said
    const identity = id ? { id: id(data, place) } : {}
    // A record that is made of more than the payload cannot be read from it again.
    return record ? { ...head, ...identity, data } : { ...head, ...identity, body, data }
  } catch (error) {
    return { ...head, body, defect: reasonOf(error) }
  }
}

/** What a sender says as text, and what the broker says: it has the last word. */
function headersOf({ topic, retain, dup, properties = {} }: IPublishPacket): Record<string, string> {
  const headers: Record<string, string> = {}
  const { userProperties = {}, contentType, responseTopic, correlationData } = properties
  const told = { 'content-type': contentType, 'response-topic': responseTopic }
  const correlation = correlationData && {
    'correlation-data': Buffer.from(correlationData).toString('base64'),
  }
  for (const [name, value] of Object.entries({ ...userProperties, ...told, ...correlation, topic }))
    if (value !== undefined && name !== '__proto__')
      setOwn(headers, name, Array.isArray(value) ? value.join(', ') : String(value))
  if (retain) headers.retain = 'true'
  if (dup) headers.dup = 'true'
  return headers
}
