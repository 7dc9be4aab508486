/** Chooses which record of a cluster a field is taken from: its place among those that have a value; `values` is never empty. */
export type Survivor<T, V> = (candidates: readonly Candidate<T, V>[]) => number

export interface Candidate<T, V> {
  readonly value: V
  readonly record: T
}

/** Of the record that was first in the list. */
export const firstFilled: Survivor<unknown, unknown> = () => 0

/** The one with most characters. */
export const longest: Survivor<unknown, unknown> = candidates =>
  best(candidates, (one, other) => String(one.value).length - String(other.value).length)

/** The one that most records have. */
export const mostFrequent: Survivor<unknown, unknown> = candidates => {
  const counts = new Map<string, number>()
  const print = ({ value }: Candidate<unknown, unknown>) => JSON.stringify(value)
  for (const each of candidates) counts.set(print(each), (counts.get(print(each)) ?? 0) + 1)
  return best(candidates, (one, other) => (counts.get(print(one)) ?? 0) - (counts.get(print(other)) ?? 0))
}

/** Of the record that changed last. Times are numbers, or texts that sort as the times do, such as RFC 3339 in UTC. */
export function newest<T>(time: (record: T) => string | number): Survivor<T, unknown> {
  return candidates =>
    best(candidates, (one, other) => {
      const [a, b] = [time(one.record), time(other.record)]
      return a < b ? -1 : a > b ? 1 : 0
    })
}

/** Of the source that is trusted most; those that are not listed come last. */
export function mostTrusted<T>(
  source: (record: T) => string,
  order: readonly string[],
): Survivor<T, unknown> {
  const rank = (record: T) => {
    const place = order.indexOf(source(record))
    return place < 0 ? order.length : place
  }
  return candidates => best(candidates, (one, other) => rank(other.record) - rank(one.record))
}

/** The first of the best. */
function best<C>(candidates: readonly C[], order: (one: C, other: C) => number): number {
  let found = 0
  for (let at = 1; at < candidates.length; at++)
    if (order(candidates[at] as C, candidates[found] as C) > 0) found = at
  return found
}

export interface Merged<T> {
  readonly record: T
  /** For each field that has a value: the record it came from, by its place in the cluster. */
  readonly from: Readonly<Partial<Record<keyof T & string, number>>>
  /** Fields in which the cluster had several values. */
  readonly disputed: readonly (keyof T & string)[]
}

/**
 * Makes one record of those that are the same thing, field by field; `otherwise` rules the fields that have no rule of
 * their own. Nothing (undefined, null, empty text) never survives where there is something.
 */
export function merge<T extends object>(
  cluster: readonly T[],
  rules: { readonly [K in keyof T]?: Survivor<T, T[K]> },
  otherwise: Survivor<T, unknown> = firstFilled,
): Merged<T> {
  const record: Partial<T> = { ...cluster[0] }
  const from: Partial<Record<keyof T & string, number>> = {}
  const disputed: (keyof T & string)[] = []
  const names = new Set(cluster.flatMap(each => Object.keys(each) as (keyof T & string)[]))
  for (const name of names) {
    const places = [...cluster.keys()].filter(at => !isNothing((cluster[at] as T)[name]))
    if (places.length === 0) continue
    const candidates = places.map(at => ({ value: (cluster[at] as T)[name], record: cluster[at] as T }))
    const rule = (rules[name] ?? otherwise) as Survivor<T, T[typeof name]>
    const place = places[rule(candidates)] as number
    record[name] = (cluster[place] as T)[name]
    from[name] = place
    if (new Set(candidates.map(({ value }) => JSON.stringify(value))).size > 1) disputed.push(name)
  }
  return { record: record as T, from, disputed }
}

const isNothing = (value: unknown) => value === undefined || value === null || value === ''
