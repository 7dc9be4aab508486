import { matcher } from '../name-pattern.ts'
import { type Drive, type Stamp, sameStamp } from './drive.ts'
import { joined } from './folders.ts'

/** A file of the watched folder that is complete, as it was when that was found. */
export interface Arrival {
  readonly name: string
  readonly stamp: Stamp
}

export interface ArrivalOptions {
  readonly pattern: string
  /** Milliseconds for which a file must not have changed. */
  readonly settle: number
  /** Names the file that says that another is complete; then nothing is waited for. */
  readonly marker?: ((file: string) => string) | undefined
}

/** Writers that rename into place use such names before. */
const unfinished = /^[.~]|\.(part|partial|filepart|tmp|temp|crdownload)$|~$/i

/**
 * Tells which files of a folder are complete: those with a marker file, or, where no markers are used, those that did
 * not change between two looks. Links and everything else that is not a regular file are left alone.
 */
export class Arrivals {
  readonly #drive: Drive
  readonly #folder: string
  readonly #options: ArrivalOptions
  readonly #matches: (name: string) => boolean
  readonly #clock: () => number
  #seen = new Map<string, Arrival & { readonly since: number }>()
  /** In how many looks a file was there that nothing is found under the name of. */
  #missed = new Map<string, number>()

  /** `clock` gives milliseconds that only grow. */
  constructor(drive: Drive, folder: string, options: ArrivalOptions, clock = () => performance.now()) {
    this.#drive = drive
    this.#folder = folder
    this.#options = options
    this.#clock = clock
    this.#matches = matcher(options.pattern)
  }

  /**
   * Complete files, the oldest first. `wait` are the milliseconds after which one more may be complete; `nameless` are
   * files whose names are not text in the encoding of the drive, so that they cannot be opened: each is told once.
   */
  async look(): Promise<{ complete: Arrival[]; wait: number | undefined; nameless: string[] }> {
    const entries = await this.#drive.list(this.#folder)
    const { marker, settle } = this.#options
    const marked = marker && new Set(entries.map(({ name }) => name))
    const before = this.#seen
    this.#seen = new Map()
    const complete: Arrival[] = []
    const missed = new Map<string, number>()
    let wait: number | undefined
    for (const { name, kind, stamp: told } of entries) {
      if (kind !== 'file' || unfinished.test(name) || !this.#matches(name)) continue
      if (marked && !marked.has(marker(name))) continue
      const stamp = told ?? (await stampOf(this.#drive, joined(this.#folder, name)))
      if (stamp === undefined) {
        if (name.includes('\ufffd')) missed.set(name, (this.#missed.get(name) ?? 0) + 1)
        continue
      }
      const now = this.#clock()
      const known = before.get(name)
      const since = known !== undefined && sameStamp(known.stamp, stamp) ? known.since : now
      const left = marked ? 0 : since + settle - now
      if (left <= 0) complete.push({ name, stamp })
      else wait = Math.min(wait ?? left, left)
      this.#seen.set(name, { name, stamp, since })
    }
    this.#missed = missed
    const nameless = [...missed.keys()].filter(name => missed.get(name) === 2)
    return { complete: complete.sort(oldestFirst), wait, nameless }
  }
}

/** Undefined for what is no regular file, or is gone. */
export async function stampOf(drive: Drive, path: string): Promise<Stamp | undefined> {
  return (await drive.find(path))?.stamp
}

const byName = new Intl.Collator('en', { numeric: true })

function oldestFirst(a: Arrival, b: Arrival): number {
  const order = a.stamp.mtimeNs - b.stamp.mtimeNs
  return order === 0n ? byName.compare(a.name, b.name) : Number(order)
}
