import type { TableOptions } from './config.ts'
import type { Dialect, Statement } from './database.ts'
import { quoteTable } from './identifier.ts'
import { render, SqlText } from './sql-text.ts'

export type AnyTable<T> = TableOptions<T, string>

/** What one column of one row is made of: an expression, or just a parameter. */
export interface Part {
  readonly column: string
  readonly piece: SqlText | undefined
}

export type InsertText = Omit<Statement, 'values'>

/** The text for `count` rows of the same parts. The parameters are those of the rows, then those of the updates. */
export function insertText<T>(
  options: AnyTable<T>,
  parts: readonly Part[],
  count: number,
  dialect: Dialect,
): InsertText {
  const { placeholder } = dialect
  const rows: string[] = []
  let position = 1
  for (let row = 0; row < count; row++) {
    const cells = parts.map(({ piece }) => {
      const text = piece ? render(piece, position, placeholder) : placeholder(position)
      position += piece ? piece.values.length : 1
      return text
    })
    rows.push(`(${cells.join(', ')})`)
  }
  const end = position
  const owners = parts.flatMap(part => (part.piece ? part.piece.values.map(() => part) : [part]))
  const ownerOf = (parameter: number) =>
    parameter < end ? owners[(parameter - 1) % owners.length] : undefined
  const columns = parts.map(part => part.column)
  return {
    ...insertOf(options, columns, `values ${rows.join(', ')}`, end, dialect),
    columnOf: parameter => ownerOf(parameter)?.column,
    isWhole: parameter => ownerOf(parameter)?.piece === undefined,
  }
}

/** The text for any number of rows. The parameters are the lists of the columns, then those of the updates. */
export function listText<T>(
  options: AnyTable<T>,
  columns: readonly string[],
  rows: string,
  dialect: Dialect,
): InsertText {
  return {
    ...insertOf(options, columns, rows, columns.length + 1, dialect),
    columnOf: parameter => columns[parameter - 1],
  }
}

/** An insert of what `rows` gives; parameters from `first` on are those of the updates. */
function insertOf<T>(
  options: AnyTable<T>,
  columns: readonly string[],
  rows: string,
  first: number,
  dialect: Dialect,
): InsertText {
  const { quote } = dialect
  const into = `insert into ${quoteTable(options.table, quote)} (${columns.map(quote).join(', ')})`
  return {
    text: `${into} ${rows}${conflictClause(options, columns, first, dialect)}`,
    columns,
    table: options.table,
    key: options.mode === 'upsert' ? options.key : undefined,
  }
}

/** The expressions that update a row, by column. */
export function updatePieces<T>(options: AnyTable<T>): [string, SqlText][] {
  if (options.mode === 'insert') return []
  const entries = Object.entries(options.update ?? {})
  return entries.filter((entry): entry is [string, SqlText] => entry[1] instanceof SqlText)
}

function conflictClause<T>(
  options: AnyTable<T>,
  columns: readonly string[],
  first: number,
  { placeholder, quote, upsert }: Dialect,
): string {
  if (options.mode === 'insert') return ''
  const { key, update = {} } = options
  const plain = columns.filter(column => !key.includes(column) && !Object.hasOwn(update, column))
  let position = first
  const expressions = updatePieces(options).map(([column, piece]) => {
    const text = `${quote(column)} = ${render(piece, position, placeholder)}`
    position += piece.values.length
    return text
  })
  return upsert(key.map(quote), plain.map(quote), expressions)
}
