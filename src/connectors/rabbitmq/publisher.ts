import type { ConfirmChannel, Message } from 'amqplib'
import { IsthmusError } from '../../errors.ts'
import type { Answer, Outgoing } from '../../system/roles.ts'
import type { WithTypedEvent } from '../events.ts'
import type { OpenPublisher } from '../publisher-sink.ts'
import type { PublishOptions } from './config.ts'
import { limitIn, openFailure, replyCode, wordsOf } from './failure.ts'
import { messageOf, type Outbound } from './outbound.ts'

const doing = 'Publishing'

/** What outlives the channels of a sink. */
export interface Publishing {
  readonly options: WithTypedEvent<PublishOptions>
  /** Milliseconds until messages without a confirm are given up. */
  readonly patience: number
  /** Bytes of the largest body, as far as it is known. */
  limit: number
  /** Why the server takes no messages at the moment. */
  blocked(): string | undefined
}

/** One channel of a sink, with what is on its way there. */
export class Publisher implements OpenPublisher<Outbound> {
  isOpen = true
  readonly #channel: ConfirmChannel
  readonly #publishing: Publishing
  /** Why the server has closed it. */
  #failure: unknown
  /** One message only was on its way then: it is the one that the server means. */
  #isPlain = false
  #underWay = 0
  /** What no queue took, by message-id: told right before it is confirmed. */
  readonly #returned = new Map<unknown, string>()

  constructor(channel: ConfirmChannel, publishing: Publishing) {
    this.#channel = channel
    this.#publishing = publishing
    channel.on('error', error => {
      this.#failure = error
      publishing.limit = Math.min(publishing.limit, limitIn(error) ?? publishing.limit)
      this.#isPlain = this.#underWay === 1
    })
    channel.on('close', () => {
      this.isOpen = false
    })
    channel.on('return', ({ fields, properties }: Message) => {
      const { replyText } = fields as { replyText?: string }
      this.#returned.set(properties.messageId, replyText ?? 'returned')
    })
  }

  /** The server closes a channel over a message. */
  get isDropped(): boolean {
    return this.#failure !== undefined
  }

  make(item: Outgoing): Outbound {
    const { options, limit } = this.#publishing
    return messageOf(item, options, limit)
  }

  async publish(messages: readonly Outbound[], signal: AbortSignal): Promise<Answer[]> {
    if (messages.length === 0) return []
    if (signal.aborted) return messages.map(() => unsent('it was given up before'))
    const blocked = this.#publishing.blocked()
    if (blocked !== undefined) return messages.map(() => unready(blocked))
    const { patience } = this.#publishing
    const answers: (Answer | undefined)[] = messages.map(() => undefined)
    const end = Promise.withResolvers<void>()
    let left = messages.length
    const settle = (n: number, answer: Answer) => {
      if (answers[n]) return
      answers[n] = answer
      if (--left === 0) end.resolve()
    }
    const giveUp = (reason: string) => {
      for (const n of messages.keys()) settle(n, unanswered(reason))
    }
    const late = setTimeout(() => giveUp(`no confirm within ${patience} ms`), patience)
    const abort = () => giveUp('it was given up before it was confirmed')
    signal.addEventListener('abort', abort)
    for (const [n, message] of messages.entries())
      this.#send(message, error => settle(n, this.#answer(message, error)))
    await end.promise
    clearTimeout(late)
    signal.removeEventListener('abort', abort)
    return answers as Answer[]
  }

  #send({ exchange, routingKey, body, properties }: Outbound, settled: (error?: unknown) => void): void {
    this.#underWay++
    try {
      this.#channel.publish(exchange, routingKey, body, properties, error => {
        this.#underWay--
        settled(error ?? undefined)
      })
    } catch (error) {
      this.#underWay--
      settled({ unsent: error })
    }
  }

  #answer({ body, properties }: Outbound, error: unknown): Answer {
    const returned = this.#returned.get(properties.messageId)
    this.#returned.delete(properties.messageId)
    if (error === undefined) return returned === undefined ? { ok: true } : unroutable(returned)
    if (isUnsent(error)) return this.isOpen ? unwritable(error.unsent) : unsent(wordsOf(error.unsent))
    if (this.#failure === undefined) return unanswered(wordsOf(error))
    const limit = limitIn(this.#failure)
    if (limit !== undefined && body.byteLength > limit) return tooLarge(body.byteLength, limit)
    const known = this.#isPlain && replyCode(this.#failure) !== undefined
    return known
      ? { ok: false, error: openFailure(this.#failure, doing) }
      : unanswered(
          `the server closed the channel, over this message or another one: ${wordsOf(this.#failure)}`,
        )
  }
}

function isUnsent(error: unknown): error is { unsent: unknown } {
  return !(error instanceof Error)
}

/** The driver cannot make a frame of it. */
function unwritable(error: unknown): Answer {
  const text = `The message cannot be written: ${wordsOf(error)}.`
  return { ok: false, error: new IsthmusError('MSG-ENCODE', text, { cause: error }) }
}

/** It would wait in buffers, and what became of it would not be known. */
function unready(reason: string): Answer {
  const text = `RabbitMQ takes no messages at the moment (${reason}). It is tried again.`
  return { ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', text, { retryAfter: 1_000 }) }
}

function unsent(reason: string): Answer {
  const text = `${doing}: ${reason}. It was not sent.`
  return { ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', text) }
}

function unanswered(reason: string): Answer {
  const text = `${doing}: ${reason}. Whether the message is there is not known.`
  return { ok: false, error: new IsthmusError('TARGET-UNANSWERED', text) }
}

function unroutable(reason: string): Answer {
  const text = `${doing}: no queue takes it (${reason}). Remedy: bind a queue to the exchange, or correct the routing key.`
  return { ok: false, error: new IsthmusError('TARGET-REFUSED', text) }
}

function tooLarge(size: number, limit: number): Answer {
  const text = `${doing}: the message has ${size} bytes, and the server takes ${limit}.`
  return { ok: false, error: new IsthmusError('TARGET-REFUSED', text) }
}
