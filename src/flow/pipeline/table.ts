import { IsthmusError } from '../../errors.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import type { Tolerance } from '../../model/clean/tolerance.ts'
import type { Model } from '../../model/model.ts'
import { callSite } from '../../system/call-site.ts'
import type { System } from '../../system/system.ts'
import type { Column } from '../../system/warehouse.ts'
import type { TableCheck } from './check-table.ts'
import { type ColumnText, columnsOf } from './columns.ts'
import type { Extraction } from './extraction.ts'
import { historyColumns, type Load, loadKey, loadKind } from './load.ts'
import { type SqlModel, type TableName, tablesIn } from './sql-model.ts'

/** A table of a warehouse, and how its rows are made: each run of its pipeline makes it as of one period. */
export interface Table<T = unknown> extends TableName {
  readonly model: Model<T>
  /** Those of the model, and those that `history` adds. */
  readonly columns: readonly Column[]
  readonly from: Extraction<T> | SqlModel
  readonly load: Load
  readonly checks: readonly TableCheck[]
  /** How many rows of one run may be set aside before its task stops. */
  readonly tolerance: Tolerance
  readonly at: string | undefined
}

export interface TableOptions<T> {
  /** Rows of systems, or a query over other tables of the warehouse. */
  readonly from: Extraction<T> | SqlModel
  /** Default: `replace` for a query; by the model's key, if it has one, `upsert` for rows of systems. */
  readonly load?: Load<keyof T & string> | undefined
  readonly checks?: readonly TableCheck<keyof T & string>[] | undefined
  /** Default: any number of rows may be set aside, and the run goes on without them. */
  readonly tolerance?: Tolerance | undefined
  /** Types of columns, where the model does not tell enough. */
  readonly columns?: Readonly<Partial<Record<keyof T & string, ColumnText>>> | undefined
}

const optionNames: OptionNames<TableOptions<unknown>> = {
  from: 'needed',
  load: true,
  checks: true,
  tolerance: true,
  columns: true,
}

const namePattern = /^[a-z][a-z0-9_]{0,50}$/

/** Declares a table of a warehouse. Its columns are the fields of the model. */
export function table<T>(
  warehouse: System,
  name: string,
  model: Model<T>,
  options: TableOptions<NoInfer<T>>,
): Table<T> {
  const at = callSite()
  const place = `${at ?? 'somewhere'}: table ${name}`
  checkOptionNames(place, options, optionNames)
  if (!namePattern.test(name))
    throw wrong(place, 'its name is made of lower-case letters, digits and _, and begins with a letter')
  const load = options.load ?? defaultLoad(place, model, options.from)
  const own = columnsOf(model as Model, options.columns)
  checkLoad(place, load, own)
  const columns = loadKind(load) === 'history' ? [...own, ...historyColumns] : own
  const other =
    options.from.kind === 'sql' && tablesIn(options.from).find(({ system }) => system !== warehouse.name)
  if (other)
    throw wrong(place, `its query reads ${other.name}, which is in another warehouse, ${other.system}`)
  return Object.freeze({
    kind: 'table',
    system: warehouse.name,
    name,
    model,
    columns: Object.freeze(columns),
    from: options.from,
    load,
    checks: Object.freeze([...(options.checks ?? [])]) as readonly TableCheck[],
    tolerance: Object.freeze({ ...options.tolerance }),
    at,
  })
}

function defaultLoad<T>(place: string, model: Model<T>, from: TableOptions<T>['from']): Load {
  if (from.kind === 'sql') return 'replace'
  if (model.key !== undefined) return { upsert: [model.key] }
  throw wrong(place, `model ${model.name} has no key: say how its rows are loaded`)
}

function checkLoad(place: string, load: Load, columns: readonly Column[]): void {
  const said = typeof load === 'string' ? [] : Object.values(load).flat()
  const named = [...said, ...loadKey(load)].filter(name => name !== undefined)
  const unknown = named.find(name => !columns.some(column => column.name === name))
  if (unknown !== undefined) throw wrong(place, `it has no column "${unknown}"`)
  if (typeof load !== 'string' && !('partition' in load) && loadKey(load).length === 0)
    throw wrong(place, `${loadKind(load)} needs the columns of a key`)
}

function wrong(place: string, reason: string): IsthmusError {
  return new IsthmusError('FLOW-DEFINITION', `${place}: ${reason}.`)
}
