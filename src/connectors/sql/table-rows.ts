import { IsthmusError } from '../../errors.ts'
import type { Model } from '../../model/model.ts'
import type { Cell } from './config.ts'
import { type Database, type Dialect, rowsOf, type Statement } from './database.ts'
import { checkIdentifier, quoteTable } from './identifier.ts'
import {
  type AnyTable,
  type InsertText,
  insertText,
  listText,
  type Part,
  updatePieces,
} from './insert-text.ts'
import type { Write } from './sink.ts'
import { type Parameter, parameterOf, SqlText, type SqlValue } from './sql-text.ts'

const mostParameters = 30_000
const mostTexts = 500

export type TableCells<T> = readonly (readonly [column: string, cell: Cell<T>])[]

/** Rows of one shape: the same columns, and the same expressions in them. */
interface Group {
  readonly parts: readonly Part[]
  readonly shape: string
  readonly rows: { readonly values: readonly Parameter[]; readonly key: string }[]
}

/**
 * Makes statements of many rows out of records. Rows are in the order of their keys, so that two batches do not wait
 * for each other in a circle; rows with one key come in different statements, since an upsert meets each row once.
 */
export class TableRows<T> implements Write<T> {
  readonly #options: AnyTable<T>
  readonly #dialect: Dialect
  readonly #cells: TableCells<T>
  /** Which of the cells belong to the key. */
  readonly #keys: readonly number[]
  readonly #texts = new Map<string, InsertText>()
  readonly #shapes = new WeakMap<readonly string[], string>()
  /** By column. */
  #types: ReadonlyMap<string, string> | undefined
  #listed = false

  constructor(options: AnyTable<T>, cells: TableCells<T>, dialect: Dialect) {
    this.#options = options
    this.#dialect = dialect
    this.#cells = cells
    const keys = options.mode === 'upsert' ? options.key : []
    this.#keys = keys.map(key => cells.findIndex(([column]) => column === key))
  }

