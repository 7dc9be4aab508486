import type { AlertRule } from '../../flow/alert.ts'
import { type AlertChange, type AlertState, alertId } from './alert-state.ts'
import { type Measured, measured, type Reading } from './measured.ts'

/**
 * What the rules say now, beside what was known: the alerts that go on, those over left out, and what has changed. Pure:
 * the same is said of the same readings at the same time.
 */
export function evaluate(
  rules: readonly AlertRule[],
  readings: readonly Reading[],
  known: ReadonlyMap<string, AlertState>,
  now: number,
): { readonly states: ReadonlyMap<string, AlertState>; readonly changes: readonly AlertChange[] } {
  const states = new Map<string, AlertState>()
  const changes: AlertChange[] = []
  const note = (change: AlertChange) => {
    changes.push(change)
    if (change.to !== 'dropped' && change.to !== 'resolved') states.set(change.state.id, change.state)
  }
  for (const rule of rules)
    for (const each of measured(rule, readings)) {
      if (!isWrong(rule, each.value)) continue
      const id = alertId(rule, each.labels)
      const before = known.get(id)
      const state = wrong(
        rule,
        each,
        id,
        before?.status === 'resolved' ? undefined : before,
        now,
        stillTold(before),
      )
      states.set(id, state)
      if (state.status !== before?.status) note({ to: state.status, state })
    }
  const byName = new Map(rules.map(rule => [rule.name, rule]))
  for (const [id, state] of known)
    if (!states.has(id) && state.status !== 'resolved') calm(state, byName.get(state.rule), now, states, note)
  return { states, changes }
}

function isWrong({ above, below }: AlertRule, value: number): boolean {
  return above === undefined ? value < (below as number) : value > above
}

function wrong(
  rule: AlertRule,
  { labels, value }: Measured,
  id: string,
  before: AlertState | undefined,
  now: number,
  told: AlertState['told'],
): AlertState {
  const { name, severity } = rule
  const since = before?.since ?? now
  const fires = before?.status === 'firing' || now - since >= rule.for
  return {
    ...(before ?? { told }),
    ...{ id, rule: name, severity, labels, value, since, calmSince: undefined },
    status: fires ? 'firing' : 'pending',
    firedAt: fires ? (before?.firedAt ?? now) : undefined,
  }
}

/** Who was told that it fires and not yet that it is over need not be told again. */
function stillTold(before: AlertState | undefined): AlertState['told'] {
  return Object.fromEntries(Object.entries(before?.told ?? {}).filter(([, { what }]) => what === 'firing'))
}

/** What is right again counts as wrong until it has been right for some time; a rule that has gone says nothing more. */
function calm(
  state: AlertState,
  rule: AlertRule | undefined,
  now: number,
  states: Map<string, AlertState>,
  note: (change: AlertChange) => void,
): void {
  const calmSince = state.calmSince ?? now
  if (state.status === 'pending') note({ to: 'dropped', state: { ...state, status: 'resolved' } })
  else if (rule && now - calmSince < rule.keep) states.set(state.id, { ...state, calmSince })
  else
    note({ to: 'resolved', state: { ...state, status: 'resolved', calmSince: undefined, resolvedAt: now } })
}
