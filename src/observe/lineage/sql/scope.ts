import { columnValue, nothing, notKnown, together, used, type Value } from './value.ts'

export interface Column {
  readonly name: string
  readonly value: Value
}

/** What a query or a part of one gives. */
export interface Rows {
  readonly columns: readonly Column[]
  /** What decides which rows there are. */
  readonly rows: Value
  /** It has columns beyond those that are known. */
  readonly open: boolean
}

/** Rows under a name, to which columns can refer. */
export interface Relation extends Pick<Rows, 'columns' | 'open'> {
  readonly name: string
  readonly schema?: string | undefined
  /** That of a table whose columns are not known. */
  readonly table?: string | undefined
}

/** What stands behind `from`. `columns` are those of `*`: shared ones of a join once. */
export interface From extends Rows {
  readonly relations: readonly Relation[]
}

export const emptyFrom: From = { columns: [], rows: nothing, open: false, relations: [] }

/** What names mean at one place of a query. Names are the same in upper and lower case. */
export interface Scope {
  readonly from: From
  /** Columns that the query itself gives, by their names. */
  readonly aliases?: ReadonlyMap<string, Value>
  /** In `order by` such a name stands before that of a column. */
  readonly aliasFirst?: boolean
  /** Of lambdas: each stands for a part of what else the function is given. */
  readonly parameters?: ReadonlySet<string>
  /** Around a subquery. */
  readonly outer?: Scope | undefined
  readonly ctes: ReadonlyMap<string, Rows>
}

export const lower = (name: string): string => name.toLowerCase()

/** The value of a column as it is named; undefined if there is none of the name. */
export function lookUp(scope: Scope, names: readonly string[]): Value | undefined {
  const here = lookUpHere(scope, names.map(lower), names)
  return here ?? (scope.outer && lookUp(scope.outer, names))
}

function lookUpHere(scope: Scope, names: readonly string[], written: readonly string[]): Value | undefined {
  const [first = '', second, third] = names
  const { from, aliases, parameters } = scope
  if (parameters?.has(first)) return nothing
  const alias = aliases?.get(first)
  if (names.length === 1 && scope.aliasFirst && alias) return alias
  if (third !== undefined) {
    const table = from.relations.find(
      ({ schema, name }) => lower(schema ?? '') === first && lower(name) === second,
    )
    if (table) return partOf(fieldOf(table, third, written[2]), names.length > 3)
  }
  const relation = from.relations.find(({ name }) => lower(name) === first)
  if (relation && second !== undefined) {
    const found = fieldOf(relation, second, written[1])
    if (found) return partOf(found, names.length > 2)
  }
  const column = from.columns.find(({ name }) => lower(name) === first)
  if (column) return partOf(column.value, names.length > 1)
  if (alias) return partOf(alias, names.length > 1)
  if (relation && names.length === 1) return wholeRow(relation)
  const open = from.relations.filter(each => each.open)
  if (open.length === 0) return undefined
  const only =
    open.length === 1 && from.relations.length === 1 && !isWithin(scope.outer) ? open[0] : undefined
  return only?.table !== undefined
    ? partOf(columnValue(only.table, written[0] ?? ''), names.length > 1)
    : notKnown
}

/** Whether a name may be a column of a query around. */
function isWithin(scope: Scope | undefined): boolean {
  return scope !== undefined && (scope.from.relations.length > 0 || isWithin(scope.outer))
}

function fieldOf({ columns, open, table }: Relation, name: string, written = name): Value | undefined {
  const column = columns.find(each => lower(each.name) === name)
  if (column) return column.value
  if (!open) return undefined
  return table === undefined ? notKnown : columnValue(table, written)
}

/** A field of a structure. */
function partOf(value: Value | undefined, isPart: boolean): Value | undefined {
  return value && isPart ? used(value, 'transformation') : value
}

function wholeRow({ columns, open }: Relation): Value {
  const all = used(together(...columns.map(({ value }) => value)), 'transformation')
  return open ? { ...all, complete: false } : all
}

/** The id of a table that a query names, and its columns, where they are known. */
export type Tables = (
  name: string,
  schema: string,
) => { readonly id: string; readonly columns?: readonly string[] }
