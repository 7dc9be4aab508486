import type { IPublishPacket } from 'mqtt-packet'
import { IsthmusError } from '../../errors.ts'
import type { Answer, Outgoing, Sink } from '../../system/roles.ts'
import type { PublishOptions } from './config.ts'
import { openFailure } from './failure.ts'
import type { MqttLink } from './link.ts'
import { packetOf } from './outbound.ts'
import { Publisher } from './publisher.ts'

/** Publishes with QoS 1, and answers when the broker has acknowledged. `write` never rejects. */
export class MqttSink implements Sink {
  readonly batch = 100
  readonly concurrency = 2
  readonly #link: MqttLink
  readonly #options: PublishOptions
  #publisher: Promise<Publisher> | undefined

  constructor(link: MqttLink, options: PublishOptions) {
    this.#link = link
    this.#options = options
    link.atEnd(async () => (await this.#publisher?.catch(() => undefined))?.close())
  }

  async write(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    try {
      return await this.#publish(items, await this.#opened(signal), signal)
    } catch (error) {
      const failure = openFailure(error, 'Publishing')
      return items.map(() => ({ ok: false, error: failure }))
    }
  }

  async #publish(items: readonly Outgoing[], publisher: Publisher, signal: AbortSignal): Promise<Answer[]> {
    const packets: IPublishPacket[] = []
    const unmade = new Map<number, Answer>()
    const { version, callTimeout } = this.#link.address
    for (const [n, item] of items.entries()) {
      try {
        packets.push(packetOf(item, this.#options, version, publisher.limit))
      } catch (error) {
        unmade.set(n, { ok: false, error })
      }
    }
    const answers = (await publisher.publish(packets, callTimeout, signal)).values()
    return items.map((_, n) => unmade.get(n) ?? this.#judged(answers.next().value as Answer))
  }

  /** Where the topic is made of the record, only this record may not go there; else none may. */
  #judged(answer: Answer): Answer {
    if (answer.ok || typeof this.#options.topic !== 'function') return answer
    const { code, message } = answer.error as IsthmusError
    if (code !== 'TARGET-CREDENTIALS') return answer
    return { ok: false, error: new IsthmusError('TARGET-REFUSED', message) }
  }

  /** Opened when needed, and anew when it was lost. */
  async #opened(signal: AbortSignal): Promise<Publisher> {
    const current = this.#publisher
    const publisher = await current?.catch(() => undefined)
    if (publisher?.isOpen) return publisher
    // Of several calls the first one opens it for all.
    if (this.#publisher === current)
      this.#publisher = this.#link.openClean(signal).then(session => new Publisher(session))
    return this.#publisher as Promise<Publisher>
  }
}
