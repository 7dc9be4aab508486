import { IsthmusError } from '../errors.ts'
import type { Entry, Store, Unfinished, UnfinishedEntry } from '../store/store.ts'
import { type Host, patiently } from './host.ts'
import type { Task } from './lanes.ts'

interface FlowJournalOptions {
  readonly flow: string
  readonly store: Store
  readonly host: Host
  readonly onFatal: (error: unknown) => void
}

/**
 * What a runner reads of its flow. A store that cannot be reached is waited for; one that has failed for good, or has
 * lost a message, ends the process: then a read is never answered.
 */
export class FlowJournal {
  readonly #options: FlowJournalOptions

  constructor(options: FlowJournalOptions) {
    this.#options = options
  }

  entries(query: {
    readonly after: number
    readonly to: number
    readonly partitions?: readonly number[] | undefined
    readonly limit: number
    readonly bytes: number
  }): Promise<Entry[]> {
    const { store, flow } = this.#options
    return this.#read(() => store.read.entries({ flow, ...query }))
  }

  /** Unfinished rows behind `after`, of all partitions if they are not named. */
  rows(after: number, limit: number, partitions?: readonly number[]): Promise<UnfinishedEntry[]> {
    const { store, flow } = this.#options
    return this.#read(() => store.read.unfinished({ flow, after, limit, partitions }))
  }

  /** The first held rows of a key. */
  held(key: string, limit: number): Promise<UnfinishedEntry[]> {
    const { store, flow } = this.#options
    return this.#read(() => store.read.unfinished({ flow, status: ['held'], key, limit }))
  }

  /** Which messages of this stretch have ended. */
  async ended(from: number, to: number): Promise<ReadonlySet<number>> {
    const { store, flow } = this.#options
    const settled = await this.#read(() => store.read.settled({ flow, from, to }))
    return new Set(settled.map(({ seq }) => seq))
  }

  /** Rows with their messages, in order of `seq`. */
  async load(rows: readonly Unfinished[]): Promise<Task[]> {
    const { store, flow } = this.#options
    const seqs = rows.map(({ seq }) => seq)
    const entries = await this.#read(() => store.read.entries({ flow, seqs, limit: rows.length }))
    const bySeq = new Map(rows.map(row => [row.seq, row]))
    return entries.map(entry => ({ entry, data: undefined, row: bySeq.get(entry.seq) }))
  }

  /** Something is not there that must be. */
  lost(what: string): Promise<never> {
    const { flow, onFatal } = this.#options
    onFatal(new IsthmusError('STORE-FAILED', `The journal has lost ${what} of flow ${flow}.`))
    return new Promise(() => {})
  }

  async #read<T>(query: () => Promise<T>): Promise<T> {
    try {
      return await patiently(this.#options.host, query)
    } catch (error) {
      this.#options.onFatal(error)
      return new Promise(() => {})
    }
  }
}
