import type { ConfirmChannel, Message } from 'amqplib'
import { IsthmusError } from '../../errors.ts'
import type { Answer } from '../../system/roles.ts'
import { limitIn, openFailure, replyCode, wordsOf } from './failure.ts'
import type { Outbound } from './outbound.ts'

const doing = 'Publishing'

/** One channel of a sink, with what is on its way there. */
export class Publisher {
  isOpen = true
  readonly #channel: ConfirmChannel
  readonly #patience: number
  /** Why the server has closed it. */
  #failure: unknown
  /** One message only was on its way then: it is the one that the server means. */
  #isPlain = false
  #underWay = 0
  /** What no queue took, by message-id: told right before it is confirmed. */
  readonly #returned = new Map<unknown, string>()

  /** `patience`: milliseconds until messages without a confirm are given up. */
  constructor(channel: ConfirmChannel, patience: number) {
    this.#channel = channel
    this.#patience = patience
    channel.on('error', error => {
      this.#failure = error
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

  /** Whether the server has closed it over a message. */
  get isRefused(): boolean {
    return this.#failure !== undefined
  }

  /** Bytes of the largest message, if the server has told that one was too large. */
  get limit(): number | undefined {
    return this.isRefused ? limitIn(this.#failure) : undefined
  }

  /** Resolves with an answer for each when all are confirmed, or given up. Does not reject. */
  async publish(messages: readonly Outbound[], signal: AbortSignal): Promise<Answer[]> {
    if (messages.length === 0) return []
    if (signal.aborted) return messages.map(() => unsent('it was given up before'))
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
    const late = setTimeout(() => giveUp(`no confirm within ${this.#patience} ms`), this.#patience)
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
      settled({ unsent: wordsOf(error) })
    }
  }

  #answer({ body, properties }: Outbound, error: unknown): Answer {
    const returned = this.#returned.get(properties.messageId)
    this.#returned.delete(properties.messageId)
    if (error === undefined) return returned === undefined ? { ok: true } : unroutable(returned)
    if (isUnsent(error)) return unsent(error.unsent)
    if (this.#failure === undefined) return unanswered(wordsOf(error))
    if (this.limit !== undefined && body.byteLength > this.limit) return tooLarge(body.byteLength, this.limit)
    const known = this.#isPlain && replyCode(this.#failure) !== undefined
    return known
      ? { ok: false, error: openFailure(this.#failure, doing) }
      : unanswered(
          `the server closed the channel, over this message or another one: ${wordsOf(this.#failure)}`,
        )
  }
}

function isUnsent(error: unknown): error is { unsent: string } {
  return !(error instanceof Error)
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
