import type { Answer, Outgoing, Probed, Sink } from '../../system/roles.ts'
import type { Operation } from './operation.ts'

/** One request per message. */
export class HttpSink implements Sink {
  readonly #operation: Operation
  readonly concurrency: number

  constructor(operation: Operation, concurrency: number) {
    this.#operation = operation
    this.concurrency = concurrency
  }

  write(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> {
    return Promise.all(items.map(item => this.#write(item, signal)))
  }

  async probe(item: Outgoing, signal: AbortSignal): Promise<Probed> {
    return { outcome: (await this.#operation.probe(item, signal)).outcome }
  }

  async #write(item: Outgoing, signal: AbortSignal): Promise<Answer> {
    try {
      await this.#operation.call(item, signal)
      return { ok: true }
    } catch (error) {
      return { ok: false, error }
    }
  }
}
