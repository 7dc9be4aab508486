/** What has been counted of a flow or a system since the process began; `counts` are those of a histogram. */
export interface Reading {
  readonly accepted: number
  readonly ended: number
  readonly errors: number
  readonly counts: Float64Array
}

/** What happened from `at` on for the length of a slot. Times in milliseconds; none where nothing ended. */
export interface Point {
  readonly at: number
  readonly accepted: number
  readonly ended: number
  readonly errors: number
  readonly p50: number | undefined
  readonly p95: number | undefined
}

export const fine = { step: 5_000, length: 180 }
export const coarse = { step: 300_000, length: 288 }

/** Slots of five seconds over which "now" is taken. */
const recently = 12

/** Small numbers of the last 15 minutes, every 5 seconds, and of the last day, every 5 minutes: for sparklines. */
export class Series {
  readonly #read: () => Iterable<readonly [name: string, reading: Reading]>
  readonly #quantile: (counts: Float64Array, share: number) => number | undefined
  readonly #lines = new Map<string, Line>()
  readonly #timer: NodeJS.Timeout

  /** `quantile` knows the bounds of the histograms that `read` gives; in seconds. */
  constructor(
    read: () => Iterable<readonly [string, Reading]>,
    quantile: (counts: Float64Array, share: number) => number | undefined,
  ) {
    this.#read = read
    this.#quantile = quantile
    this.sample(Date.now())
    this.#timer = setInterval(() => this.sample(Date.now()), fine.step)
    this.#timer.unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Called by its own clock; by a test with a time of its own. */
  sample(now: number): void {
    for (const [name, reading] of this.#read()) {
      let line = this.#lines.get(name)
      if (line === undefined) {
        line = { fine: [], coarse: [], recent: [], day: { at: now, reading } }
        this.#lines.set(name, line)
      }
      const last = line.recent.at(-1)
      if (last) push(line.fine, this.#point(last.at, last.reading, reading), fine.length)
      push(line.recent, { at: now, reading }, recently + 1)
      if (now - line.day.at < coarse.step) continue
      push(line.coarse, this.#point(line.day.at, line.day.reading, reading), coarse.length)
      line.day = { at: now, reading }
    }
  }

  points(name: string, range: 'fine' | 'coarse'): readonly Point[] {
    return this.#lines.get(name)?.[range] ?? []
  }

  /** Over the last minute; `errors` over the last five. */
  recent(name: string): Recent {
    const line = this.#lines.get(name)
    const [first, last] = [line?.recent[0], line?.recent.at(-1)]
    if (!line || !first || !last || first === last) return { perSecond: 0, errors: 0 }
    const { accepted, ended, p50, p95 } = this.#point(first.at, first.reading, last.reading)
    const errors = line.fine.slice(-5 * recently).reduce((sum, point) => sum + point.errors, 0)
    const perSecond = (Math.max(accepted, ended) * 1000) / (last.at - first.at)
    return { perSecond: Math.round(perSecond * 10) / 10, errors, p50, p95 }
  }

  #point(at: number, before: Reading, after: Reading): Point {
    const counts = after.counts.map((count, place) => count - (before.counts[place] ?? 0))
    const quantile = (share: number) => {
      const seconds = this.#quantile(counts, share)
      return seconds === undefined ? undefined : Math.round(seconds * 1e6) / 1e3
    }
    return {
      at,
      accepted: after.accepted - before.accepted,
      ended: after.ended - before.ended,
      errors: after.errors - before.errors,
      p50: quantile(0.5),
      p95: quantile(0.95),
    }
  }
}

export interface Recent {
  readonly perSecond: number
  readonly errors: number
  readonly p50?: number | undefined
  readonly p95?: number | undefined
}

interface Line {
  readonly fine: Point[]
  readonly coarse: Point[]
  readonly recent: { readonly at: number; readonly reading: Reading }[]
  day: { readonly at: number; readonly reading: Reading }
}

function push<T>(list: T[], item: T, most: number): void {
  list.push(item)
  if (list.length > most) list.shift()
}