  async ready(database: Database, signal: AbortSignal): Promise<void> {
    const { lists, quote } = this.#dialect
    if (!lists || this.#types) return
    const rows = await rowsOf(database, lists.types(quoteTable(this.#options.table, quote)), signal)
    this.#types = new Map(rows.map(({ name, type }) => [String(name), String(type)]))
  }

  /** A column's type may have changed: until they are learnt again, no lists are made. */
  doubt(): boolean {
    const listed = this.#listed
    this.#types = undefined
    this.#listed = false
    return listed
  }

  /** Throws TARGET-REFUSED if one of the records cannot be a row. */
  statements(records: readonly T[]): Statement[] {
    const groups = new Map<string, Group>()
    for (const record of records) this.#add(groups, record)
    const statements: Statement[] = []
    for (const group of groups.values())
      for (const rows of rounds(group.rows)) {
        const listed = this.#inLists(group, rows)
        statements.push(...(listed ? [listed] : this.#rowByRow(group, rows)))
      }
    return statements
  }

  #rowByRow(group: Group, rows: Group['rows']): Statement[] {
    const statements: Statement[] = []
    for (let at = 0; at < rows.length; ) {
      const count = bite(rows.length - at, rows[at]?.values.length ?? 0, this.#dialect.insertRows)
      statements.push(this.#statement(group, rows.slice(at, at + count)))
      at += count
    }
    return statements
  }

  /** Undefined where a cell is an expression, or something stands in the way of lists. */
  #inLists({ parts, shape }: Group, rows: Group['rows']): Statement | undefined {
    const { lists } = this.#dialect
    const types = parts.map(({ column, piece }) => (piece ? undefined : this.#types?.get(column)))
    if (!lists || !types.every(type => type !== undefined)) return undefined
    const values: Parameter[] = []
    for (let column = 0; column < parts.length; column++) {
      const list = lists.list(rows.map(row => row.values[column] ?? null))
      if (list === undefined) return undefined
      values.push(list)
    }
    this.#listed = true
    const columns = parts.map(part => part.column)
    const name = `${types} ${shape}`
    const made = this.#text(name, () => listText(this.#options, columns, lists.rows(types), this.#dialect))
    return { ...made, values: [...values, ...this.#updateValues()] }
  }

  #add(groups: Map<string, Group>, record: T): void {
    const contents = this.#cells.map(([, cell]) => contentOf(cell, record))
    const values: Parameter[] = []
    let shape = ''
    for (const content of contents) {
      if (content instanceof SqlText) for (const value of content.values) values.push(parameterOf(value))
      else if (content !== undefined) values.push(parameterOf(content))
      shape += content instanceof SqlText ? this.#shapeOf(content) : content === undefined ? '-' : '?'
    }
    const key = this.#keys.length === 0 ? '' : this.#keyOf(contents)
    let group = groups.get(shape)
    if (!group) {
      group = { parts: partsOf(this.#cells, contents), shape, rows: [] }
      groups.set(shape, group)
    }
    group.rows.push({ values, key })
  }

  #keyOf(contents: readonly (SqlValue | SqlText)[]): string {
    const values = this.#keys.map(index => {
      const content = contents[index]
      if (content === undefined || content === null)
        throw new IsthmusError('TARGET-REFUSED', `the key column "${this.#cells[index]?.[0]}" has no value`)
      return content instanceof SqlText ? content.values.map(keyText) : [keyText(content)]
    })
    return JSON.stringify(values)
  }

  /** Of a template the strings are the same array each time. */
  #shapeOf(piece: SqlText): string {
    let shape = this.#shapes.get(piece.strings)
    if (shape === undefined) {
      shape = JSON.stringify(piece.strings)
      this.#shapes.set(piece.strings, shape)
    }
    return shape
  }

  #statement(group: Group, rows: Group['rows']): Statement {
    const name = `${rows.length} ${group.shape}`
    const made = this.#text(name, () => insertText(this.#options, group.parts, rows.length, this.#dialect))
    const values: Parameter[] = []
    for (const row of rows) for (const value of row.values) values.push(value)
    values.push(...this.#updateValues())
    return { ...made, values }
  }

  #text(name: string, make: () => InsertText): InsertText {
    let made = this.#texts.get(name)
    if (!made) {
      made = make()
      if (this.#texts.size >= mostTexts) this.#texts.clear()
      this.#texts.set(name, made)
    }
    return made
  }

  #updateValues(): Parameter[] {
    return updatePieces(this.#options).flatMap(([, piece]) => piece.values.map(parameterOf))
  }
}

/** Checks the declaration of a table; throws FLOW-DEFINITION. */
export function tableCells<T>(model: Model<T>, options: AnyTable<T>): TableCells<T> {
  const where = `Channel for table ${options.table}`
  const fields = Object.keys((model.jsonSchema.properties as object | undefined) ?? {})
  const cells = options.columns
    ? Object.entries<Cell<T>>(options.columns)
    : fields.map((field): [string, Cell<T>] => [field, field as keyof T & string])
  if (cells.length === 0)
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `${where}: say its "columns"; model ${model.name} lists no fields.`,
    )
  const columns = cells.map(([column]) => column)
  quoteTable(options.table)
  for (const column of columns) checkIdentifier(column)
  if (options.mode === 'insert') return cells
  for (const column of Object.keys(options.update ?? {})) checkIdentifier(column)
  const missing = options.key.filter(column => !columns.includes(column))
  if (options.key.length === 0 || missing.length > 0)
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `${where}: "key" must name columns that the channel writes; it names ${missing.join(', ') || 'none'}.`,
    )
  return cells
}

function partsOf<T>(cells: TableCells<T>, contents: readonly (SqlValue | SqlText)[]): Part[] {
  const parts = cells.flatMap(([column], index) => {
    const content = contents[index]
    return content === undefined ? [] : [{ column, piece: content instanceof SqlText ? content : undefined }]
  })
  if (parts.length > 0) return parts
  throw new IsthmusError('TARGET-REFUSED', 'no column has a value')
}

function contentOf<T>(cell: Cell<T>, record: T): SqlValue | SqlText {
  if (cell instanceof SqlText) return cell
  if (typeof cell === 'function') return cell(record)
  return record[cell] as SqlValue
}

function keyText(value: SqlValue): string {
  return String(parameterOf(value))
}

/** Each key once a round. */
function rounds(rows: Group['rows']): Group['rows'][] {
  if (rows[0]?.key === '') return [rows]
  const byKey = new Map<string, number>()
  const all: Group['rows'][] = []
  for (const row of rows) {
    const round = byKey.get(row.key) ?? 0
    byKey.set(row.key, round + 1)
    const list = all[round] ?? []
    list.push(row)
    all[round] = list
  }
  for (const list of all) list.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return all
}

/**
 * How many of `rows` the next statement takes: as many as one may have, else the greatest power of two, so that few
 * texts need preparing.
 */
function bite(rows: number, parametersEach: number, insertRows: number): number {
  const most = Math.min(insertRows, Math.max(1, Math.floor(mostParameters / Math.max(1, parametersEach))))
  return rows >= most ? most : 2 ** Math.floor(Math.log2(rows))
}
