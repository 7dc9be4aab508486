/** How a date is written, `ambiguous` where day and month could be either; undefined for what is no date. */
export interface WrittenDate {
  readonly notation: string
  readonly ambiguous: boolean
  /** `2026-05-01`, where that is certain. */
  readonly day: string | undefined
}

export function writtenDate(text: string): WrittenDate | undefined {
  if (text.length < 8 || text.length > 40 || !/^\d/.test(text)) return undefined
  const [, year, sign, month, , day, rest = ''] =
    /^(\d{4})([-/.年]|)(\d{1,2})([-/.月]|)(\d{1,2})日?(?!\d)(.*)$/.exec(text) ?? []
  if (year !== undefined && sign !== undefined && month !== undefined && day !== undefined) {
    if (sign === '' && (month.length < 2 || day.length < 2 || rest !== '')) return undefined
    const plain = dayOf(year, month, day)
    const notation = sign === '年' ? 'YYYY年M月D日' : `YYYY${sign}MM${sign}DD`
    if (plain === undefined) return undefined
    return { notation: rest === '' ? notation : `${notation} with time`, ambiguous: false, day: plain }
  }
  const [, first, between, second, last] = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)/.exec(text) ?? []
  if (!first || !second || !last || !between) return undefined
  return turned(first, second, last, between)
}

function turned(first: string, second: string, year: string, sign: string): WrittenDate | undefined {
  const [dayFirst, monthFirst] = [dayOf(year, second, first), dayOf(year, first, second)]
  // A point is used where the day comes first.
  if (sign === '.' || !monthFirst || dayFirst === monthFirst)
    return dayFirst === undefined
      ? undefined
      : { notation: `DD${sign}MM${sign}YYYY`, ambiguous: false, day: dayFirst }
  if (!dayFirst) return { notation: `MM${sign}DD${sign}YYYY`, ambiguous: false, day: monthFirst }
  return { notation: `DD${sign}MM${sign}YYYY or MM${sign}DD${sign}YYYY`, ambiguous: true, day: undefined }
}

/** Undefined for a day that no calendar has. */
function dayOf(year: string, month: string, day: string): string | undefined {
  const read = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (read.getUTCMonth() !== Number(month) - 1 || read.getUTCDate() !== Number(day)) return undefined
  const isLikely = Number(year) >= 1800 && (Number(year) < 2200 || Number(year) === 9999)
  return isLikely ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : undefined
}
