import { type Decimal, multiplier, multiply, quotient } from '../decimal.ts'
import { dimensions } from './unit-table.ts'

/** `factor` of unit `to` make `per` (1 if it is left out) of unit `from`: 1 CTN = 12 EA is `{ from: 'CTN', to: 'EA', factor: 12 }`. */
export interface Factor {
  readonly from: string
  readonly to: string
  readonly factor: Decimal
  readonly per?: Decimal | undefined
}

/** over/under, both decimal texts; `exactly` multiplies by it where it is a decimal itself. */
export interface Ratio {
  readonly over: string
  readonly under: string
  readonly exactly: ((value: Decimal) => string) | undefined
}

type Fraction = Pick<Ratio, 'over' | 'under'>

export function times(a: Fraction, b: Fraction): Ratio {
  const [over, under] = [multiply(a.over, b.over), multiply(a.under, b.under)]
  const exact = quotient(over, under)
  return {
    over,
    under,
    exactly: exact === undefined ? undefined : exact === '1' ? String : multiplier(exact),
  }
}

const one: Ratio = { over: '1', under: '1', exactly: String }

/** Dimension and ratio of every unit, by code. */
const units = new Map(
  Object.entries(dimensions).flatMap(([dimension, ratios]) =>
    Object.entries(ratios).map(([code, text]) => {
      const [over = '1', under = '1'] = text.split('/')
      return [code, { dimension, over, under }] as const
    }),
  ),
)

/** Of pairs of the units above: there are some thousands at most. */
const known = new Map<string, Map<string, Ratio>>()

/** How many `to` one `from` is; undefined where nothing leads there. */
export function ratioBetween(from: string, to: string, factors: readonly Factor[]): Ratio | undefined {
  if (from === to) return one
  return known.get(from)?.get(to) ?? ofOneDimension(from, to) ?? joined(from, to, factors)
}

function ofOneDimension(from: string, to: string): Ratio | undefined {
  const [here, there] = [units.get(from), units.get(to)]
  if (!here || here.dimension !== there?.dimension) return undefined
  const ratio = times(here, { over: there.under, under: there.over })
  if (!known.has(from)) known.set(from, new Map())
  known.get(from)?.set(to, ratio)
  return ratio
}

/** The shortest way over the factors of a material, each in both directions. */
function joined(from: string, to: string, factors: readonly Factor[]): Ratio | undefined {
  const reached = new Map([[from, one]])
  for (const [unit, ratio] of reached) {
    const last = unit === to ? one : ofOneDimension(unit, to)
    if (last) return times(ratio, last)
    for (const [next, step] of stepsFrom(unit, factors))
      if (!reached.has(next)) reached.set(next, times(ratio, step))
  }
  return undefined
}

/** From a unit, or one of its dimension, by each factor. */
function* stepsFrom(unit: string, factors: readonly Factor[]): Generator<readonly [string, Fraction]> {
  for (const { from, to, factor, per = '1' } of factors) {
    const forward = { over: String(factor), under: String(per) }
    for (const [start, end, step] of [
      [from, to, forward],
      [to, from, { over: forward.under, under: forward.over }],
    ] as const) {
      const there = start === unit ? one : ofOneDimension(unit, start)
      if (there) yield [end, times(there, step)]
    }
  }
}
