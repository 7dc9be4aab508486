import type { IPublishPacket } from 'mqtt-packet'
import { IsthmusError } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Outgoing } from '../../system/roles.ts'
import { defaultMessageLimit, type PublishOptions } from './config.ts'
import { identityProperty } from './inbound.ts'
import { topicProblem } from './topic.ts'

const plain = json()

/** Throws MSG-ENCODE or TARGET-REFUSED. `limit`: bytes of the largest packet that the broker takes. */
export function packetOf(
  item: Outgoing,
  options: PublishOptions,
  version: 5 | 4,
  limit: number,
): IPublishPacket {
  const { codec = plain, retain = false, messageLimit = defaultMessageLimit } = options
  const topic = typeof options.topic === 'function' ? options.topic(item.data) : options.topic
  const problem = topicProblem(topic)
  if (problem) throw refused(`its topic cannot be published to: ${problem}`)
  const content = codec.encode(item.data)
  const most = Math.min(messageLimit, limit)
  if (content.byteLength > most) throw refused(`it has ${content.byteLength} bytes, and ${most} are allowed`)
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
    userProperties: { ...properties?.(item.data), [identityProperty]: item.effectKey },
    ...(seconds > 0 && { messageExpiryInterval: seconds }),
  }
}

function refused(reason: string): IsthmusError {
  return new IsthmusError('TARGET-REFUSED', `Not published: ${reason}.`)
}
