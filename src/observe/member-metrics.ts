import type { EngineEvent } from '../engine/events.ts'
import type { Outlook } from '../engine/members/outlook.ts'
import { leaseKind } from '../store/members.ts'
import type { MetricSink, Sample } from './prometheus-text.ts'

/** Free, or left by one that died over it, or given back for others. */
const moves = ['taken', 'taken_over', 'given'] as const

type Moves = Record<(typeof moves)[number], number>

const none = (): Moves => ({ taken: 0, taken_over: 0, given: 0 })

/** Counts what moves between this member of a store and the others. */
export class MemberMetrics {
  readonly #moves = { partition: none(), source: none(), coordination: none() }

  watch({ lease, state, clean }: Extract<EngineEvent, { type: 'lease' }>): void {
    const move = state === 'taken' && clean === false ? 'taken_over' : state
    this.#moves[leaseKind(lease)][move]++
  }

  render({ members, lost, held, unheld, sure, ahead }: Outlook, text: MetricSink): void {
    text.metric('isthmus_members', labelled('role', members))
    text.metric('isthmus_members_lost', [[{}, lost]])
    text.metric('isthmus_leases', labelled('kind', held))
    text.metric('isthmus_leases_unheld', labelled('kind', unheld))
    const moved = Object.entries(this.#moves).flatMap(([kind, counts]) =>
      moves.map((how): Sample => [{ kind, how }, counts[how]]),
    )
    text.metric('isthmus_lease_moves_total', moved)
    text.metric('isthmus_membership_sure', [[{}, Number(sure)]])
    text.metric('isthmus_clock_ahead_seconds', [[{}, ahead / 1000]])
  }
}

function labelled(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]): Sample => [{ [label]: name }, value])
}
