import type { FlowState } from '../../../store/store.ts'
import type { LiveFlow } from '../flow-status.ts'
import { flowStatus } from '../flow-status.ts'
import type { FlowPause } from './pauses.ts'
import type { Condition } from './schemas.ts'

/** A message that has waited for longer than this tells that a flow lags behind, milliseconds. */
const lagging = 60_000

/** How a flow stands, apart from the systems that it leads to. */
export interface FlowStand {
  readonly state: Condition
  readonly backlog: number
  readonly retrying: number
  readonly parked: number
  readonly inDoubt: number
  readonly oldest: number | undefined
  readonly live: LiveFlow | undefined
  readonly pause: FlowPause | undefined
}

/** `errors` are those of the last minutes. */
export function flowStand(
  flow: string,
  stored: FlowState | undefined,
  { live, pause, errors }: { live: LiveFlow | undefined; pause: FlowPause | undefined; errors: number },
  now: number,
): FlowStand {
  const { waiting, retrying, held, parked, inDoubt, oldestWaiting } = flowStatus(flow, stored, live)
  const backlog = waiting + retrying + held
  const oldest = backlog > 0 ? oldestWaiting : undefined
  const condition = (): Condition => {
    if (!live) return 'no signal'
    if (pause) return 'paused'
    if (live.paused !== undefined || live.sourceFailed !== undefined) return 'down'
    const lags = oldest !== undefined && now - oldest > lagging
    return lags || retrying > 0 || inDoubt > 0 || errors > 0 ? 'degraded' : 'ok'
  }
  return { state: condition(), backlog, retrying, parked, inDoubt, oldest, live, pause }
}

/** Remembers since when each thing is in its state, as far as it was looked at. */
export class Since {
  readonly #known = new Map<string, { readonly state: Condition; readonly at: number }>()

  of(name: string, state: Condition, now: number): number {
    const known = this.#known.get(name)
    if (known?.state === state) return known.at
    this.#known.set(name, { state, at: now })
    return now
  }
}
