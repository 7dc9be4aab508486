import type { Place, Problem } from './problem.ts'
import type { Segment } from './segment.ts'
import type { Separators } from './separators.ts'

/** What is found in the bytes, in their order. */
export type Found = FoundBegin | FoundMessage | FoundEnd

interface FoundBase extends Place {
  /** The offset behind it. */
  readonly end: number
  readonly problems: readonly Problem[]
}

/** The begin of an interchange or group. */
export interface FoundBegin extends FoundBase {
  readonly kind: 'interchange' | 'group'
  readonly head: Head
  readonly separators: Separators
  readonly una: string | undefined
}

/** A whole message, or as much of it as there is. */
export interface FoundMessage extends FoundBase {
  readonly kind: 'message'
  readonly head: Head
  /** Those between its first and its last one. */
  readonly segments: readonly Segment[]
  readonly places: readonly Place[]
}

/** The end of an interchange or group, or a segment that is in neither. */
export interface FoundEnd extends FoundBase {
  readonly kind: 'end of interchange' | 'end of group' | 'stray'
  /** How many messages the end of a group says there are; NaN where it does not. */
  readonly stated: number
}

export type Head = Readonly<Record<string, unknown>>
