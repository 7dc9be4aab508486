import { IsthmusError } from '../../errors.ts'
import { compare, type Decimal } from '../decimal.ts'
import { type Fields, type Mapping, mapping } from '../mapping.ts'
import type { Model } from '../model.ts'
import { samplesOf } from '../sample.ts'
import type { JsonSchema } from '../schema-validator.ts'
import { toUnit } from '../units/quantity.ts'
import type { CodeTable } from './code-table.ts'

/** A value and its counterpart: each gives back what the other one has made. A code table is one. */
export interface TwoWay<V, W> {
  code(value: V): W
  back(code: W): V
}

type Required<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T]
type Alike<V, W> = [V] extends [W] ? ([W] extends [V] ? true : false) : false

/** A field of the same type by its name, or a field with the way there and back. */
type PairFor<V, B> = {
  [N in keyof B & string]:
    | (Alike<V, B[N]> extends true ? N : never)
    | { readonly to: N; readonly by: TwoWay<NonNullable<V>, NonNullable<B[N]>> }
}[keyof B & string]

type PairsOf<A, B> = { readonly [K in Required<A>]: PairFor<A[K], B> } & {
  readonly [K in Exclude<keyof A, Required<A>>]?: PairFor<A[K], B>
}

type TargetOf<P> = P extends { readonly to: infer N } ? N : P
/** Required fields of B that no field of A is paired with. */
type Unpaired<B, P> = Exclude<Required<B>, TargetOf<P[keyof P]>>
type Complete<B, P> = [Unpaired<B, P>] extends [never] ? unknown : { readonly cannotBeMade: Unpaired<B, P> }

/** Two mappings that are each other's inverse, of one list of pairs. */
export interface Invertible<A, B> {
  readonly forward: Mapping<A, B>
  readonly backward: Mapping<B, A>
  /** The pairs as they were given, for whoever proves them. */
  readonly pairs: Readonly<Record<string, unknown>>
  readonly from: Model<A>
}

/**
 * A mapping and its inverse. Each field of A names its field of B, and where the values differ the way there and back: a
 * code table, a unit (`unitPair`), or two functions of yours. A required field on either side that is left out does not
 * compile, and its name is in the message. Throws FLOW-DEFINITION for a code table that is not one to one.
 */
export function invertible<A, B, const P extends PairsOf<A, B>>(
  a: Model<A>,
  b: Model<B>,
  pairs: P & Complete<B, P>,
): Invertible<A, B> {
  const forward: Record<string, (source: Row) => unknown> = {}
  const backward: Record<string, (source: Row) => unknown> = {}
  for (const [name, pair] of Object.entries(pairs) as [string, Pair][]) {
    const { to, by } = typeof pair === 'string' ? { to: pair, by: undefined } : pair
    if (by && 'inverse' in by) (by as unknown as CodeTable).inverse()
    if (Object.hasOwn(forward, to))
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `Two fields are paired with ${b.name}.${to}: one would be lost.`,
      )
    forward[to] = source => there(source[name], by)
    backward[name] = source => backAgain(source[to], by)
  }
  return Object.freeze({
    forward: mapping(b, forward as unknown as Fields<A, B>),
    backward: mapping(a, backward as unknown as Fields<B, A>),
    pairs: pairs as Readonly<Record<string, unknown>>,
    from: a,
  })
}

type Row = Readonly<Record<string, unknown>>
type Pair = string | { readonly to: string; readonly by: TwoWay<unknown, unknown> }

const there = (value: unknown, by: TwoWay<unknown, unknown> | undefined) =>
  by && value !== undefined && value !== null ? by.code(value) : value
const backAgain = (value: unknown, by: TwoWay<unknown, unknown> | undefined) =>
  by && value !== undefined && value !== null ? by.back(value) : value

/** Decimals of one unit and of another, where one is a whole power of ten of the other, or both ways have an end. */
export function unitPair(unit: string, other: string): TwoWay<string, string> {
  return {
    code: value => toUnit({ value, unit }, other).value,
    back: value => toUnit({ value, unit: other }, unit).value,
  }
}

/** A record that did not come back as it was. */
export interface NotRoundTrip {
  readonly field: string
  readonly given: unknown
  readonly back: unknown
  readonly reason?: string | undefined
}

/**
 * Sends samples there and back, and tells what did not come back: none, if the mapping keeps its promise on them. Without
 * samples of yours they are drawn from the schema of A, with every value of its code tables. Decimals are compared as numbers.
 */
export function roundTripProblems<A, B>(both: Invertible<A, B>, samples?: readonly A[]): NotRoundTrip[] {
  const given = (samples ?? drawn(both)) as readonly Row[]
  return given.flatMap(record => {
    try {
      const back = both.backward.apply(both.forward.apply(record as A)) as Row
      return Object.keys(both.pairs).flatMap(field =>
        isSame(record[field], back[field]) ? [] : [{ field, given: record[field], back: back[field] }],
      )
    } catch (error) {
      return [{ field: '', given: record, back: undefined, reason: String(error) }]
    }
  })
}

function drawn<A, B>({ from, pairs }: Invertible<A, B>): Row[] {
  const samples = samplesOf(from.jsonSchema as JsonSchema) as Row[]
  const tables = Object.entries(pairs).flatMap(([field, pair]) => {
    const { by } = pair as { readonly by?: Partial<CodeTable> }
    return by?.codes ? [[field, Object.keys(by.codes)] as const] : []
  })
  const rounds = Math.max(1, ...tables.map(([, values]) => Math.ceil(values.length / samples.length)))
  return Array.from({ length: rounds }, (_, round) =>
    samples.map((sample, at) => ({
      ...sample,
      ...Object.fromEntries(
        tables
          .filter(([field]) => field in sample)
          .map(([field, values]) => [field, values[(round * samples.length + at) % values.length]]),
      ),
    })),
  ).flat()
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)])
    return [...names].every(name => isSame((a as Row)[name], (b as Row)[name]))
  }
  try {
    return a !== undefined && b !== undefined && compare(a as Decimal, b as Decimal) === 0
  } catch {
    return false
  }
}
