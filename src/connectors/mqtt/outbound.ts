import type { IPublishPacket } from 'mqtt-packet'
import { IsthmusError } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Outgoing } from '../../system/roles.ts'
import { traceHeaders } from '../../system/trace-context.ts'
import { headerTexts } from '../header-text.ts'
import { defaultMessageLimit, type PublishOptions } from './config.ts'
import { identityProperty } from './inbound.ts'
import { longest, topicProblem } from './topic.ts'

const plain = json()

/** Throws MSG-ENCODE or TARGET-REFUSED. */
export function packetOf(item: Outgoing, options: PublishOptions, version: 5 | 4): IPublishPacket {
  const { codec = plain, retain = false, messageLimit = defaultMessageLimit } = options
  const topic = typeof options.topic === 'function' ? options.topic(item.data) : options.topic
  const problem = topicProblem(topic)
  if (problem) throw refused(`its topic cannot be published to: ${problem}`)
  const content = codec.encode(item.data)
  if (content.byteLength > messageLimit)
    throw refused(`it has ${content.byteLength} bytes, and ${messageLimit} are allowed`)
  return {
    cmd: 'publish',
    topic,
    payload: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    qos: 1,
    dup: false,
    retain,
    ...(version === 5 && { properties: propertiesOf(item, options, codec.contentType) }),
  }
}

function propertiesOf(item: Outgoing, { properties, expiry }: PublishOptions, contentType: string) {
  const seconds = expiry === undefined ? 0 : Math.max(1, Math.round(parseDuration(expiry) / 1000))
  return {
    contentType,
    userProperties: {
      ...traceHeaders(item.trace),
      ...checked(properties?.(item.data)),
      [identityProperty]: item.effectKey,
    },
    ...(seconds > 0 && { messageExpiryInterval: seconds }),
  }
}

function checked(properties: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const texts = headerTexts(properties)
  for (const text of Object.entries(texts).flat())
    if (Buffer.byteLength(text) > longest) throw refused(`a property has more than ${longest} bytes`)
  return texts
}

function refused(reason: string): IsthmusError {
  return new IsthmusError('TARGET-REFUSED', `Not published: ${reason}.`)
}
