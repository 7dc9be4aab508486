import type { Settled, Store, Unfinished } from '../store/store.ts'
import type { Cursor } from './cursor.ts'
import { type Host, patiently } from './host.ts'

/** What became of one message, to be recorded. */
export type Fact = { readonly settled: Settled } | { readonly unfinished: Unfinished }

interface SettlerOptions {
  readonly store: Store
  readonly host: Host
  readonly flow: string
  readonly partition: number
  readonly token: number
  readonly cursor: Cursor
  readonly onRecorded: (facts: readonly Fact[], ms: number) => void
  /** Nothing can be recorded any more; what waits is never answered. */
  readonly onFatal: (error: unknown) => void
}

interface Batch {
  readonly facts: Fact[]
  readonly done: PromiseWithResolvers<void>
}

/**
 * Records what becomes of a flow's messages. What is added while a settlement is being made durable goes together in
 * the next; one settlement is under way at a time, so that the cursor and its facts never part.
 */
export class Settler {
  readonly #options: SettlerOptions
  #next: Batch | undefined
  #current: Batch | undefined
  #running = false

  constructor(options: SettlerOptions) {
    this.#options = options
  }

  /** Resolves when the fact is durable. One message has at most one fact that is not. */
  record(fact: Fact): Promise<void> {
    this.#next ??= { facts: [], done: Promise.withResolvers() }
    this.#next.facts.push(fact)
    if (!this.#running) {
      this.#running = true
      this.#options.host.soon(() => void this.#run())
    }
    return this.#next.done.promise
  }

  /** Resolves when everything added so far is durable. */
  async drained(): Promise<void> {
    await (this.#next ?? this.#current)?.done.promise
  }

  async #run(): Promise<void> {
    try {
      while (this.#next) {
        const batch = this.#next
        this.#current = batch
        this.#next = undefined
        await this.#settle(batch.facts)
        batch.done.resolve()
      }
      this.#running = false
    } catch (error) {
      this.#options.onFatal(error)
    }
  }

  async #settle(facts: readonly Fact[]): Promise<void> {
    const { store, host, flow, partition, token, cursor, onRecorded } = this.#options
    const settled: Settled[] = []
    const unfinished: Unfinished[] = []
    for (const fact of facts) {
      if ('settled' in fact) settled.push(fact.settled)
      else unfinished.push(fact.unfinished)
      cursor.cover('settled' in fact ? fact.settled.seq : fact.unfinished.seq)
    }
    const settlement = { flow, partition, token, cursor: cursor.position, settled, unfinished }
    const began = host.monotonic()
    await patiently(host, () => store.settle(settlement))
    onRecorded(facts, host.monotonic() - began)
  }
}
