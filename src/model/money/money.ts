import { type Decimal, divide, multiply, quotient, type Rounding, round, roundTo, sum } from '../decimal.ts'
import { noAnswer } from '../probing.ts'
import { minorDigits } from './currencies.ts'
import type { Rate } from './rates.ts'

/** An exact amount of a currency (ISO 4217). It may have more places than the currency: nothing is rounded unless that is said. */
export interface Money<C extends string = string> {
  readonly value: string
  readonly currency: C
}

/** Parks what is no currency of ISO 4217. */
export function money<C extends string>(value: Decimal, currency: C): Money<C> {
  minorPlaces(currency)
  return { value: String(value), currency }
}

/** In whole minor units of the currency, or in multiples of `step`: `{ step: '0.05' }` is cash in Swiss francs. */
export function roundMoney<C extends string>(
  { value, currency }: Money<C>,
  { rounding, step }: { readonly rounding?: Rounding; readonly step?: Decimal } = {},
): Money<C> {
  const scale = minorPlaces(currency)
  return {
    value: round(step === undefined ? value : roundTo(value, step, rounding), scale, rounding),
    currency,
  }
}

/** The sum of amounts of one currency; those of two park the message. */
export function total<C extends string>(amounts: readonly Money<C>[], currency: C): Money<C> {
  const other = amounts.find(amount => amount.currency !== currency)
  if (other)
    return noAnswer(`${other.value} ${other.currency} cannot be added to an amount of ${currency}.`, other)
  return { value: sum(amounts.map(({ value }) => value)), currency }
}

/**
 * The amount in another currency, by a rate. With a rounding, in whole minor units of that currency; without, exact, and
 * parked where that has no end.
 */
export function exchange<C extends string>(
  amount: Money,
  currency: C,
  rate: Rate,
  { rounding }: { readonly rounding?: Rounding } = {},
): Money<C> {
  if (rate.from !== amount.currency || rate.to !== currency)
    return noAnswer(
      `${amount.value} ${amount.currency} cannot be exchanged into ${currency} by a rate of ${rate.from} to ${rate.to}.`,
      { value: amount.value, currency },
    )
  const over = multiply(amount.value, rate.rate)
  const under = rate.per ?? '1'
  if (rounding) return { value: divide(over, under, { scale: minorPlaces(currency), rounding }), currency }
  const reason = `${amount.value} ${amount.currency} has no end as an amount of ${currency}: say a rounding.`
  return { value: quotient(over, under) ?? noAnswer(reason, '1'), currency }
}

function minorPlaces(currency: string): number {
  return minorDigits(currency) ?? noAnswer(`${JSON.stringify(currency)} is no currency of ISO 4217.`, 2)
}
