import type { AnswerOf } from '../../../../src/client/answers.ts'
import type { StateName } from '../../kit/status.tsx'

export type LandscapeState = AnswerOf<'/api/v1/landscape/state'>
export type FlowDetail = AnswerOf<'/api/v1/flows/{flow}'>
export type SystemDetail = AnswerOf<'/api/v1/systems/{system}'>
export type Condition = FlowDetail['state']
export type Change = FlowDetail['changes'][number]
export type Series = AnswerOf<'/api/v1/series'>

export function stateOf(condition: Condition): StateName {
  return condition === 'no signal' ? 'silent' : condition
}

const ranks: Readonly<Record<Condition, number>> = { down: 0, 'no signal': 1, degraded: 2, paused: 3, ok: 4 }

/** What needs somebody first, then by name. */
export function byNeed<T extends { readonly state: Condition }>(
  name: (row: T) => string,
): (a: T, b: T) => number {
  return (a, b) => ranks[a.state] - ranks[b.state] || name(a).localeCompare(name(b))
}

export interface FlowRow {
  readonly flow: string
  readonly state: Condition
  readonly perSecond: number
  readonly p95: number | undefined
  readonly backlog: number
  readonly parked: number
  readonly inDoubt: number
  readonly oldest: number | undefined
  readonly version: number | undefined
}

/** A flow has one bridge for each of its targets, with the figures of the flow; the worst state is the flow's. */
export function flowRows({ bridges }: Pick<LandscapeState, 'bridges'>): FlowRow[] {
  const rows = new Map<string, FlowRow>()
  for (const { flow, state, perSecond, p95, backlog, parked, inDoubt, oldest, version } of bridges) {
    if (flow === undefined) continue
    const known = rows.get(flow)
    const worst = known && ranks[known.state] < ranks[state] ? known.state : state
    rows.set(flow, { flow, state: worst, perSecond, p95, backlog, parked, inDoubt, oldest, version })
  }
  return [...rows.values()].sort(byNeed(row => row.flow))
}

/** Places of changes on the axis of a series, from 0 to 1. */
export function marksOf({ points, changes }: Pick<Series, 'points' | 'changes'>): number[] {
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0]
  if (last <= first) return []
  return changes.map(({ at }) => (at - first) / (last - first)).filter(at => at >= 0 && at <= 1)
}
