import type { Lists } from '../database.ts'
import type { Parameter } from '../sql-text.ts'

/**
 * Arrays, one for each column. Their elements are read as parameters would be: by the type of the column, without its
 * length, which the insert sees to. Types whose arrays are written in other ways are left out; arrays of arrays would
 * fall apart into their elements.
 */
export const lists: Lists = {
  types: table => ({
    text: `select a.attname as name, quote_ident(n.nspname) || '.' || quote_ident(t.typname) as type
      from pg_attribute as a join pg_type as t on t.oid = a.atttypid join pg_namespace as n on n.oid = t.typnamespace
      where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
        and t.typarray <> 0 and t.typcategory <> 'A' and t.typdelim = ','`,
    values: [table],
  }),
  rows: types => `select * from unnest(${types.map((type, n) => `$${n + 1}::${type}[]`).join(', ')})`,
  list,
}

/** Source: PostgreSQL documentation, 8.15.2 Array Value Input. */
export function list(values: readonly Parameter[]): string | undefined {
  let text = '{'
  for (const value of values) {
    if (text.length > 1) text += ','
    if (value === null) text += 'NULL'
    else if (typeof value === 'string') text += special.test(value) ? escaped(value) : `"${value}"`
    else if (typeof value === 'object') return undefined
    else text += value
  }
  return `${text}}`
}

const special = /["\\]/
const escaped = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
