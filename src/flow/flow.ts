import type { AnyChannel, SourceChannel } from '../system/channel.ts'
import { allSteps, isEffect, type Step } from './step.ts'

/** The declared path of messages from a source through steps to sinks: a value, not a running thing. */
export interface Flow {
  readonly name: string
  readonly source: SourceChannel<unknown>
  readonly ordering: KeyRule
  readonly steps: readonly Step[]
  /** `file:line` of the declaration, where it is known. */
  readonly at: string | undefined
}

/** By what messages are kept in order, and what happens behind one that is parked. */
export interface KeyRule {
  /** Of the data behind the first `behind` steps. Undefined or empty: the message is ordered with no other. */
  of(data: unknown): string | number | undefined
  /** How many steps stand before; none of them calls anybody. */
  readonly behind: number
  readonly afterPark: AfterPark
}

/**
 * `hold` keeps later messages of the key waiting until the parked one is settled; `continue` lets them pass, marked as
 * having a gap before them.
 */
export type AfterPark = 'hold' | 'continue'

/** The source of a flow and every channel that its steps call. */
export function channelsOf(flow: Flow): AnyChannel[] {
  return [flow.source, ...[...allSteps(flow.steps)].filter(isEffect).map(({ channel }) => channel)]
}
