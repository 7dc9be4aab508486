import { json } from '../../message/codec/json.ts'
import type { Sink } from '../../system/roles.ts'
import type { WithTypedEvent } from '../events.ts'
import { PublisherSink } from '../publisher-sink.ts'
import { defaultMessageLimit, type PublishOptions } from './config.ts'
import type { RabbitLink } from './link.ts'
import type { Outbound } from './outbound.ts'
import { Publisher, type Publishing } from './publisher.ts'

/** Publishes, and answers when the server has confirmed. `write` never rejects. */
export function rabbitSink(link: RabbitLink, given: WithTypedEvent<PublishOptions>): Sink {
  const options = { codec: json(), ...given }
  const { declare, exchange = '', messageLimit = defaultMessageLimit } = options
  const publishing: Publishing = {
    options,
    patience: link.callTimeout,
    limit: messageLimit,
    blocked: () => link.publishing.blocked,
  }
  const sink = new PublisherSink<Outbound>(
    250,
    async signal => new Publisher(await link.publisher(declare, exchange, signal), publishing),
  )
  link.atEnd(() => sink.close())
  return sink
}
