import type { Entry, FlowState, Settled, StoreReader, Unfinished } from '../store.ts'
import type { Origin, Target } from './ends.ts'
import { inParts, numbersOf, without } from './ranges.ts'

/** Messages that are read, and written, at once. */
export const page = { limit: 2000, bytes: 8 * 2 ** 20 } as const
/** Records of ended messages that are read at once. */
export const settledPage = 5000

/**
 * Copies one flow in passes. While the origin runs, a pass copies what does not change any more: messages, and the
 * records of those that have ended. What retention takes away meanwhile, and all that changes, is for the last one.
 */
export class FlowCopy {
  readonly #origin: Origin
  readonly #target: Target
  readonly #flow: string
  /** Messages up to here are copied, and records up to there, except of those that are `#open`. */
  #entriesTo = 0
  #settledTo = 0
  readonly #open = new Set<number>()

  constructor(origin: Origin, target: Target, flow: string) {
    this.#origin = origin
    this.#target = target
    this.#flow = flow
  }

  /** Messages up to here are copied. */
  get copiedTo(): number {
    return this.#entriesTo
  }

  /** While the origin may be running. Gives how many messages came. */
  async follow({ head, cursors }: FlowState): Promise<number> {
    const count = await this.#entries(head)
    const passed = Math.min(head, ...cursors.map(({ cursor }) => cursor))
    await this.#endOpen()
    await this.#settled(cursors.length === 0 ? 0 : passed, seq => this.#open.add(seq))
    return count
  }

  /** When the origin stands still. */
  async last({ head, retired }: FlowState): Promise<number> {
    const count = await this.#entries(head)
    await this.#removeRetired()
    await this.#endOpen()
    const unfinished = await this.#unfinished()
    const begun = new Set(unfinished.map(({ seq }) => seq))
    let untouched = head + 1
    const note = (seq: number) => {
      if (seq < untouched && !begun.has(seq)) untouched = seq
    }
    this.#open.forEach(note)
    await this.#settled(head, note)
    await this.#target.progress(this.#flow, { head, retired, cursor: untouched - 1, unfinished })
    return count
  }

  async #entries(head: number): Promise<number> {
    let count = 0
    for await (const entries of entriesOf(this.#origin.read, this.#flow, this.#entriesTo, head)) {
      await this.#target.entries(this.#flow, entries)
      count += entries.length
    }
    this.#entriesTo = Math.max(head, this.#entriesTo)
    return count
  }

  /** Copies records up to `to`; `left` takes the messages that have none. */
  async #settled(to: number, left: (seq: number) => void): Promise<void> {
    if (to <= this.#settledTo) return
    const kept = await this.#origin.holdings.kept(this.#flow)
    for (let after = this.#settledTo; after < to; after += settledPage) {
      const end = Math.min(to, after + settledPage)
      const query = { flow: this.#flow, from: after + 1, to: end }
      // What was retired since it was copied goes with the last pass.
      const settled = await this.#origin.read.settled(query)
      await this.#target.settled(this.#flow, settled)
      const ended = new Set(settled.map(({ seq }) => seq))
      for (const seq of numbersOf(kept, after, end)) if (!ended.has(seq)) left(seq)
    }
    this.#settledTo = to
  }

  /** Copies the records of messages that had not ended when they were passed. */
  async #endOpen(): Promise<void> {
    const found: Settled[] = []
    for (const seqs of near([...this.#open].sort((a, b) => a - b))) {
      const [from = 0, to = from] = [seqs[0], seqs.at(-1)]
      const settled = await this.#origin.read.settled({ flow: this.#flow, from, to })
      found.push(...settled.filter(({ seq }) => this.#open.has(seq)))
    }
    for (const { seq } of found) this.#open.delete(seq)
    for (const part of inParts(found, settledPage)) await this.#target.settled(this.#flow, part)
  }

  async #removeRetired(): Promise<void> {
    const kept = await this.#origin.holdings.kept(this.#flow)
    const gone = without(await this.#target.holdings.kept(this.#flow), kept)
    for (const seqs of inParts(numbersOf(gone), page.limit)) {
      for (const seq of seqs) this.#open.delete(seq)
      await this.#target.remove(this.#flow, seqs)
    }
  }

  async #unfinished(): Promise<Unfinished[]> {
    const rows: Unfinished[] = []
    for (let after = 0; ; after = rows.at(-1)?.seq ?? after) {
      const part = await this.#origin.read.unfinished({ flow: this.#flow, after, limit: page.limit })
      for (const { partition, ...row } of part) rows.push(row)
      if (part.length < page.limit) return rows
    }
  }
}

/** Messages of a flow behind `after` and up to `to`, page by page. */
export async function* entriesOf(
  reader: StoreReader,
  flow: string,
  after: number,
  to: number,
): AsyncGenerator<Entry[]> {
  for (let last = after; last < to; ) {
    const entries = await reader.entries({ flow, after: last, to, ...page })
    if (entries.length === 0) return
    yield entries
    last = entries.at(-1)?.seq ?? to
  }
}

/** Cuts numbers, which are in order, so that each part spans few. */
function* near(seqs: readonly number[]): Generator<number[]> {
  for (let from = 0; from < seqs.length; ) {
    const end = (seqs[from] ?? 0) + 1000
    let to = from
    while ((seqs[to] ?? Infinity) < end) to++
    yield seqs.slice(from, to)
    from = to
  }
}
