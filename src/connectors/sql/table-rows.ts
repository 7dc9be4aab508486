import { IsthmusError } from '../../errors.ts'
import type { Model } from '../../model/model.ts'
import type { Cell } from './config.ts'
import type { Dialect, Statement } from './database.ts'
import { checkIdentifier, quoteTable } from './identifier.ts'
import { type AnyTable, type InsertText, insertText, type Part, updatePieces } from './insert-text.ts'
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
export class TableRows<T> {
  readonly #options: AnyTable<T>
  readonly #dialect: Dialect
  readonly #cells: TableCells<T>
  /** Which of the cells belong to the key. */
  readonly #keys: ReadonlySet<number>
  readonly #texts = new Map<string, InsertText>()
  readonly #shapes = new WeakMap<readonly string[], string>()

  constructor(options: AnyTable<T>, cells: TableCells<T>, dialect: Dialect) {
    this.#options = options
    this.#dialect = dialect
    this.#cells = cells
    const keys = options.mode === 'upsert' ? options.key : []
    this.#keys = new Set(keys.map(key => cells.findIndex(([column]) => column === key)))
  }

  /** Throws TARGET-REFUSED if one of the records cannot be a row. */
  statements(records: readonly T[]): Statement[] {
    const groups = new Map<string, Group>()
    for (const record of records) this.#add(groups, record)
    const statements: Statement[] = []
    for (const group of groups.values())
      for (const rows of rounds(group.rows)) {
        for (let at = 0; at < rows.length; ) {
          const count = bite(rows.length - at, rows[at]?.values.length ?? 0, this.#dialect.insertRows)
          statements.push(this.#statement(group, rows.slice(at, at + count)))
          at += count
        }
      }
    return statements
  }

  #add(groups: Map<string, Group>, record: T): void {
    const contents = this.#cells.map(([, cell]) => contentOf(cell, record))
    const values: Parameter[] = []
    let shape = ''
    let key = ''
    for (const [index, content] of contents.entries()) {
      const isKey = this.#keys.has(index)
      if (isKey && (content === undefined || content === null))
        throw new IsthmusError('TARGET-REFUSED', `the key column "${this.#cells[index]?.[0]}" has no value`)
      const before = values.length
      if (content instanceof SqlText) for (const value of content.values) values.push(parameterOf(value))
      else if (content !== undefined) values.push(parameterOf(content))
      shape += content instanceof SqlText ? this.#shapeOf(content) : content === undefined ? '-' : '?'
      if (isKey) key += `${JSON.stringify(values.slice(before).map(String))}`
    }
    let group = groups.get(shape)
    if (!group) {
      group = { parts: partsOf(this.#cells, contents), shape, rows: [] }
      groups.set(shape, group)
    }
    group.rows.push({ values, key })
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
    let made = this.#texts.get(name)
    if (!made) {
      made = insertText(this.#options, group.parts, rows.length, this.#dialect)
      if (this.#texts.size >= mostTexts) this.#texts.clear()
      this.#texts.set(name, made)
    }
    const values: Parameter[] = []
    for (const row of rows) values.push(...row.values)
    for (const [, piece] of updatePieces(this.#options)) values.push(...piece.values.map(parameterOf))
    return { ...made, values }
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

/** Each key once a round. */
function rounds(rows: Group['rows']): Group['rows'][] {
  const byKey = new Map<string, number>()
  const all: Group['rows'][] = []
  for (const row of rows) {
    const round = row.key === '' ? 0 : (byKey.get(row.key) ?? 0)
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
