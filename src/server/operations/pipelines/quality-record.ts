import type { RunState } from '../../../engine/pipelines/run-state.ts'
import type { RunSummary } from '../../../engine/pipelines/run-summary.ts'
import type { Pipeline } from '../../../flow/pipeline/pipeline.ts'
import type { QualityRecord } from './quality-schemas.ts'

interface Known {
  readonly summary: RunSummary
  readonly state: RunState
}

/** What the last runs found of each table: how many of its rows passed, and which checks held. */
export function qualityRecord({ tables }: Pipeline, runs: readonly Known[]): QualityRecord {
  return {
    runs: runs.map(({ summary: { key, status, until } }) => ({ key, status, until })),
    tables: tables
      .filter(({ from }) => from.kind === 'extraction')
      .map(({ name }) => ({
        table: name,
        rows: runs.flatMap(({ summary, state }) => {
          const counts = state.loaded.get(name)?.counts
          return counts ? [{ run: summary.key, read: counts.read, parked: counts.parked }] : []
        }),
      })),
    checks: tables.flatMap(({ name: table, checks }) =>
      checks.map(({ name: check, severity }) => ({
        ...{ table, check, severity },
        results: runs.flatMap(({ summary, state }) => {
          const found = state.checks.find(each => each.table === table && each.check === check)
          return found ? [{ run: summary.key, ok: found.ok, found: found.found }] : []
        }),
      })),
    ),
  }
}
