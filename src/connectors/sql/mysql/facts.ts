import { IsthmusError } from '../../../errors.ts'
import type { Row, Statement } from '../database.ts'
import type { Parameter } from '../sql-text.ts'

/** What has to be known of a table before it is written to, since MySQL would go on silently where others refuse. */
export interface TableFacts {
  /** Undefined for a table that is not there, and for a view. */
  readonly engine: string | undefined
  /** By name in lower case: MySQL does not tell names of columns apart by it. */
  readonly columns: ReadonlyMap<string, ColumnFacts>
  readonly uniques: readonly UniqueIndex[]
}

interface ColumnFacts {
  readonly type: string
  readonly nullable: boolean
  /** A row that does not mention it gets a value that no other row has, or NULL. */
  readonly distinct: boolean
}

interface UniqueIndex {
  readonly name: string
  readonly columns: readonly string[]
  /** It looks at the beginning of a text only. */
  readonly partial: boolean
}

type Ask = (text: string, values: readonly Parameter[]) => Promise<readonly Row[]>

export async function factsOf(table: string, ask: Ask): Promise<TableFacts> {
  const names = table.split('.')
  const place = [names.length > 1 ? (names[0] ?? null) : null, names.at(-1) ?? '', names.at(-1) ?? '']
  const of = `from information_schema.{} where table_schema = coalesce(?, database())
    and binary table_name = if(@@lower_case_table_names = 0, ?, lower(?))`
  const [tables, columns, indexes] = [
    await ask(`select engine as engine ${of.replace('{}', 'tables')}`, place),
    await ask(
      `select lower(column_name) as name, data_type as type, is_nullable = 'YES' as nullable,
        extra like '%auto_increment%' or column_default is null or column_default = 'NULL' as free
        ${of.replace('{}', 'columns')}`,
      place,
    ),
    await ask(
      `select index_name as name, lower(column_name) as part, sub_part is not null as partial
        ${of.replace('{}', 'statistics')} and non_unique = 0 order by index_name, seq_in_index`,
      place,
    ),
  ]
  const uniques = Map.groupBy(indexes, row => String(row.name))
  return {
    engine: tables[0]?.engine ? String(tables[0].engine) : undefined,
    columns: new Map(
      columns.map(row => [
        String(row.name),
        { type: String(row.type), nullable: Boolean(row.nullable), distinct: Boolean(row.free) },
      ]),
    ),
    uniques: [...uniques].map(([name, rows]) => ({
      name,
      columns: rows.map(row => String(row.part)),
      partial: rows.some(row => Boolean(row.partial)),
    })),
  }
}

/** Throws TARGET-CONTRACT where writing would not do what the channel promises. */
export function checkTable({ table, key, columns = [] }: Statement, facts: TableFacts): void {
  const { engine, uniques } = facts
  if (engine !== undefined && engine !== 'InnoDB')
    throw disagrees(`table ${table} has the engine ${engine}, which has no transactions`, 'make it InnoDB')
  if (!key || facts.columns.size === 0) return
  const wanted = lower(key)
  const own = uniques.find(index => !index.partial && isSame(index.columns, wanted))
  if (!own)
    throw disagrees(
      `table ${table} has no unique index on ${key.join(', ')}`,
      'make one, or correct the key of the channel',
    )
  const written = new Set(lower(columns))
  const others = uniques.filter(index => index !== own && !isFree(index, written, facts))
  if (others.length === 0 || facts.columns.get(wanted[0] ?? '')?.nullable === false) return
  throw disagrees(
    `table ${table} has another unique index, ${others[0]?.name}, by which MySQL could find a row with another key`,
    `make the column ${key[0]} not null`,
  )
}

/** A row that is inserted gets a value of its own, or none, in one of the columns. */
function isFree({ columns }: UniqueIndex, written: ReadonlySet<string>, facts: TableFacts): boolean {
  return columns.some(column => !written.has(column) && facts.columns.get(column)?.distinct === true)
}

function isSame(columns: readonly string[], others: readonly string[]): boolean {
  return columns.length === others.length && columns.every(column => others.includes(column))
}

function lower(names: readonly string[]): string[] {
  return names.map(name => name.toLowerCase())
}

function disagrees(what: string, remedy: string): IsthmusError {
  return new IsthmusError('TARGET-CONTRACT', `The ${what}. Remedy: ${remedy}.`, { fate: 'pause' })
}
