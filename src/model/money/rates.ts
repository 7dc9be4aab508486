import type { Decimal } from '../decimal.ts'
import { noAnswer } from '../probing.ts'

/** `rate` of `to` for `per` (1 if it is left out) of `from`: 100 JPY = 4.66 CNY is `{ from: 'JPY', to: 'CNY', per: 100, rate: '4.66' }`. */
export interface Rate {
  readonly from: string
  readonly to: string
  readonly rate: Decimal
  readonly per?: Decimal | undefined
}

export interface DatedRate extends Rate {
  /** `2026-05-01`: it holds from this day until the next one of the pair. */
  readonly date: string
}

export interface Rates {
  /**
   * The rate of a day: the last one up to it, at most `days` old where that was said. Parks where there is none. The rate
   * of the other direction is never turned round in silence: banks publish both, with a spread between them; see `inverse`.
   */
  on(from: string, to: string, date: string): Rate
}

/** A table of rates. It is plain data of the landscape or the message: what an `enrich` has asked for may be one, too. */
export function rates(table: readonly DatedRate[], options: { readonly days?: number } = {}): Rates {
  const pairs = Map.groupBy(table, ({ from, to }) => `${from}>${to}`)
  for (const [pair, list] of pairs)
    pairs.set(
      pair,
      list.toSorted((a, b) => (a.date < b.date ? -1 : 1)),
    )
  return Object.freeze({
    on(from: string, to: string, date: string): Rate {
      const found = pairs.get(`${from}>${to}`)?.findLast(rate => rate.date <= date)
      const oldest = options.days === undefined ? undefined : daysBefore(date, options.days)
      if (found && (oldest === undefined || found.date >= oldest)) return found
      const last = found ? `; the last one is of ${found.date}` : ''
      return noAnswer(`There is no rate of ${from} to ${to} on ${date}${last}.`, { from, to, rate: '1' })
    },
  })
}

/** The same rate read from the other side. It has rarely an end: give `exchange` a rounding. */
export function inverse({ from, to, rate, per = '1' }: Rate): Rate {
  return { from: to, to: from, rate: per, per: rate }
}

function daysBefore(date: string, days: number): string {
  const moment = Date.parse(`${date}T00:00:00Z`)
  if (Number.isNaN(moment)) return noAnswer(`${JSON.stringify(date)} is no date.`, '')
  return new Date(moment - days * 86_400_000).toISOString().slice(0, 10)
}
