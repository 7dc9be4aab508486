import { IsthmusError } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import type { Answer, Outgoing, Sink } from '../../system/roles.ts'
import { defaultMessageLimit, type PublishOptions } from './config.ts'
import type { RabbitLink } from './link.ts'
import { messageOf, type Outbound } from './outbound.ts'
import { Publisher } from './publisher.ts'

/** Publishes, and answers when the server has confirmed. `write` never rejects. */
export class RabbitSink implements Sink {
  readonly batch = 250
  readonly concurrency = 2
  readonly #link: RabbitLink
  readonly #options: PublishOptions
  #publisher: Promise<Publisher> | undefined
  /** Bytes. */
  #limit: number
  /** One at a time, so that it shows over which of them the server closes the channel. */
  #isCareful = false

  constructor(link: RabbitLink, options: PublishOptions) {
    this.#link = link
    this.#options = { codec: json(), ...options }
    this.#limit = options.messageLimit ?? defaultMessageLimit
  }

  async write(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    if (!this.#isCareful) return this.#together(items, signal)
    this.#isCareful = false
    const answers: Answer[] = []
    for (const item of items) answers.push(...(await this.#together([item], signal)))
    return answers
  }

  async #together(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    try {
      const publisher = await this.#opened(signal)
      this.#checkUnblocked()
      const answers = await this.#publish(items, publisher, signal)
      if (publisher.isRefused) this.#isCareful = true
      this.#limit = Math.min(this.#limit, publisher.limit ?? this.#limit)
      return answers
    } catch (error) {
      return items.map(() => ({ ok: false, error }))
    }
  }

  async #publish(items: readonly Outgoing[], publisher: Publisher, signal: AbortSignal): Promise<Answer[]> {
    const messages: Outbound[] = []
    const unmade = new Map<number, Answer>()
    for (const [n, item] of items.entries()) {
      try {
        messages.push(messageOf(item, this.#options, this.#limit))
      } catch (error) {
        unmade.set(n, { ok: false, error })
      }
    }
    const answers = (await publisher.publish(messages, signal)).values()
    return items.map((_, n) => unmade.get(n) ?? (answers.next().value as Answer))
  }

  /** Nothing is sent to a server that does not read: it would wait in buffers, and what became of it would not be known. */
  #checkUnblocked(): void {
    const { blocked } = this.#link.publishing
    if (blocked === undefined) return
    const text = `RabbitMQ takes no messages at the moment (${blocked}). It is tried again.`
    throw new IsthmusError('TARGET-UNAVAILABLE', text, { retryAfter: 1_000 })
  }

  /** Opened when needed, and anew when it was closed. */
  async #opened(signal: AbortSignal): Promise<Publisher> {
    const { declare, exchange = '' } = this.#options
    const current = this.#publisher
    const publisher = await current?.catch(() => undefined)
    if (publisher?.isOpen) return publisher
    // Of several calls the first one opens it for all.
    if (this.#publisher === current)
      this.#publisher = this.#link
        .publisher(declare, exchange, signal)
        .then(channel => new Publisher(channel, this.#link.callTimeout))
    return this.#publisher as Promise<Publisher>
  }
}
