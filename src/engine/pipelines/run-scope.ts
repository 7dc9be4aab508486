import { type SqlModel, sqlText, type TableName } from '../../flow/pipeline/sql-model.ts'
import { quoted } from '../../system/warehouse.ts'
import type { Period } from './run-fact.ts'
import { nextName } from './sql/names.ts'

/** What queries of a run read: its own tables as they will be, others as they are. */
export interface RunScope {
  /** Of the run: names the stages. */
  readonly run: string
  /** `date`: the day on which the period begins, where the schedule has its zone. */
  readonly period: Period & { readonly date: string }
  /** Tables that this run makes, by name. */
  readonly made: ReadonlySet<string>
}

/** A table as queries of the run name it. */
export function nameInRun({ run, made }: RunScope, { name }: TableName): string {
  return quoted(made.has(name) ? nextName(name, run) : name)
}

/** A query as it is asked in a run. */
export function textInRun(scope: RunScope, query: SqlModel): string {
  const { period } = scope
  return sqlText(query, {
    table: table => nameInRun(scope, table),
    period: part => (part === 'date' ? `date '${period.date}'` : instant(period[part])),
  })
}

function instant(time: number): string {
  return `timestamptz '${new Date(time).toISOString()}'`
}
