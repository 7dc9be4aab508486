import { IsthmusError } from '../../errors.ts'

/** How much may be wrong with a batch before it must stop. */
export interface Tolerance {
  /** So many bad rows are allowed in the whole batch. Without it, any number. */
  readonly rows?: number
  /** The share of bad rows that is allowed among the last `window` rows, from 0 to 1. Without it, any share. */
  readonly ratio?: number
  /** Rows over which `ratio` is taken. Default 1,000. */
  readonly window?: number
}

/** Counts the rows of one batch. */
export interface ToleranceCount {
  readonly rows: number
  readonly bad: number
  /** Counts a row; gives the reason, in words, if the batch must stop now. */
  row(isBad: boolean): string | undefined
  /** At the end of the batch: `ratio` is judged over all rows where they are fewer than its window. */
  end(): string | undefined
}

/**
 * A batch stops with the first bad row beyond `rows`, and as soon as the last `window` rows hold more bad ones than
 * `ratio` allows of a whole window: before so many rows have come, one bad row among a few is not judged yet.
 */
export function countTolerance(tolerance: Tolerance): ToleranceCount {
  checkTolerance(tolerance)
  const { rows: allowed = Number.POSITIVE_INFINITY, ratio, window = 1000 } = tolerance
  const seen = ratio === undefined ? undefined : new Uint8Array(window)
  let rows = 0
  let bad = 0
  let recent = 0
  const tooMany = (inRows: number) =>
    ratio !== undefined && recent > inRows * ratio
      ? `${recent} of the last ${inRows} rows are bad; at most ${percent(ratio)} of them may be`
      : undefined
  return {
    get rows() {
      return rows
    },
    get bad() {
      return bad
    },
    row(isBad) {
      const at = rows % window
      rows++
      bad += Number(isBad)
      if (seen) {
        recent += Number(isBad) - (seen[at] as number)
        seen[at] = Number(isBad)
      }
      if (isBad && bad > allowed) return `${bad} rows are bad; at most ${allowed} may be`
      if (!isBad || !seen) return undefined
      return rows >= window ? tooMany(window) : recent > window * (ratio as number) ? early() : undefined
    },
    end() {
      return rows > 0 && rows < window ? tooMany(rows) : undefined
    },
  }

  function early(): string {
    return `${recent} of the first ${rows} rows are bad; of ${window} at most ${percent(ratio as number)} may be`
  }
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(12))}%`
}

function checkTolerance({ rows, ratio, window }: Tolerance): void {
  const wrong = (reason: string) => new IsthmusError('FLOW-DEFINITION', `A tolerance ${reason}.`)
  if (rows !== undefined && !(Number.isInteger(rows) && rows >= 0))
    throw wrong('allows a whole number of rows, 0 or more')
  if (ratio !== undefined && !(ratio >= 0 && ratio <= 1)) throw wrong('allows a ratio from 0 to 1')
  if (window !== undefined && !(Number.isInteger(window) && window >= 1 && window <= 10_000_000))
    throw wrong('has a window of 1 to 10,000,000 rows')
  if (window !== undefined && ratio === undefined) throw wrong('with a window needs a ratio')
}
