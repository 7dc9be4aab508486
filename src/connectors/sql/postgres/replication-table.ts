import type { Database } from '../database.ts'
import { rowsOf } from '../database.ts'
import { quoteName, quoteTable } from '../identifier.ts'
import type { Relation } from './replication-messages.ts'
import { demand } from './replication-place.ts'

/** A table that can be captured, as the catalogue describes it. */
export interface CapturedTable {
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** Quoted, with its schema. */
  readonly quoted: string
  /** Columns of the primary key, or of the index that identifies rows in the log; may be none if the log has whole rows. */
  readonly key: readonly string[]
}

interface Column {
  readonly name: string
  readonly generated: boolean
}

const catalogue = `select c.oid::int8::text as oid, n.nspname as schema, c.relname as name, c.relreplident as identity,
  (select json_agg(json_build_object('name', a.attname, 'generated', a.attgenerated <> '') order by a.attnum)
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select json_agg(a.attname order by k.place)
    from pg_index i cross join unnest(i.indkey::int2[]) with ordinality k (number, place)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
    where i.indrelid = c.oid and k.place <= i.indnkeyatts
      and case c.relreplident when 'i' then i.indisreplident else i.indisprimary end) as key
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass($1)`

/** Throws, with the remedy, if changes of the table could not be captured as the model wants them. */
export async function findTable(
  database: Database,
  table: string,
  fields: readonly string[],
  signal: AbortSignal,
): Promise<CapturedTable> {
  const quotedAsGiven = quoteTable(table)
  const [row] = await rowsOf(database, { text: catalogue, values: [quotedAsGiven] }, signal)
  if (!row)
    throw demand(`There is no table ${table}`, 'check its name, its schema and the rights of the user')
  const schema = String(row.schema)
  const name = String(row.name)
  const quoted = `${quoteName(schema)}.${quoteName(name)}`
  const columns: Column[] = JSON.parse(String(row.columns ?? '[]'))
  const key: string[] = row.key === null ? [] : JSON.parse(String(row.key))
  for (const field of fields) {
    const column = columns.find(each => each.name === field)
    if (!column) throw demand(`Table ${table} has no column "${field}"`, 'make model and table agree')
    if (column.generated)
      throw demand(`Column "${field}" of ${table} is generated`, 'leave it out: the log does not hold it')
  }
  // An update of a published table without it is refused by the server, to whoever makes it.
  if (row.identity !== 'f' && (row.identity === 'n' || key.length === 0))
    throw demand(
      `Rows of ${table} cannot be told apart in the log`,
      `run: alter table ${quoted} replica identity full;`,
    )
  return { oid: Number(row.oid), schema, name, quoted, key }
}

/** Also of a table that was renamed, or dropped and made again. */
export function isOf({ oid, schema, name }: CapturedTable, relation: Relation): boolean {
  return relation.id === oid || (relation.schema === schema && relation.name === name)
}
