import type { IPublishPacket } from 'mqtt-packet'
import type { Sink } from '../../system/roles.ts'
import { PublisherSink } from '../publisher-sink.ts'
import type { PublishOptions } from './config.ts'
import { openFailure } from './failure.ts'
import type { MqttLink } from './link.ts'
import { Publisher } from './publisher.ts'

/** Publishes with QoS 1, and answers when the broker has acknowledged. `write` never rejects. */
export function mqttSink(link: MqttLink, options: PublishOptions): Sink {
  let publisher: Publisher | undefined
  const sink = new PublisherSink<IPublishPacket>(100, async signal => {
    try {
      const session = await link.openClean(signal)
      publisher = new Publisher(session, options, link.address.callTimeout)
      return publisher
    } catch (error) {
      throw openFailure(error, 'Publishing')
    }
  })
  link.atEnd(async () => {
    await sink.close()
    await publisher?.close()
  })
  return sink
}
