import { isProbing, noAnswer } from '../probing.ts'

/** What tells two records to be one: a text or number, or a list of them. */
export type MatchKey = string | number | undefined | readonly (string | number | undefined)[]

/** What becomes of a left record without a match, or with several. */
export interface MatchRules {
  /** `park` the message, `drop` the left record, or `keep` it beside `undefined`. */
  readonly none: 'park' | 'drop' | 'keep'
  /** `park` the message, take the `first` in the order of the list, or give a pair for `all`. */
  readonly several: 'park' | 'first' | 'all'
}

/**
 * Pairs of the records of two lists with the same key, in the order of the left list. A key that is undefined, or has a
 * part that is, matches nothing.
 */
export function matchBy<L, R, const M extends MatchRules>(
  left: readonly L[],
  right: readonly R[],
  leftKey: (record: L) => MatchKey,
  rightKey: (record: R) => MatchKey,
  rules: M,
): (readonly [L, M['none'] extends 'keep' ? R | undefined : R])[] {
  const byKey = Map.groupBy(right, record => textOf(rightKey(record)))
  const pairs: [L, R | undefined][] = []
  for (const record of left) {
    const key = textOf(leftKey(record))
    const found = isProbing() ? right.slice(0, 1) : key === undefined ? [] : (byKey.get(key) ?? [])
    for (const match of chosen(found, key, rules)) pairs.push([record, match])
  }
  return pairs as (readonly [L, R])[]
}

function chosen<R>(
  found: readonly R[],
  key: string | undefined,
  rules: MatchRules,
): readonly (R | undefined)[] {
  if (found.length === 1) return found
  if (found.length === 0) {
    if (rules.none === 'drop') return []
    return rules.none === 'keep' ? [undefined] : noAnswer(`There is no match for ${shown(key)}.`, [])
  }
  if (rules.several === 'all') return found
  if (rules.several === 'first') return found.slice(0, 1)
  return noAnswer(`There are ${found.length} matches for ${shown(key)}.`, found)
}

const shown = (key: string | undefined) => (key === undefined ? 'a record without key' : `key ${key}`)

/** Rows with the same key as one record each, in the order of first appearance: what turns a flat list into nested records. */
export function groupBy<T, G>(
  rows: readonly T[],
  key: (row: T) => MatchKey,
  make: (rows: readonly [T, ...T[]]) => G,
): G[] {
  const groups = Map.groupBy(rows, row => textOf(key(row)))
  return [...groups.values()].map(group => make(group as [T, ...T[]]))
}

/** Numbers and texts that print alike are one key: `7` and `'7'`. */
function textOf(key: MatchKey): string | undefined {
  if (typeof key === 'string') return key
  if (typeof key !== 'object') return key === undefined ? undefined : String(key)
  return key.some(part => part === undefined) ? undefined : JSON.stringify(key.map(String))
}
