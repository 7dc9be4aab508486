/**
 * How two texts of a field are compared. Pure: the same texts always give the same answer. Equal texts are never asked
 * for: they agree.
 */
export interface Likeness {
  /** As it is called in a matcher, for explanations. */
  readonly name: string
  /** Likenesses from which on two texts agree so well, falling. Below the last one they differ. */
  readonly steps: readonly number[]
  /**
   * Prepares the distinct texts of a field, so that whatever a text needs is worked out once. What it gives tells how
   * alike two of them are, from 0 to 1, by their places in the list; where that is below `least`, it need not be exact.
   */
  over(texts: readonly string[], counts: readonly number[], least: number): (a: number, b: number) => number
}

/** A likeness that looks at nothing but the two texts, each of which is made ready once. */
export function likeness<P>(
  name: string,
  steps: readonly number[],
  prepare: (text: string) => P,
  compare: (a: P, b: P, least: number) => number,
): Likeness {
  return Object.freeze({
    name,
    steps: Object.freeze([...steps]),
    over(texts: readonly string[], _: readonly number[], least: number) {
      const ready = texts.map(prepare)
      return (a: number, b: number) => compare(ready[a] as P, ready[b] as P, least)
    },
  })
}

/** The same text, or not. */
export const exact: Likeness = likeness(
  'exact',
  [],
  text => text,
  () => 0,
)
