import type { TableOptions } from './config.ts'
import type { Dialect, Statement } from './database.ts'
import { quoteName, quoteTable } from './identifier.ts'
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
  { placeholder }: Dialect,
): InsertText {
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
  const columns = parts.map(part => part.column)
  const into = `insert into ${quoteTable(options.table)} (${columns.map(quoteName).join(', ')})`
  const end = position
  const owners = parts.flatMap(({ column, piece }) => (piece ? piece.values.map(() => column) : [column]))
  return {
    text: `${into} values ${rows.join(', ')}${conflictClause(options, columns, end, placeholder)}`,
    columns,
    columnOf: parameter => (parameter < end ? owners[(parameter - 1) % owners.length] : undefined),
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
  placeholder: Dialect['placeholder'],
): string {
  if (options.mode === 'insert') return ''
  const { key, update = {} } = options
  const sets = columns
    .filter(column => !key.includes(column) && !Object.hasOwn(update, column))
    .map(column => `${quoteName(column)} = excluded.${quoteName(column)}`)
  let position = first
  for (const [column, piece] of updatePieces(options)) {
    sets.push(`${quoteName(column)} = ${render(piece, position, placeholder)}`)
    position += piece.values.length
  }
  const action = sets.length > 0 ? `update set ${sets.join(', ')}` : 'nothing'
  return ` on conflict (${key.map(quoteName).join(', ')}) do ${action}`
}
