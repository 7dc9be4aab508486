import { compare, type Decimal, divide, multiply, round, subtract, sum } from '../decimal.ts'
import { noAnswer } from '../probing.ts'
import { minorDigits } from './currencies.ts'
import type { Money } from './money.ts'

/**
 * Shares of an amount by weights, in whole minor units (or with `scale` places), that together are the amount to the last
 * one: what is left over goes to those that lost most by rounding, of equal ones to the first (largest remainder).
 * Parks an amount with more places, and weights that are negative or all zero.
 */
export function allocate<C extends string>(amount: Money<C>, weights: readonly Decimal[]): Money<C>[]
export function allocate(
  amount: Decimal,
  weights: readonly Decimal[],
  places: { readonly scale: number },
): string[]
export function allocate(
  amount: Decimal | Money,
  weights: readonly Decimal[],
  places?: { readonly scale: number },
): string[] | Money[] {
  if (typeof amount !== 'object') return shares(amount, weights, places?.scale ?? 0)
  const { value, currency } = amount
  return shares(value, weights, minorDigits(currency) ?? 2).map(share => ({ value: share, currency }))
}

function shares(amount: Decimal, weights: readonly Decimal[], scale: number): string[] {
  const all = sum(weights)
  const whole = round(amount, scale)
  if (compare(all, '0') <= 0 || weights.some(weight => compare(weight, '0') < 0))
    return noAnswer(
      'The weights of an allocation must not be negative, and not all zero.',
      [...weights].map(String),
    )
  if (compare(whole, amount) !== 0)
    return noAnswer(
      `${amount} has more than ${scale} places: round it before it is allocated.`,
      [...weights].map(String),
    )
  const exact = weights.map(weight => multiply(whole, weight))
  const parts = exact.map(part => divide(part, all, { scale, rounding: 'down' }))
  const unit = divide(compare(whole, '0') < 0 ? '-1' : '1', `1${'0'.repeat(scale)}`, { scale })
  const left = Number(divide(subtract(whole, sum(parts)), unit, { scale: 0 }))
  const lost = exact.map((part, at) => multiply(subtract(part, multiply(parts[at] as string, all)), unit))
  const order = [...parts.keys()].sort((a, b) => compare(lost[b] as string, lost[a] as string) || a - b)
  for (const at of order.slice(0, left)) parts[at] = sum([parts[at] as string, unit])
  return parts
}
