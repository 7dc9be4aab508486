import { IsthmusError } from '../errors.ts'
import type { Unfinished } from '../store/store.ts'
import type { Task } from './lanes.ts'
import { standOf, type Verdict } from './run-message.ts'

/** After so many deaths of the process that a message may have caused, it is parked. */
const crashLimit = 3

/**
 * Messages that may have caused the death of the process before. Those whose rows say that they were running run first
 * and alone; as many others as were in memory are noted before they run, so that the next death would show them.
 */
export class Suspects {
  readonly #clean: boolean
  readonly #recovered: number
  readonly #rows: Unfinished[] = []
  #unnoted: number

  /** `clean`: the process before ended well. `recovered`: its last message; `most`: of which so many were in memory. */
  constructor(options: { readonly clean: boolean; readonly recovered: number; readonly most: number }) {
    this.#clean = options.clean
    this.#recovered = options.recovered
    this.#unnoted = options.most
  }

  add(row: Unfinished): void {
    this.#rows.push({ ...row, crashes: row.crashes + (this.#clean ? 0 : 1) })
  }

  take(): Unfinished[] {
    return this.#rows.splice(0)
  }

  /** What to note of a message before it runs, if it is one of them. */
  noteOf({ entry, row }: Task, now: number): Unfinished | undefined {
    if (this.#clean || entry.seq > this.#recovered) return undefined
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
