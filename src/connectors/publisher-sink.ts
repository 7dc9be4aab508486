import { IsthmusError } from '../errors.ts'
import type { Answer, Outgoing, Sink } from '../system/roles.ts'

/** One channel or session to a broker, with what is on its way there. `M` is a message as it is written. */
export interface OpenPublisher<M> {
  readonly isOpen: boolean
  /** Whether the broker has ended it, over a message that was under way perhaps. */
  readonly isDropped: boolean
  /** Throws what a message is answered with that cannot be sent. */
  make(item: Outgoing): M
  /** Resolves with an answer for each when all are acknowledged, or given up. Does not reject. */
  publish(messages: readonly M[], signal: AbortSignal): Promise<Answer[]>
}

/** Most effect keys that are remembered. */
const most = 10_000

/**
 * Publishes through a publisher that is opened when it is needed, and anew when it was lost. Brokers drop all that is
 * under way over one message that they do not take: each of those then goes alone until it is answered, so that the one
 * fails alone. `write` never rejects.
 */
export class PublisherSink<M> implements Sink {
  readonly batch: number
  readonly concurrency = 2
  readonly #open: (signal: AbortSignal) => Promise<OpenPublisher<M>>
  #publisher: Promise<OpenPublisher<M>> | undefined
  readonly #suspects = new Set<string>()
  readonly #calls = new Set<Promise<unknown>>()
  #alone: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(batch: number, open: (signal: AbortSignal) => Promise<OpenPublisher<M>>) {
    this.batch = batch
    this.#open = open
  }

  async write(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    if (this.#isClosed) {
      const error = new IsthmusError('TARGET-UNAVAILABLE', 'The connection has been closed.')
      return items.map(() => ({ ok: false, error }))
    }
    const answers = new Map<Outgoing, Answer>()
    const publish = async (some: readonly Outgoing[]) => {
      for (const [n, answer] of (await this.#publish(some, signal)).entries())
        answers.set(some[n] as Outgoing, answer)
    }
    const isSuspect = ({ effectKey }: Outgoing) => this.#suspects.has(effectKey)
    const [alone, together] = [items.filter(isSuspect), items.filter(item => !isSuspect(item))]
    if (together.length > 0) await this.#after([this.#alone], () => publish(together))
    for (const item of alone) {
      this.#alone = this.#after([this.#alone, ...this.#calls], () => publish([item]))
      await this.#alone
    }
    return items.map(item => answers.get(item) as Answer)
  }

  /** Takes nothing more. Resolves when no call is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    while (this.#calls.size > 0) await Promise.all(this.#calls)
  }

  #after(before: readonly Promise<unknown>[], work: () => Promise<void>): Promise<void> {
    const call = Promise.all(before).then(work)
    this.#calls.add(call)
    return call.finally(() => this.#calls.delete(call))
  }

  async #publish(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    try {
      const publisher = await this.#opened(signal)
      const answers = await this.#made(items, publisher, signal)
      for (const [n, { effectKey }] of items.entries())
        if (publisher.isDropped && isUnanswered(answers[n] as Answer)) this.#suspect(effectKey)
        else this.#suspects.delete(effectKey)
      return answers
    } catch (error) {
      return items.map(() => ({ ok: false, error }))
    }
  }

  async #made(
    items: readonly Outgoing[],
    publisher: OpenPublisher<M>,
    signal: AbortSignal,
  ): Promise<Answer[]> {
    const messages: M[] = []
    const unmade = new Map<number, Answer>()
    for (const [n, item] of items.entries()) {
      try {
        messages.push(publisher.make(item))
      } catch (error) {
        unmade.set(n, { ok: false, error })
      }
    }
    const answers = (await publisher.publish(messages, signal)).values()
    return items.map((_, n) => unmade.get(n) ?? (answers.next().value as Answer))
  }

  #suspect(effectKey: string): void {
    if (this.#suspects.size >= most) this.#suspects.clear()
    this.#suspects.add(effectKey)
  }

  /** Of several calls the first one opens it for all. */
  async #opened(signal: AbortSignal): Promise<OpenPublisher<M>> {
    const current = this.#publisher
    const publisher = await current?.catch(() => undefined)
    if (publisher?.isOpen) return publisher
    if (this.#publisher === current) this.#publisher = this.#open(signal)
    return this.#publisher as Promise<OpenPublisher<M>>
  }
}

function isUnanswered(answer: Answer): boolean {
  return !answer.ok && answer.error instanceof IsthmusError && answer.error.code === 'TARGET-UNANSWERED'
}
