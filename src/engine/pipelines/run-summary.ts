import type { Json } from '../../message/json-value.ts'
import type { StreamHead } from '../../store/streams.ts'
import type { Trigger } from './run-fact.ts'
import type { RunState, RunStatus } from './run-state.ts'

/** A run in a list: kept beside its log, so that lists read no logs. */
export interface RunSummary {
  readonly key: string
  readonly status: RunStatus
  readonly attempt: number
  readonly trigger: Trigger
  /** Milliseconds since 1970 UTC: of the period, the beginning of this attempt, and the last fact. */
  readonly from: number
  readonly until: number
  readonly began: number
  readonly changed: number
  /** Of the rows that came from outside, in all tables together. */
  readonly read: number
  readonly filtered: number
  readonly parked: number
  readonly superseded: number
  readonly written: number
  /** Rows of all tables that publication inserted, updated or deleted. */
  readonly published: number
  /** Checks that did not hold, those that only warn included. */
  readonly broken: number
  readonly failure?: { readonly table?: string; readonly code: string; readonly reason: string } | undefined
}

export function summaryOf(key: string, state: RunState): RunSummary {
  const { begun, status, beganAt, changedAt, failure } = state
  const counts = [...state.loaded.values()].filter(({ isRead }) => isRead)
  const sum = (field: 'read' | 'filtered' | 'parked' | 'superseded' | 'written') =>
    counts.reduce((total, each) => total + each.counts[field], 0)
  const published = Object.values(state.published ?? {}).reduce(
    (total, { inserted, updated, deleted }) => total + inserted + updated + deleted,
    0,
  )
  return {
    ...{ key, status, attempt: begun.attempt, trigger: begun.trigger, ...begun.period },
    ...{ began: beganAt, changed: changedAt },
    ...{ read: sum('read'), filtered: sum('filtered'), parked: sum('parked') },
    ...{ superseded: sum('superseded'), written: sum('written') },
    published,
    broken: state.checks.filter(({ ok }) => !ok).length,
    failure: failure && {
      ...(failure.table !== undefined && { table: failure.table }),
      code: failure.code,
      reason: failure.reason,
    },
  }
}

export function writtenSummary(key: string, state: RunState): Json {
  return summaryOf(key, state) as unknown as Json
}

/** Undefined for a stream that has none. */
export function readSummary({ snapshot }: StreamHead): RunSummary | undefined {
  return snapshot?.data as RunSummary | undefined
}
