import type { FlowState } from '../../store/store.ts'
import type { Status } from './schemas.ts'

/** What the engine and the metrics of this process know of a flow. */
export interface LiveFlow {
  readonly inMemory: number
  /** Those in memory that have a row in the store, and are counted there. */
  readonly again: number
  /** Accepted and not taken into memory yet. */
  readonly waiting: number
  readonly paused: string | undefined
  readonly sourceFailed: string | undefined
  readonly perSecond: { readonly accepted: number; readonly ended: number }
  readonly sinceStart: NonNullable<Status['flows'][number]['sinceStart']>
}

/**
 * A quick look, without counting messages one by one: while messages move, `waiting` and `ended` may be off by those
 * in between. Exact is only a balance.
 */
export function flowStatus(
  flow: string,
  state: FlowState | undefined,
  live: LiveFlow | undefined,
): Status['flows'][number] {
  const { retrying = 0, held = 0, parked = 0, doubt = 0, running = 0 } = state?.unfinished ?? {}
  const accepted = state?.head ?? 0
  const waiting = live ? live.waiting + live.inMemory - live.again : running + notReached(state)
  return {
    flow,
    accepted,
    ended: Math.max(0, accepted - waiting - retrying - held - parked - doubt),
    waiting,
    retrying,
    held,
    parked,
    inDoubt: doubt,
    oldestWaiting: state?.oldestWaiting,
    paused: live?.paused,
    sourceFailed: live?.sourceFailed,
    perSecond: live?.perSecond,
    sinceStart: live?.sinceStart,
  }
}

function notReached(state: FlowState | undefined): number {
  if (!state) return 0
  const cursor = Math.min(state.head, ...state.cursors.map(each => each.cursor))
  return state.cursors.length === 0 ? state.head : state.head - cursor
}
