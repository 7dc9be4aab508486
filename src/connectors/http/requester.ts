import type { Answer, Outgoing, Probed, Requester } from '../../system/roles.ts'
import type { Operation } from './operation.ts'

/** One request per message. */
export class HttpRequester implements Requester {
  readonly #operation: Operation
  readonly concurrency: number

  constructor(operation: Operation, concurrency: number) {
    this.#operation = operation
    this.concurrency = concurrency
  }

  ask(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer<unknown>[]> {
    return Promise.all(items.map(item => this.#ask(item, signal)))
  }

  probe(item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>> {
    return this.#operation.probe(item, signal)
  }

  async #ask(item: Outgoing, signal: AbortSignal): Promise<Answer<unknown>> {
    try {
      return { ok: true, result: await this.#operation.call(item, signal) }
    } catch (error) {
      return { ok: false, error }
    }
  }
}
