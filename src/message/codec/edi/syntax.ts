import type { Fields } from './field.ts'
import type { Segment } from './segment.ts'
import { componentOf, valuesOf } from './segment.ts'
import type { Advice, Separators } from './separators.ts'

/** One of the syntaxes that interchanges are written in. */
export interface Syntax {
  readonly name: 'X12' | 'EDIFACT' | 'TRADACOMS'
  /** See `Scanner`. */
  readonly begins: readonly string[]
  advice(bytes: Uint8Array, isEnd: boolean): Advice | undefined | null
  readonly interchange: Level
  readonly group: Level
  readonly message: Level
  /** Whether messages may stand in an interchange without a group. */
  readonly ungrouped: boolean
  /**
   * Whether ends have the number of their begin. Where they have not, the end of an interchange counts its messages, else
   * its groups, if there are any.
   */
  readonly numbered: boolean
  readonly tag: RegExp
  /** The separators that hold behind the segment with which an interchange begins. */
  refine(separators: Separators, begin: Segment): Separators
}

/** The two segments around an interchange, a group or a message. The last has a count and, mostly, the number of the first. */
export interface Level {
  readonly begin: string
  readonly end: string
  readonly fields: Fields
}

/** The text of an element, '' where there is none or something else. */
export function textOf(segment: Segment, element: number): string {
  const [value = ''] = valuesOf(segment.elements[element - 1])
  return componentOf(value, 1)
}
