import { IsthmusError } from '../errors.ts'
import type { Unfinished, UnfinishedEntry } from '../store/store.ts'
import type { Task } from './lanes.ts'
import { standOf, type Verdict } from './run-message.ts'

/** After so many deaths of the process that a message may have caused, it is parked. */
const crashLimit = 3

/**
 * Messages that may have caused the death of the process before. Those whose rows say that they were running run first
 * and alone; as many others as were in memory are noted before they run, so that the next death would show them.
 */
export class Suspects {
  /** The last message accepted before the process died, by partition; 0 where none did. */
  readonly #died = new Map<number, number>()
  readonly #most: number
  readonly #rows: Unfinished[] = []
  #unnoted = 0

  /** `most`: so many messages of a flow are in memory at a time. */
  constructor(most: number) {
    this.#most = most
  }

  /** This partition was taken. `died`: the last message accepted before who had it died over it; 0 if nobody did. */
  taken(partition: number, died: number): void {
    this.#died.set(partition, died)
    if (died > 0) this.#unnoted = this.#most
  }

  add(row: UnfinishedEntry): void {
    const { partition, ...rest } = row
    this.#rows.push({ ...rest, crashes: row.crashes + ((this.#died.get(partition) ?? 0) > 0 ? 1 : 0) })
  }

  take(): Unfinished[] {
    return this.#rows.splice(0)
  }

  /** What to note of a message before it runs, if it is one of them. */
  noteOf({ entry, row }: Task, now: number): Unfinished | undefined {
    if (entry.seq > (this.#died.get(entry.partition) ?? 0)) return undefined
    if (row === undefined && this.#unnoted-- <= 0) return undefined
    const { seq, key } = entry
    return { seq, key, attempts: 0, crashes: 1, since: now, ...standOf({ entry, row }), status: 'running' }
  }
}

/** Parks a message that has been there at too many deaths. */
export function judgeCrashes(row: Unfinished): Verdict | undefined {
  if (row.crashes < crashLimit) return undefined
  const reason = `The process died ${row.crashes} times while this message was, or may have been, running.`
  const error = new IsthmusError('MESSAGE-CRASHED', reason)
  const status = row.sent ? 'doubt' : 'parked'
  return { unfinished: { ...row, status, error: { code: error.code, reason } }, error }
}
