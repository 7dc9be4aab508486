import { add, type Decimal, divide, multiply, quotient, type Rounding, subtract } from '../decimal.ts'
import { noAnswer } from '../probing.ts'
import { type Factor, type Ratio, ratioBetween, times } from './ratio.ts'
import { temperatures } from './unit-table.ts'

/** So much of a unit, exact. Units are codes of UN/ECE Recommendation 20, or packages that only factors give a size. */
export interface Quantity<U extends string = string> {
  readonly value: string
  readonly unit: U
}

/** Places of a result that may not be exact. */
export interface Places {
  readonly scale: number
  /** Default `half-up`. */
  readonly rounding?: Rounding | undefined
}

const none: readonly Factor[] = []

export function quantity<U extends string>(value: Decimal, unit: U): Quantity<U> {
  return { value: String(value), unit }
}

/**
 * The same quantity in another unit, exact. Where the result has no end (1 FOT in NMI) or fewer places are wanted, `scale`
 * says how many. `factors` are those of the material: what is in a carton, what a piece weighs; they may be joined
 * (cartons to pieces to kilograms) and are joined with the units of Recommendation 20. Parks, naming it, where one is missing.
 */
export function toUnit<U extends string>(
  given: Quantity,
  unit: U,
  options: Partial<Places> & { readonly factors?: readonly Factor[] | undefined } = {},
): Quantity<U> {
  const { value, unit: from } = given
  const { scale, rounding, factors } = options
  if (from === unit && scale === undefined) return { value, unit }
  const ratio = ratioBetween(from, unit, factors ?? none)
  if (!ratio && from in temperatures && unit in temperatures)
    return { value: temperature(value, from, unit, options), unit }
  if (!ratio) return noAnswer(missing(given, unit, factors ?? none), { value, unit })
  if (scale !== undefined)
    return { value: divide(multiply(value, ratio.over), ratio.under, { scale, rounding }), unit }
  if (ratio.exactly) return { value: ratio.exactly(value), unit }
  return { value: exactly(multiply(value, ratio.over), ratio.under, given, unit), unit }
}

function exactly(over: string, under: string, given: Quantity, unit: string): string {
  return quotient(over, under) ?? noAnswer(endless(given, unit), '1')
}

function endless({ value, unit: from }: Quantity, unit: string): string {
  return `${value} ${from} has no end as a decimal number of ${unit}: say its places, toUnit(..., { scale: 6 }).`
}

function missing({ value, unit: from }: Quantity, unit: string, factors: readonly Factor[]): string {
  const known = factors.map(factor => `${factor.from} to ${factor.to}`).join(', ')
  const given = known ? `given are ${known}` : 'none is given'
  return `${value} ${from} cannot be told in ${unit}: the factor between ${from} and ${unit} is missing; ${given}.`
}

function temperature(
  value: string,
  from: string,
  unit: string,
  { scale, rounding }: Partial<Places>,
): string {
  const [here, there] = [temperatures[from], temperatures[unit]] as [Shifted, Shifted]
  const ratio = times(ratioText(here.ratio), inverted(ratioText(there.ratio)))
  const over = subtract(multiply(add(value, here.offset), ratio.over), multiply(there.offset, ratio.under))
  if (scale !== undefined) return divide(over, ratio.under, { scale, rounding })
  return exactly(over, ratio.under, { value, unit: from }, unit)
}

type Shifted = (typeof temperatures)[string]

function ratioText(text: string): Pick<Ratio, 'over' | 'under'> {
  const [over = '1', under = '1'] = text.split('/')
  return { over, under }
}

const inverted = ({ over, under }: Pick<Ratio, 'over' | 'under'>) => ({ over: under, under: over })
