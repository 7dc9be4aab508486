import type { Channel, ConsumeMessage } from 'amqplib'
import { IsthmusError } from '../../errors.ts'
import type { SourceChannel } from '../../system/channel.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { acceptPatiently } from '../../system/patience.ts'
import type { Intake, Source } from '../../system/roles.ts'
import { type ConsumeOptions, defaultPrefetch } from './config.ts'
import { openFailure, sourceFailure, wordsOf } from './failure.ts'
import { deliveryOf } from './inbound.ts'
import type { RabbitLink } from './link.ts'
import { closeChannel } from './wire.ts'

/** Messages that are accepted in one call. */
const together = 250

/**
 * Delivers the messages of a queue in the order in which they come, and acknowledges them when they are durable, all of
 * a call at once. What has not been acknowledged the server delivers again.
 */
export class RabbitSource implements Source {
  readonly #link: RabbitLink
  readonly #channel: SourceChannel<unknown>
  readonly #options: ConsumeOptions
  readonly #context: ConnectContext

  constructor(
    link: RabbitLink,
    channel: SourceChannel<unknown>,
    options: ConsumeOptions,
    context: ConnectContext,
  ) {
    this.#link = link
    this.#channel = channel
    this.#options = options
    this.#context = context
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    const doing = `Consuming ${this.#options.queue}`
    let channel: Channel | undefined
    try {
      const mailbox = new Mailbox(signal)
      channel = await this.#subscribe(mailbox, signal)
      for (;;) {
        const messages = await mailbox.take(together)
        const last = messages.at(-1)
        if (last === undefined) return
        const deliveries = messages.map(each => deliveryOf(each, this.#channel, this.#options))
        if (!(await acceptPatiently(intake, deliveries, {}, signal))) return
        mailbox.checkOpen()
        channel.ack(last, true)
      }
    } catch (error) {
      if (!signal.aborted) throw sourceFailure(error, doing)
    } finally {
      // What is not acknowledged goes back to the queue. It may be closed by the server already.
      if (channel) await closeChannel(channel)
    }
  }

  async #subscribe(mailbox: Mailbox, signal: AbortSignal): Promise<Channel> {
    const { queue, prefetch = defaultPrefetch, declare } = this.#options
    const done = await this.#context.turn(signal)
    try {
      const channel = await this.#link.consumer(declare, signal)
      channel.on('error', error => mailbox.fail(closed(error, queue)))
      channel.on('close', () => mailbox.fail(new Error('the connection was lost')))
      await channel.prefetch(prefetch)
      await channel.consume(queue, message => mailbox.put(message))
      done()
      return channel
    } catch (error) {
      const failure = openFailure(error, `Consuming ${queue}`)
      done(failure)
      throw failure
    }
  }
}

/** A channel that was good is closed over time: for one, since what it delivered was not acknowledged for too long. */
function closed(error: unknown, queue: string): IsthmusError {
  return new IsthmusError('SOURCE-FAILED', `Consuming ${queue}: ${wordsOf(error)}.`, { cause: error })
}

/** What the server has sent and nobody has taken yet: as many as the prefetch at most. */
class Mailbox {
  #messages: ConsumeMessage[] = []
  #failure: unknown
  #wake = () => {}
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  /** Null is told when the server cancels: the queue was deleted, or its leader has moved. */
  put(message: ConsumeMessage | null): void {
    if (message === null) this.fail(new Error('the server has cancelled, since the queue went away'))
    else this.#messages.push(message)
    this.#wake()
  }

  /** The first reason counts. What nobody has taken comes again. */
  fail(error: unknown): void {
    this.#failure ??= error
    this.#wake()
  }

  checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** At least one and at most so many, when there are; none when the signal has aborted. Rejects when it has failed. */
  async take(most: number): Promise<ConsumeMessage[]> {
    for (;;) {
      if (this.#signal.aborted) return []
      this.checkOpen()
      if (this.#messages.length > 0) return this.#messages.splice(0, most)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}
