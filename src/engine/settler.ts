import type { Settled, Store, Unfinished } from '../store/store.ts'
import { gatherTime } from './gather.ts'
import { type Host, patiently } from './host.ts'
import type { Partitions } from './partitions.ts'

/** What became of one message, to be recorded. */
export type Fact = { readonly settled: Settled } | { readonly unfinished: Unfinished }

interface SettlerOptions {
  readonly store: Store
  readonly host: Host
  readonly flow: string
  readonly partitions: Pick<Partitions, 'cursors' | 'token'>
  readonly onRecorded: (facts: readonly Fact[], ms: number) => void
  /** Nothing can be recorded any more; what waits is never answered. */
  readonly onFatal: (error: unknown) => void
}

interface Batch {
  readonly facts: { readonly partition: number; readonly fact: Fact }[]
  /** Partitions whose cursor is to be recorded, whether anything became of a message or not. */
  readonly moved: Set<number>
  readonly done: PromiseWithResolvers<void>
  urgent: boolean
}

/**
 * Records what becomes of a flow's messages. What is added while a settlement is being made durable goes together in
 * the next; one settlement of a partition is under way at a time, so that the cursor and its facts never part.
 */
export class Settler {
  readonly #options: SettlerOptions
  #next: Batch | undefined
  #current: Batch | undefined
  #running = false
  /** How many facts were recorded together last. */
  #last = 1
  #cancelLinger: (() => void) | undefined

  constructor(options: SettlerOptions) {
    this.#options = options
  }

  /** Resolves when the fact is durable: soon, or, where that is no matter, a little later with others. */
  record(partition: number, fact: Fact, when: 'soon' | 'later' = 'soon'): Promise<void> {
    const { facts, done } = this.#batch()
    facts.push({ partition, fact })
    if (when === 'soon') this.hurry()
    else this.#cancelLinger ??= this.#options.host.after(gatherTime(this.#last), () => this.hurry())
    return done.promise
  }

  /** Resolves when it is durable how far these partitions have come. */
  note(partitions: readonly number[]): Promise<void> {
    const { moved, done } = this.#batch()
    for (const partition of partitions) moved.add(partition)
    this.hurry()
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

  #batch(): Batch {
    this.#next ??= { facts: [], moved: new Set(), done: Promise.withResolvers(), urgent: false }
    return this.#next
  }

  async #run(): Promise<void> {
    try {
      while (this.#next?.urgent) {
        const batch = this.#next
        this.#current = batch
        this.#next = undefined
        await this.#record(batch)
        batch.done.resolve()
      }
      this.#running = false
    } catch (error) {
      this.#options.onFatal(error)
    }
  }

  /** All partitions at once: a store takes into one transaction what it is asked for at a time. */
  async #record({ facts, moved }: Batch): Promise<void> {
    const { host, partitions, onRecorded } = this.#options
    const parts = new Map<number, { settled: Settled[]; unfinished: Unfinished[] }>()
    for (const partition of moved) parts.set(partition, { settled: [], unfinished: [] })
    for (const { partition, fact } of facts) {
      const part = parts.get(partition) ?? { settled: [], unfinished: [] }
      parts.set(partition, part)
      if ('settled' in fact) part.settled.push(fact.settled)
      else part.unfinished.push(fact.unfinished)
      partitions.cursors.cover(partition, 'settled' in fact ? fact.settled.seq : fact.unfinished.seq)
    }
    this.#last = facts.length
    const began = host.monotonic()
    await Promise.all([...parts].map(([partition, part]) => this.#settle(partition, part)))
    if (facts.length > 0)
      onRecorded(
        facts.map(({ fact }) => fact),
        host.monotonic() - began,
      )
  }

  async #settle(
    partition: number,
    part: { readonly settled: readonly Settled[]; readonly unfinished: readonly Unfinished[] },
  ): Promise<void> {
    const { store, host, flow, partitions } = this.#options
    const settlement = {
      flow,
      partition,
      token: partitions.token(partition),
      cursor: partitions.cursors.position(partition),
      ...part,
    }
    await patiently(host, () => store.settle(settlement))
  }
}
