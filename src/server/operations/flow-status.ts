import type { FlowState, StoreReader } from '../../store/store.ts'
import type { Status } from './schemas.ts'

/** What the engine and the metrics of this process know of a flow. */
export interface LiveFlow {
  /** False where other members of the store work off all its partitions: only the store knows then what waits. */
  readonly worksOff: boolean
  readonly inMemory: number
  /** Those in memory that have a row in the store, and are counted there. */
  readonly again: number
  /** Accepted and not taken into memory yet. */
  readonly waiting: number
  readonly isCatchingUp: boolean
  readonly paused: string | undefined
  readonly sourceFailed: string | undefined
  readonly perSecond: { readonly accepted: number; readonly ended: number }
  readonly sinceStart: NonNullable<Status['flows'][number]['sinceStart']>
}

/**
 * A quick look, without counting messages one by one: while messages move, and while a flow catches up after a crash,
 * `waiting` and `ended` may be off by those in between. Exact is only a balance.
 */
export function flowStatus(
  flow: string,
  state: FlowState | undefined,
  live: LiveFlow | undefined,
  passed = 0,
): Status['flows'][number] {
  const { retrying = 0, held = 0, parked = 0, doubt = 0, running = 0 } = state?.unfinished ?? {}
  const accepted = state?.head ?? 0
  const waiting = live?.worksOff
    ? live.waiting + live.inMemory - live.again
    : running + notReached(state) - passed
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
    catchingUp: (live?.worksOff && live.isCatchingUp) || undefined,
    paused: live?.paused,
    sourceFailed: live?.sourceFailed,
    perSecond: live?.perSecond,
    sinceStart: live?.sinceStart,
  }
}

/** How many messages beyond the cursor of a flow that does not run have ended, or have a row in the store. */
export async function passedBeyond(reader: StoreReader, state: FlowState): Promise<number> {
  const { flow, head } = state
  const cursor = head - notReached(state)
  if (cursor === head) return 0
  let count = (await reader.settled({ flow, from: cursor + 1, to: head })).length
  for (let after = cursor; ; ) {
    const rows = await reader.unfinished({ flow, after, limit: 1000 })
    count += rows.length
    const last = rows.at(-1)
    if (!last) return count
    after = last.seq
  }
}

function notReached(state: FlowState | undefined): number {
  if (!state) return 0
  const cursor = Math.min(state.head, ...state.cursors.map(each => each.cursor))
  return state.cursors.length === 0 ? state.head : state.head - cursor
}
