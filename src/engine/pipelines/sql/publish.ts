import { type Load, loadKind } from '../../../flow/pipeline/load.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import { quoted, quotedText, type WarehouseDialect } from '../../../system/warehouse.ts'
import type { Period, PublishedCounts } from '../run-fact.ts'
import { instant, listed, matched, ownName, same, stageName, versionsName } from './names.ts'
import { isOlder } from './next.ts'
import { stageColumns } from './stage-columns.ts'
import { saysNothingNew, versions } from './versions.ts'

interface TablePublication {
  readonly statements: readonly string[]
  /** Of the numbers of rows that the statements gave. */
  counts(results: readonly number[]): PublishedCounts
}

const nothing: PublishedCounts = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }

interface HowToPublish {
  /** Rows are added or replaced by key, nothing else is replaced. */
  readonly repair: boolean
  /** See makeNext. */
  readonly from: number
  /** The rows of the stage, where that may become the table: see rowsToBecome. */
  readonly becoming?: number | undefined
}

export function publishTable(
  table: Table,
  run: string,
  dialect: WarehouseDialect,
  { repair, from, becoming }: HowToPublish,
): TablePublication {
  const kind = loadKind(table.load)
  const stage = stageName(table.name, run, dialect)
  if (becoming !== undefined) return renamed(table, stage, becoming)
  if (kind === 'upsert') return upserted(table, stage)
  if (kind === 'history') return versioned(table, run, dialect, from)
  const insert = insertFrom(table, stage)
  if (kind === 'append' || repair)
    return { statements: [insert], counts: ([inserted = 0]) => ({ ...nothing, inserted }) }
  return {
    statements: [`delete from ${quoted(table.name)}${partitioned(table, stage)}`, insert],
    counts: ([deleted = 0, inserted = 0]) => ({ ...nothing, inserted, deleted }),
  }
}

/** Which rows give way: all of them, or those of the partitions that come. */
function partitioned({ name, load }: Table, stage: string): string {
  if (loadKind(load) !== 'partition') return ''
  const { partition } = load as Extract<Load, { partition: string }>
  return ` where exists (select 1 from (select distinct ${quoted(partition)} from ${quoted(stage)}) as s
    where ${matched([partition], 's', quoted(name))})`
}

function insertFrom({ name, columns }: Table, source: string): string {
  const all = listed(columns.map(column => column.name))
  return `insert into ${quoted(name)} (${all}) select ${all} from ${quoted(source)}`
}

/** No row is written a second time. What a table is made with demands no values: fields may become optional. */
function renamed(table: Table, stage: string, inserted: number): TablePublication {
  const demanded = stageColumns(table).filter(({ required }) => required)
  return {
    statements: [
      `delete from ${quoted(table.name)}`,
      `drop table ${quoted(table.name)}`,
      ...demanded.map(
        ({ name }) => `alter table ${quoted(stage)} alter column ${quoted(name)} drop not null`,
      ),
      `alter table ${quoted(stage)} rename to ${quoted(table.name)}`,
    ],
    counts: ([deleted = 0]) => ({ ...nothing, inserted, deleted }),
  }
}

/** What changes nothing, or is older than what is there, leaves the stage first. */
function upserted(table: Table, stage: string): TablePublication {
  const { name, load } = table
  const { upsert: key } = load as Extract<Load, { upsert: unknown }>
  const own = ownName(stage)
  const all = stageColumns(table).map(column => column.name)
  const idle = `select 1 from ${quoted(name)} as t where ${matched(key, 't', own)}
    and ((${same(all, 't', own)}) or ${isOlder(load, own, 't')})`
  const replaced = `select 1 from ${quoted(stage)} as s where ${matched(key, 's', quoted(name))}`
  return {
    statements: [
      `delete from ${quoted(stage)} where exists (${idle})`,
      `delete from ${quoted(name)} where exists (${replaced})`,
      insertFrom(table, stage),
    ],
    counts: ([unchanged = 0, updated = 0, written = 0]) => ({
      ...nothing,
      unchanged,
      updated,
      inserted: written - updated,
    }),
  }
}

/** Counted are versions: those that begin, that get another end or another content, and that are none any more. */
function versioned(table: Table, run: string, dialect: WarehouseDialect, from: number): TablePublication {
  const { name, columns, load } = table
  const { history: key } = load as Extract<Load, { history: unknown }>
  const [stage, made] = [stageName(name, run, dialect), versionsName(name, run)]
  const all = columns.map(column => column.name)
  const known = [...key, 'valid_from']
  const others = all.filter(column => !known.includes(column))
  const set = others.map(column => `${quoted(column)} = v.${quoted(column)}`).join(', ')
  const target = quoted(name)
  const idle = `select 1 from ${target} as t where ${saysNothingNew(table, from, ownName(stage))}`
  const left = `exists (select 1 from ${quoted(stage)} as s where ${matched(key, 's', target)})
    and not exists (select 1 from ${quoted(made)} as v where ${matched(known, 'v', target)})`
  const there = `select 1 from ${target} as t where ${matched(known, 't', ownName(made))}`
  return {
    statements: [
      `delete from ${quoted(stage)} where exists (${idle})`,
      `create table ${quoted(made)} as ${versions(table, run, dialect, from)}`,
      `delete from ${target} where ${left}`,
      `update ${target} set ${set} from ${quoted(made)} as v
        where ${matched(known, 'v', target)} and not (${same(others, 'v', target)})`,
      `delete from ${quoted(made)} where exists (${there})`,
      insertFrom(table, made),
      `drop table ${quoted(made)}`,
    ],
    counts: ([unchanged = 0, , deleted = 0, updated = 0, , inserted = 0]) => ({
      unchanged,
      deleted,
      updated,
      inserted,
    }),
  }
}

/** The word that a run was published, for its transaction. Fails where the run was published before. */
export function publication(
  told: Period & {
    readonly run: string
    readonly pipeline: string
    readonly at: number
    readonly marks: Readonly<Record<string, string | undefined>>
  },
): string {
  const { run, pipeline, from, until, at, marks } = told
  const values = [
    quotedText(run),
    quotedText(pipeline),
    instant(from),
    instant(until),
    instant(at),
    quotedText(JSON.stringify(marks)),
  ]
  return `insert into isthmus.publications (run, pipeline, period_from, period_until, published_at, marks)
    values (${values.join(', ')})`
}
