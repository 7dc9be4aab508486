import type { Load } from '../../../flow/pipeline/load.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import { quoted, type WarehouseDialect } from '../../../system/warehouse.ts'
import { instant, listed, matched, same, stageName } from './names.ts'
import { newestOf } from './newest.ts'
import { stageColumns } from './stage-columns.ts'

type History = Extract<Load, { history: unknown }>

/**
 * All versions of the keys that a run brings, made anew from those that are there and those that come, in the order of
 * the times since when they are so: in whatever order periods are run, and however often, the versions are the same. A
 * version that says nothing new is none.
 */
export function versions(table: Table, run: string, dialect: WarehouseDialect, from: number): string {
  const { name } = table
  const { history: key } = table.load as History
  const own = stageColumns(table).map(column => column.name)
  const stage = quoted(stageName(name, run, dialect))
  const comes = `select 1 from ${stage} as s where ${matched(key, 's', 't')}`
  const events = `select ${listed(own, 't')}, t.valid_from from ${quoted(name)} as t
      where exists (${comes}) and not exists (${comes} and ${beginning(table, from, 's')} = t.valid_from)
    union all select ${listed(own, 's')}, ${beginning(table, from, 's')} as valid_from from ${stage} as s`
  const changed = tracked(table).map(
    column => `${quoted(column)} is distinct from lag(${quoted(column)}) over keyed`,
  )
  const begins = ['lag(valid_from) over keyed is null', ...changed].join(' or ')
  const keyed = `window keyed as (partition by ${listed(key)} order by valid_from)`
  return `select ${listed(own)}, valid_from, lead(valid_from) over keyed as valid_until,
      lead(valid_from) over keyed is null as is_current
    from (select e.*, ${begins} as isthmus_begins from (${events}) as e ${keyed}) as m where isthmus_begins ${keyed}`
}

/** Whether a row of the stage says nothing that the table `t` does not say of the same time. */
export function saysNothingNew(table: Table, from: number, stage: string): string {
  const since = beginning(table, from, stage)
  return `${matched((table.load as History).history, 't', stage)} and t.valid_from <= ${since}
    and (t.valid_until is null or ${since} < t.valid_until) and ${same(tracked(table), 't', stage)}`
}

/** Since when a row of the stage is so. */
function beginning({ load }: Table, from: number, stage: string): string {
  const { since } = load as History
  if (since === undefined) return instant(from)
  return `coalesce(cast(${stage}.${quoted(since)} as timestamptz), ${instant(from)})`
}

/** A change of these columns begins a version: of all but the key, and those that tell the time of a change. */
function tracked(table: Table): readonly string[] {
  const { history, since } = table.load as History
  const others = [...history, since, newestOf(table.load)]
  return stageColumns(table).flatMap(({ name }) => (others.includes(name) ? [] : [name]))
}
