export interface ArrivalProof {
  readonly items: number
  /** Those that have arrived once, to the letter. */
  readonly right: number
  /** One line for each thing that is not as it should be. */
  readonly problems: readonly string[]
}

/** What items are compared by: two with the same name are the same item, and must say the same. */
export interface Compared<T> {
  readonly name: (item: T) => string
  readonly says: (item: T) => string
}

/** Compares what one system has with what arrived in another: each item must be there once and say the same. */
export function proveArrival<T>(
  there: readonly T[],
  here: readonly T[],
  { name, says }: Compared<T>,
): ArrivalProof {
  const arrived = Map.groupBy(here, name)
  const wrong = there.flatMap(item => {
    const of = name(item)
    const [first, ...more] = arrived.get(of) ?? []
    arrived.delete(of)
    if (!first || more.length > 0) return [`${of}: arrived ${first ? 1 + more.length : 0} times`]
    return says(first) === says(item) ? [] : [`${of}: ${says(item)}, but what arrived is ${says(first)}`]
  })
  const madeUp = [...arrived.keys()].map(of => `${of}: arrived, and there is no such thing`)
  return { items: there.length, right: there.length - wrong.length, problems: [...wrong, ...madeUp] }
}
