/** One of those who share something out, and how much of it it holds now. */
export interface Sharer {
  readonly id: string
  readonly held: number
}

/**
 * How many of `total` leases each should hold: shares differ by one at most, and as few as possible change hands. Whoever
 * reckons with the same numbers finds the same, so that nobody need decide for all.
 */
export function sharesOf(sharers: readonly Sharer[], total: number): ReadonlyMap<string, number> {
  const least = Math.floor(total / sharers.length)
  const more = total % sharers.length
  const sorted = sharers.toSorted((a, b) => b.held - a.held || (a.id < b.id ? -1 : 1))
  return new Map(sorted.map(({ id }, place) => [id, place < more ? least + 1 : least]))
}
