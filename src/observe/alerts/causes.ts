import type { Flow } from '../../flow/flow.ts'
import { channelsOf } from '../../flow/flow.ts'
import type { AlertState } from './alert-state.ts'

/** Which systems each flow uses. */
export type Uses = ReadonlyMap<string, ReadonlySet<string>>

export function usesOf(flows: readonly Flow[]): Uses {
  return new Map(flows.map(flow => [flow.name, new Set(channelsOf(flow).map(({ system }) => system))]))
}

/** What follows from what, by the names of rules: from the deepest cause to what only shows it. */
const consequences: Readonly<Record<string, readonly string[]>> = {
  'store-space': ['admission-closed', 'source-failed'],
  'admission-closed': ['source-failed'],
  'system-unreachable': ['source-failed', 'flow-paused', 'backlog-old', 'messages-in-doubt'],
  'flow-paused': ['backlog-old'],
}

/** The alert that explains another one, by id, where one that fires does: so one cause is one alert. */
export function causesOf(states: Iterable<AlertState>, uses: Uses): ReadonlyMap<string, string> {
  const firing = [...states].filter(({ status }) => status === 'firing')
  const direct = new Map<string, AlertState>()
  for (const [cause, effects] of Object.entries(consequences))
    for (const above of firing)
      if (above.rule === cause)
        for (const state of firing)
          if (!direct.has(state.id) && effects.includes(state.rule) && concern(above, state, uses))
            direct.set(state.id, above)
  return new Map([...direct].map(([id, above]) => [id, rootOf(above, direct).id]))
}

function rootOf(state: AlertState, direct: ReadonlyMap<string, AlertState>): AlertState {
  const above = direct.get(state.id)
  return above ? rootOf(above, direct) : state
}

/** Whether they are about the same thing: one without labels is about everything. */
function concern({ labels: above }: AlertState, { labels: state }: AlertState, uses: Uses): boolean {
  if (above.flow !== undefined) return above.flow === state.flow
  if (above.system === undefined) return true
  if (state.system !== undefined) return state.system === above.system
  return uses.get(state.flow ?? '')?.has(above.system) ?? false
}
