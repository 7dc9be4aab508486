import { hash } from 'node:crypto'
import { toText } from './postgres/stored-text.ts'

/*
 * Names of identities that are too long for an index are kept as digests only, and each store makes its own. A store
 * that was copied from another one finds such a name by the digest that the other one had.
 */

const longest = 200

/** The digest by which the SQLite store keeps a name; undefined if it keeps the name itself. */
export function sqliteDigest(name: string): Buffer | undefined {
  if (name.length <= longest && name.isWellFormed()) return undefined
  return hash('sha256', Buffer.from(name, 'utf16le'), 'buffer')
}

/** The same of the PostgreSQL store, which escapes some characters before it measures. */
export function postgresDigest(name: string): Buffer | undefined {
  // An escaped character takes six at most.
  if (name.length * 6 <= longest) return undefined
  const text = toText(name)
  return text.length <= longest ? undefined : hash('sha256', text, 'buffer')
}
