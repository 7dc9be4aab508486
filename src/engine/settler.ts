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

/** How long a fact waits for others for which nobody waits, in milliseconds: a sync costs as much for one as for many. */
const linger = 5

interface Batch {
  readonly facts: Fact[]
  readonly done: PromiseWithResolvers<void>
  urgent: boolean
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
  #cancelLinger: (() => void) | undefined

  constructor(options: SettlerOptions) {
    this.#options = options
  }

  /** Resolves when the fact is durable: soon, or, where that is no matter, a little later with others. */
  record(fact: Fact, when: 'soon' | 'later' = 'soon'): Promise<void> {
    this.#next ??= { facts: [], done: Promise.withResolvers(), urgent: false }
    const { facts, done } = this.#next
    facts.push(fact)
    if (when === 'soon') this.hurry()
    else this.#cancelLinger ??= this.#options.host.after(linger, () => this.hurry())
    return done.promise
  }

  /** Somebody waits for what was added. */
  hurry(): void {
    this.#cancelLinger?.()
    this.#cancelLinger = undefined
    if (!this.#next || this.#next.urgent) return
    this.#next.urgent = true
    if (this.#running) return
    this.#running = true
    this.#options.host.soon(() => void this.#run())
  }

  /** Resolves when everything added so far is durable. */
  async drained(): Promise<void> {
    this.hurry()
    await (this.#next ?? this.#current)?.done.promise
  }

  async #run(): Promise<void> {
    try {
      while (this.#next?.urgent) {
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
