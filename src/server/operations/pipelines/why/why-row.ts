import { shapeOfTable } from '../../../../engine/pipelines/tables-of-run.ts'
import type { Landscape } from '../../../../flow/landscape.ts'
import type { Pipeline } from '../../../../flow/pipeline/pipeline.ts'
import type { Table } from '../../../../flow/pipeline/table.ts'
import type { FieldGraph } from '../../../../observe/lineage/field-graph.ts'
import { fieldGraph } from '../../../../observe/lineage/landscape-graph.ts'
import { tableId } from '../../../../observe/lineage/pipeline-links.ts'
import type { SourceFiles } from '../../../../observe/lineage/source-text.ts'
import { SqlReader } from '../../../../observe/lineage/sql/reader.ts'
import { masked } from '../../../../observe/personal-data.ts'
import type { StoreReader } from '../../../../store/store.ts'
import { quoted, type Warehouse, type WarehouseRow } from '../../../../system/warehouse.ts'
import { refused } from '../../deciding.ts'
import { valueAt } from '../../messages/value-at.ts'
import { rowsHolding } from '../rows-set-aside.ts'
import { asRefused } from '../warehouse-query.ts'
import { inputsOf } from './query-inputs.ts'
import { type Cell, holding, keyColumns, readKey } from './row-key.ts'
import { sourceOf } from './row-steps.ts'
import type { WhyRow } from './schemas.ts'
import { writersOf } from './writers.ts'

export interface WhyRowQuery {
  readonly key: string
  /** The column. */
  readonly field: string
  /** `TABLE` or `WAREHOUSE.TABLE`. */
  readonly table: string
  readonly showPii?: boolean | undefined
}

/** Of which pipelines the rows may be shown. */
interface Seen {
  pipeline(name: string): boolean
}

export interface Known {
  readonly table: Table
  readonly pipeline: Pipeline
}

/** The rows with the key that are counted. */
const most = 100
/** Milliseconds after which the questions to the warehouse are stopped. */
const patience = 60_000

