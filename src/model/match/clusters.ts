export interface Edge {
  readonly a: number
  readonly b: number
  readonly score: number
}

/** Pairs looked at before two groups are joined; of larger ones, so many spread over both. */
const looks = 64
/** One pair, however sure, does not outweigh several that speak against it. */
const strongest = 12

/**
 * Groups records by average linkage: strongest pairs first, two groups become one if their records belong together on
 * average, not because a single pair does. So a chain of weak links does not join what is different at its ends.
 */
export function clustersOf(
  size: number,
  edges: readonly Edge[],
  score: (a: number, b: number) => number,
  least: number,
): number[][] {
  const of = new Map<number, number[]>()
  const groupOf = (record: number) => of.get(record) ?? [record]
  const capped = (value: number) => Math.min(strongest, Math.max(-strongest, value))
  const sorted = [...edges].sort(
    (one, other) => other.score - one.score || one.a - other.a || one.b - other.b,
  )
  for (const edge of sorted) {
    const [left, right] = [groupOf(edge.a), groupOf(edge.b)]
    if (left === right) continue
    if (
      left.length * right.length > 1 &&
      average(left, right, (a, b) => capped(score(a, b))) < Math.min(least, strongest)
    )
      continue
    const joined = left.concat(right)
    for (const record of joined) of.set(record, joined)
  }
  const groups = new Set<number[]>()
  for (let record = 0; record < size; record++) groups.add(groupOf(record))
  return [...groups]
    .map(group => group.sort((a, b) => a - b))
    .sort((a, b) => (a[0] as number) - (b[0] as number))
}

function average(
  left: readonly number[],
  right: readonly number[],
  score: (a: number, b: number) => number,
): number {
  const all = left.length * right.length
  const step = Math.max(1, all / looks)
  let [sum, count] = [0, 0]
  for (let at = 0; at < all; at += step) {
    const pair = Math.floor(at)
    sum += score(left[pair % left.length] as number, right[Math.floor(pair / left.length)] as number)
    count++
  }
  return sum / count
}
