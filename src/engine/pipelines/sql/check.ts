import type { TableCheck } from '../../../flow/pipeline/check-table.ts'
import { loadKind } from '../../../flow/pipeline/load.ts'
import type { Table } from '../../../flow/pipeline/table.ts'
import { add, type Decimal } from '../../../model/decimal.ts'
import { quoted, type WarehouseRow } from '../../../system/warehouse.ts'
import type { CheckResult } from '../run-fact.ts'
import { nameInRun, type RunScope, textInRun } from '../run-scope.ts'
import { instant, listed } from './names.ts'

/** Of what is wrong, so much is shown. */
const examples = 5
/** How many rows a check has found, in each of those that it gives. */
const found = 'isthmus_found'

/** The query by which a check looks at the tables of a run; of `reconciled`, its own query. */
export function checkQuery(check: TableCheck, table: Table, scope: RunScope): string {
  const name = nameInRun(scope, table)
  switch (check.kind) {
    case 'unique':
      return first(
        `select ${listed(check.columns)}, count(*) as "rows" from ${name}${ofNow(table)} group by ${listed(check.columns)} having count(*) > 1`,
      )
    case 'present':
      return first(
        `select * from ${name} where ${check.columns.map(each => `${quoted(each)} is null`).join(' or ')}`,
      )
    case 'references':
      return first(missing(check, name, scope))
    case 'range':
      return first(`select * from ${name} where ${beyond(check)}`)
    case 'rows':
      return `select count(*) as "rows" from ${name}`
    case 'fresh':
      return newest(check, name, scope)
    case 'none':
      return first(textInRun(scope, check.query))
    case 'reconciled':
      return textInRun(scope, check.query)
  }
}

function first(query: string): string {
  return `select q.*, count(*) over () as ${found} from (\n${query}\n) as q limit ${examples}`
}

/** In a table with history a key has several versions, one of which is so now. */
function ofNow({ load }: Table): string {
  return loadKind(load) === 'history' ? ' where is_current' : ''
}

function missing(
  { columns, table, to }: Extract<TableCheck, { kind: 'references' }>,
  name: string,
  scope: RunScope,
): string {
  const matches = columns.map((column, at) => `o.${quoted(to[at] ?? '')} = t.${quoted(column)}`)
  const said = columns.map(column => `t.${quoted(column)} is not null`)
  return `select ${listed(columns, 't')}, count(*) as "rows" from ${name} as t where ${said.join(' and ')}
    and not exists (select 1 from ${nameInRun(scope, table)} as o where ${matches.join(' and ')})
    group by ${listed(columns, 't')}`
}

function beyond({ column, min, max }: Extract<TableCheck, { kind: 'range' }>): string {
  const exact = (value: Decimal) => add(value)
  const limits = [
    ...(min === undefined ? [] : [`${quoted(column)} < ${exact(min)}`]),
    ...(max === undefined ? [] : [`${quoted(column)} > ${exact(max)}`]),
  ]
  return limits.join(' or ') || 'false'
}

function newest(
  { column, within }: Extract<TableCheck, { kind: 'fresh' }>,
  name: string,
  scope: RunScope,
): string {
  const value = `max(${quoted(column)})`
  const least = instant(scope.period.until - within)
  return `select ${value} as newest, coalesce(cast(${value} as timestamptz) >= ${least}, false) as fresh from ${name}`
}

/** What the rows of that query say. */
export function verdict(
  check: TableCheck,
  rows: readonly WarehouseRow[],
): Pick<CheckResult, 'ok' | 'found' | 'examples'> {
  const [row] = rows
  if (check.kind === 'rows') {
    const count = Number(row?.rows)
    const { min = 0, max = Number.POSITIVE_INFINITY } = check
    return { ok: count >= min && count <= max, found: counted(count), examples: [] }
  }
  if (check.kind === 'fresh')
    return {
      ok: row?.fresh === true,
      found: row?.newest == null ? 'no value' : `newest: ${row.newest}`,
      examples: [],
    }
  const wrong = Number(row?.[found] ?? 0)
  const shown = rows.map(({ [found]: _, ...example }) => example)
  return { ok: wrong === 0, found: counted(wrong), examples: shown }
}

const counted = (rows: number) => `${rows} ${rows === 1 ? 'row' : 'rows'}`
