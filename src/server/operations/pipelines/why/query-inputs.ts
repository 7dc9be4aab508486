import type { SqlModel } from '../../../../flow/pipeline/sql-model.ts'
import type { Table } from '../../../../flow/pipeline/table.ts'
import { type FieldGraph, isDirect } from '../../../../observe/lineage/field-graph.ts'
import { tableId } from '../../../../observe/lineage/pipeline-links.ts'
import type { ReadQuery, SqlReader } from '../../../../observe/lineage/sql/reader.ts'
import type { ColumnId } from '../../../../observe/lineage/sql/value.ts'
import { masked } from '../../../../observe/personal-data.ts'
import { type Column, quoted, type Warehouse, type WarehouseRow } from '../../../../system/warehouse.ts'
import { type Cell, holding } from './row-key.ts'
import type { WhyRow } from './schemas.ts'

type Input = WhyRow['inputs'][number]
type Read = ReadQuery['columns'][number]

const shownRows = 10

export interface InputsOf {
  readonly table: Table
  readonly query: SqlModel
  readonly column: string
  readonly row: WarehouseRow
  /** Columns of the row by which its inputs are looked for. */
  readonly key: readonly string[]
  /** By id, those whose rows may be shown. */
  readonly tables: ReadonlyMap<string, Table>
  readonly graph: FieldGraph
  readonly showPii: boolean
}

/** The tables that a value of a query is made of, with those of their rows that have its key, where that is known. */
export async function inputsOf(
  about: InputsOf,
  sql: SqlReader,
  warehouse: Warehouse,
  signal: AbortSignal,
): Promise<{ readonly inputs: Input[]; readonly unknown: readonly string[] }> {
  const { table, query, tables, column } = about
  const columns = new Map([...tables].map(([id, each]) => [id, each.columns.map(({ name }) => name)]))
  const read = await sql.lineage(query, table.system, columns)
  const made = columnOf(read, column)
  if (!made) return { inputs: [], unknown: [`what ${column} is made of: ${read.unknown[0] ?? 'not told'}`] }
  const sources = made.sources.filter(({ uses }) => uses.some(use => isDirect(use) || use === 'condition'))
  const inputs: Input[] = []
  for (const [id, of] of Map.groupBy(sources, source => source.table)) {
    const uses = of.map(({ column: name, uses: how }) => ({ column: name, uses: [...how] }))
    inputs.push({ table: id, uses, ...(await rowsOf(about, read, made, id, uses, warehouse, signal)) })
  }
  return { inputs, unknown: made.complete ? [] : [`all that ${column} is made of: ${read.unknown[0] ?? ''}`] }
}

async function rowsOf(
  about: InputsOf,
  read: ReadQuery,
  made: Read,
  id: string,
  uses: Input['uses'],
  warehouse: Warehouse,
  signal: AbortSignal,
): Promise<Omit<Input, 'table' | 'uses'>> {
  const input = about.tables.get(id)
  const where = input ? shared(about, read, input) : []
  const unknown = whyUnknown(read, made, id, input, where)
  const filtered = made.sources.some(source => source.uses.includes('filter') || source.uses.includes('join'))
  if (!input || unknown !== undefined)
    return { where: [], columns: [], rows: [], unknown: unknown ?? '', filtered }
  const columns = [...new Set([...where.map(cell => cell.column), ...uses.map(({ column }) => column)])]
  const from = `from ${quoted(input.name)} where ${holding(where, input.columns, warehouse.dialect)}`
  const list = columns.map(quoted).join(', ')
  const ask = async (sql: string) => (await Array.fromAsync(warehouse.query(sql, signal))).flat()
  const [total] = await ask(`select count(*) as n ${from}`)
  const rows = await ask(`select ${list} ${from} order by ${list} limit ${shownRows}`)
  const hides = (column: string) => !about.showPii && about.graph.isPersonal({ place: id, field: column })
  const shown = (column: string, value: unknown) => (value !== null && hides(column) ? masked : value)
  return {
    where: where.map(({ column, value }) => ({ column, value: shown(column, value) })),
    columns,
    rows: rows.map(row => columns.map(column => shown(column, row[column]))),
    count: Number(total?.n),
    filtered,
  }
}

/** What makes it impossible to tell which rows of a table a value is made of. */
function whyUnknown(
  read: ReadQuery,
  { sources }: Read,
  id: string,
  input: Table | undefined,
  where: readonly Cell[],
): string | undefined {
  if (!input) return 'it is no table that may be looked at'
  if (read.open || read.columns.some(({ complete }) => !complete))
    return 'the query could not be followed to its end'
  if (!read.once.includes(id)) return 'the query takes its rows at more than one place'
  if (sources.some(({ uses }) => uses.includes('window')))
    return 'a window of the query may look at rows of other keys'
  return where.length === 0 ? 'no column of the key is handed on from it, or joined to it' : undefined
}

/** What rows of a table must hold, so that the row can be made of them: columns that are handed on, or joined to such. */
function shared({ table, key, row, tables }: InputsOf, read: ReadQuery, input: Table): Cell[] {
  const types = new Map(
    [...tables].flatMap(([id, each]) => each.columns.map(one => [`${id}.${one.name}`, one] as const)),
  )
  const isSame = (one: Column | undefined, { table: of, column }: ColumnId) =>
    isAlike(one, types.get(`${of}.${column}`))
  return key.flatMap(name => {
    const type = table.columns.find(each => each.name === name)
    if (row[name] === null || row[name] === undefined) return []
    return alike(handedOnAs(read, name), read, id => isSame(type, id))
      .filter(each => each.table === tableId(input))
      .map(({ column }) => ({ column, value: row[name] }))
  })
}

/** The columns that a column of a query is, unchanged; none where it may also be something else. */
function handedOnAs(read: ReadQuery, name: string): readonly ColumnId[] {
  const { sources = [] } = columnOf(read, name) ?? {}
  const direct = sources.filter(({ uses }) => uses.some(isDirect))
  const isHanded = direct.every(({ uses }) => uses.filter(isDirect).every(use => use === 'identity'))
  return isHanded && !sources.some(({ uses }) => uses.includes('condition')) ? direct : []
}

/** With all columns that joins demand to be the same, each of a table whose rows are taken at one place. */
function alike(begun: readonly ColumnId[], read: ReadQuery, isSame: (id: ColumnId) => boolean): ColumnId[] {
  const found: ColumnId[] = []
  const add = (id: ColumnId): void => {
    if (found.some(each => isOne(each, id)) || !isSame(id) || !read.once.includes(id.table)) return
    found.push(id)
    for (const [one, other] of read.equal) {
      if (isOne(one, id)) add(other)
      if (isOne(other, id)) add(one)
    }
  }
  for (const id of begun) add(id)
  return found
}

const isOne = (one: ColumnId, other: ColumnId) =>
  one.table === other.table && one.column.toLowerCase() === other.column.toLowerCase()

/** Their values are the same, so none was changed by a cast. */
function isAlike(one: Column | undefined, other: Column | undefined): boolean {
  if (!one || !other || one.type === 'json' || one.type === 'number') return false
  return one.type === other.type && one.precision === other.precision && one.scale === other.scale
}

function columnOf({ columns }: ReadQuery, name: string): Read | undefined {
  return columns.find(each => each.name.toLowerCase() === name.toLowerCase())
}