/** Tells of a value in a warehouse which run wrote it, and what it was made of. No system is asked but the warehouse. */
export class WhyRowView {
  readonly #parts: {
    readonly landscape: Landscape
    readonly files: SourceFiles
    readonly reader: StoreReader
  }
  readonly #sql = new SqlReader()
  #graph: Promise<FieldGraph> | undefined

  constructor(parts: {
    readonly landscape: Landscape
    readonly files: SourceFiles
    readonly reader: StoreReader
  }) {
    this.#parts = parts
  }

  /** Throws CONTROL-REFUSED where there is no such table or column. */
  find({ table, field }: Pick<WhyRowQuery, 'table' | 'field'>, seen: Seen): Known {
    const all = this.#tables(seen)
    const found = all.filter(({ table: each }) => each.name === table || tableId(each) === table)
    const [known, other] = found
    if (!known) throw refused(`There is no table ${table}: no pipeline of the landscape makes it.`, 404)
    if (other)
      throw refused(`There are ${found.map(each => tableId(each.table)).join(', ')}: say which.`, 400)
    const names = known.table.columns.map(({ name }) => name)
    const column = field.startsWith(`${tableId(known.table)}.`)
      ? field.slice(tableId(known.table).length + 1)
      : field
    if (names.includes(column)) return known
    throw refused(`Table ${table} has no column ${field}. It has ${names.join(', ')}.`, 404)
  }

  /** Undefined if no row has the key. */
  async of(query: WhyRowQuery, known: Known, warehouse: Warehouse, seen: Seen): Promise<WhyRow | undefined> {
    const signal = AbortSignal.timeout(patience)
    try {
      return await this.#of(query, known, { warehouse, seen, signal })
    } catch (error) {
      throw asRefused(error)
    }
  }

  async #of(
    { key, field, showPii = false }: WhyRowQuery,
    { table, pipeline }: Known,
    {
      warehouse,
      seen,
      signal,
    }: { readonly warehouse: Warehouse; readonly seen: Seen; readonly signal: AbortSignal },
  ): Promise<WhyRow | undefined> {
    const { landscape, files, reader } = this.#parts
    const column = field.slice(field.lastIndexOf('.') + 1)
    const cells = readKey(table, key)
    const rows = await rowsOf(table, cells, warehouse, signal)
    const [row] = rows
    if (!row) return undefined
    this.#graph ??= fieldGraph(landscape, files, this.#sql)
    const graph = await this.#graph
    const place = tableId(table)
    const hides = (name: string) => !showPii && graph.isPersonal({ place, field: name })
    const shown = (name: string) => (hides(name) && row[name] !== null ? masked : row[name])
    const names = [...new Set([...keyColumns(table), ...cells.map(cell => cell.column)])]
    const { writers, more } = await writersOf({ pipeline, table, column, row }, warehouse, reader, signal)
    const { from } = table
    const tables = new Map(this.#tables(seen).map(each => [tableId(each.table), each.table]))
    const { inputs, unknown } =
      from.kind === 'sql'
        ? await inputsOf(
            { table, query: from, column, row, key: names, tables, graph, showPii },
            this.#sql,
            warehouse,
            signal,
          )
        : { inputs: [], unknown: [] }
    return {
      ...{ table: place, pipeline: pipeline.name, column, rows: rows.length },
      key: names.map(name => ({ column: name, value: shown(name) })),
      value: shown(column),
      version: shapeOfTable(table),
      ...{ writers, more, inputs },
      ...(from.kind === 'extraction' && { source: sourceOf(table, from, column, files) }),
      ...(await this.#aside({ table, pipeline }, row, warehouse, showPii, [...unknown])),
      masked: !showPii,
    }
  }

  /** Rows that came with the same key, as far as the fields are known that the key is made of. */
  async #aside(
    { table, pipeline }: Known,
    row: WarehouseRow,
    warehouse: Warehouse,
    showPii: boolean,
    unknown: string[],
  ) {
    const { from } = table
    if (from.kind === 'sql') return { setAside: [], unknown }
    const key = keyColumns(table).map(name => ({
      fields: sourceOf(table, from, name, this.#parts.files).fields,
      value: row[name],
    }))
    if (key.length === 0 || key.some(({ fields }) => fields.length === 0))
      return { setAside: [], unknown: [...unknown, 'which rows that were set aside have this key'] }
    const holds = (data: unknown) =>
      key.every(({ fields, value }) => fields.some(field => isAlike(valueAt(data, field), value)))
    return { setAside: await rowsHolding(warehouse, pipeline, table.name, holds, showPii), unknown }
  }

  #tables(seen: Seen): Known[] {
    return this.#parts.landscape.pipelines
      .filter(({ name }) => seen.pipeline(name))
      .flatMap(pipeline => pipeline.tables.map(table => ({ table, pipeline })))
  }
}

/** Those that have the key; of `history` the newest version first. */
async function rowsOf(
  table: Table,
  cells: readonly Cell[],
  warehouse: Warehouse,
  signal: AbortSignal,
): Promise<readonly WarehouseRow[]> {
  const isHistory = table.columns.some(({ name }) => name === 'valid_from')
  const order = isHistory ? ` order by ${quoted('valid_from')} desc` : ''
  const where = holding(cells, table.columns, warehouse.dialect)
  const sql = `select * from ${quoted(table.name)} where ${where}${order} limit ${most}`
  return (await Array.fromAsync(warehouse.query(sql, signal))).flat()
}

/** Spaces and case aside, since cleaning may have changed them. */
function isAlike(one: unknown, other: unknown): boolean {
  const plain = (value: unknown) =>
    String(value ?? '')
      .trim()
      .toLowerCase()
  return plain(one) !== '' && plain(one) === plain(other)
}
