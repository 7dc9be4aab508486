import { IsthmusError } from '../../errors.ts'

/** PostgreSQL cuts longer names off, so that two of them could mean one table. */
const longest = 63

/** A name that a table or column can have; throws FLOW-DEFINITION for others. */
export function checkIdentifier(name: string): string {
  const bytes = Buffer.byteLength(name)
  if (bytes > 0 && bytes <= longest && !name.includes('\0') && name.isWellFormed()) return name
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `${JSON.stringify(name.slice(0, 80))} cannot be the name of a table or column: a name has 1 to ${longest} bytes, ` +
      'none of them zero. A longer one is read through a view.',
  )
}

/** A column's name, quoted: upper and lower case count, and nothing in it can end the name. */
export function quoteName(name: string): string {
  return `"${checkIdentifier(name).replaceAll('"', '""')}"`
}

/** A table's name, quoted; a dot stands between schema and table: `mes.orders`. */
export function quoteTable(table: string, quote: (name: string) => string = quoteName): string {
  return table.split('.').map(checkIdentifier).map(quote).join('.')
}
