import type { CheckResult, PublishedCounts, RecordedFact, RunFact } from './run-fact.ts'

type Fact<K extends RunFact['type']> = Extract<RunFact, { type: K }>

export type RunStatus = 'running' | 'failed' | 'published' | 'cancelled'

/** A run as its facts tell it. */
export interface RunState {
  readonly begun: Fact<'begun'>
  readonly version: number
  readonly status: RunStatus
  /** Milliseconds since 1970 UTC, of this attempt. */
  readonly beganAt: number
  readonly changedAt: number
  readonly loaded: ReadonlyMap<string, Fact<'loaded'> & { readonly at: number }>
  readonly setbacks: ReadonlyMap<string, Fact<'setback'>>
  readonly checks: readonly CheckResult[]
  readonly failure: Fact<'failed'> | undefined
  readonly published: Readonly<Record<string, PublishedCounts>> | undefined
}

export function foldRun(facts: Iterable<RecordedFact>): RunState | undefined {
  let state: RunState | undefined
  for (const fact of facts) state = evolveRun(state, fact)
  return state
}

export function evolveRun(state: RunState | undefined, { fact, at, version }: RecordedFact): RunState {
  if (fact.type === 'begun') return begunState(fact, at, version)
  if (!state) throw new Error('the log of a run begins with its beginning')
  const next = { ...state, version, changedAt: at }
  switch (fact.type) {
    case 'loaded': {
      const setbacks = new Map(state.setbacks)
      setbacks.delete(fact.table)
      return { ...next, setbacks, loaded: new Map([...state.loaded, [fact.table, { ...fact, at }]]) }
    }
    case 'setback':
      return { ...next, setbacks: new Map([...state.setbacks, [fact.table, fact]]) }
    case 'checked':
      return { ...next, checks: fact.results }
    case 'failed':
      return { ...next, status: 'failed', failure: fact }
    case 'resumed':
      return { ...next, status: 'running', failure: undefined, setbacks: new Map() }
    case 'published':
      return { ...next, status: 'published', published: fact.tables }
    case 'cancelled':
      return { ...next, status: 'cancelled' }
  }
}

function begunState(begun: Fact<'begun'>, at: number, version: number): RunState {
  return {
    begun,
    version,
    status: 'running',
    beganAt: at,
    changedAt: at,
    loaded: new Map(),
    setbacks: new Map(),
    checks: [],
    failure: undefined,
    published: undefined,
  }
}
