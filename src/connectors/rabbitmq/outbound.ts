import { IsthmusError } from '../../errors.ts'
import { eventAttributes, writeEvent } from '../../message/cloud-event.ts'
import type { Outgoing } from '../../system/roles.ts'
import { traceHeaders } from '../../system/trace-context.ts'
import type { WithTypedEvent } from '../events.ts'
import { headerText, headerTexts } from '../header-text.ts'
import type { PublishOptions } from './config.ts'

/** A message as it is published. */
export interface Outbound {
  readonly exchange: string
  readonly routingKey: string
  readonly body: Buffer
  readonly properties: {
    readonly messageId: string
    readonly contentType: string
    readonly headers: Readonly<Record<string, string>>
    readonly persistent: true
    readonly mandatory: boolean
  }
}

/** Bytes of a short string of AMQP, such as a routing key or the name of a header. */
const longestName = 255

/** Throws MSG-ENCODE or TARGET-REFUSED. `limit` in bytes. */
export function messageOf(item: Outgoing, options: WithTypedEvent<PublishOptions>, limit: number): Outbound {
  const { exchange = '', routingKey = '', mandatory = true, headers } = options
  const { content, contentType, eventHeaders } = contentOf(item, options)
  if (content.byteLength > limit)
    throw refused(`the message has ${content.byteLength} bytes, and ${limit} are allowed`)
  const key = headerText(typeof routingKey === 'function' ? routingKey(item.data) : routingKey, 'routing key')
  if (Buffer.byteLength(key) > longestName)
    throw refused(`the routing key has more than ${longestName} bytes`)
  return {
    exchange,
    routingKey: key,
    body: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    properties: {
      messageId: item.effectKey,
      contentType,
      headers: checked({ ...eventHeaders, ...traceHeaders(item.trace), ...headers?.(item.data) }),
      persistent: true,
      mandatory,
    },
  }
}

function contentOf(item: Outgoing, { codec, event }: WithTypedEvent<PublishOptions>) {
  const contentType = codec?.contentType ?? ''
  const body = codec?.encode(item.data) ?? Buffer.alloc(0)
  if (!event) return { content: body, contentType, eventHeaders: {} }
  const attributes = eventAttributes(item, event)
  const written = writeEvent(attributes, { contentType, body }, event.mode ?? 'binary', 'amqp')
  return { content: written.body, contentType: written.contentType, eventHeaders: written.headers }
}

function checked(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const headers = headerTexts(given)
  for (const name of Object.keys(headers)) {
    if (Buffer.byteLength(name) > longestName)
      throw refused(`the name of a header has more than ${longestName} bytes`)
    if (name === 'CC' || name === 'BCC') throw refused(`the header ${name} means something to the server`)
  }
  return headers
}

function refused(reason: string): IsthmusError {
  return new IsthmusError('TARGET-REFUSED', `Not published: ${reason}.`)
}
