import { type Load, loadKind } from '../../../flow/pipeline/load.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import { quoted, type WarehouseDialect } from '../../../system/warehouse.ts'
import { listed, matched, stageName } from './names.ts'
import { newestOf } from './newest.ts'
import { versions } from './versions.ts'

/** The rows of a table as readers will see them. */
export function nextRows(
  table: Table,
  run: string,
  dialect: WarehouseDialect,
  { from, repair }: { readonly from: number; readonly repair: boolean },
): string {
  const { name, columns, load } = table
  const all = columns.map(column => column.name)
  const stage = quoted(stageName(name, run, dialect))
  const kept = (where: string) => `select ${listed(all, 't')} from ${quoted(name)} as t where ${where}`
  const staged = (where: string) => `select ${listed(all, 's')} from ${stage} as s where ${where}`
  const kind = loadKind(load)
  if (kind === 'replace' && !repair) return staged('true')
  if (kind === 'append' || ((kind === 'replace' || kind === 'partition') && repair))
    return `${kept('true')} union all ${staged('true')}`
  if (kind === 'history') {
    const { history } = load as Extract<Load, { history: unknown }>
    const other = `not exists (select 1 from ${stage} as s where ${matched(history, 's', 't')})`
    return `${kept(other)} union all ${versions(table, run, dialect, from)}`
  }
  if (kind === 'partition') {
    const { partition } = load as Extract<Load, { partition: string }>
    const other = `not exists (select 1 from ${stage} as s where ${matched([partition], 's', 't')})`
    return `${kept(other)} union all ${staged('true')}`
  }
  const { upsert } = load as Extract<Load, { upsert: unknown }>
  const older = isOlder(load, 's', 't')
  const replaced = `select 1 from ${stage} as s where ${matched(upsert, 's', 't')} and not ${older}`
  const counts = `select 1 from ${quoted(name)} as t where ${matched(upsert, 's', 't')} and ${older}`
  return `${kept(`not exists (${replaced})`)} union all ${staged(`not exists (${counts})`)}`
}

/** Whether what comes is older than what is there, by the column `newest`. */
export function isOlder(load: Load, coming: string, there: string): string {
  const newest = newestOf(load)
  if (newest === undefined) return 'false'
  return `coalesce(${coming}.${quoted(newest)} < ${there}.${quoted(newest)}, false)`
}
