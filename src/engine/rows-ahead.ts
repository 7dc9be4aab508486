import type { UnfinishedEntry } from '../store/store.ts'

/**
 * Rows that others have left of messages behind the cursors, by `seq`. Of those that are held, what was accepted before
 * them may have been in memory only.
 */
export class RowsAhead {
  readonly #rows = new Map<number, Pick<UnfinishedEntry, 'partition' | 'status'>>()

  add({ seq, partition, status }: UnfinishedEntry): void {
    this.#rows.set(seq, { partition, status })
  }

  has(seq: number): boolean {
    return this.#rows.has(seq)
  }

  /** It has been passed. Whether it is held. */
  pass(seq: number): boolean {
    const row = this.#rows.get(seq)
    this.#rows.delete(seq)
    return row?.status === 'held'
  }

  drop(partition: number): void {
    for (const [seq, row] of this.#rows) if (row.partition === partition) this.#rows.delete(seq)
  }
}
