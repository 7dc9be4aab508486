import type { DatabaseSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import { damaged } from './failure.ts'

type Name = 'token' | 'clean' | 'partitions'

/** A number that concerns the whole store. */
export function readMeta(db: DatabaseSync, name: Name): number | undefined {
  const row = db.prepare('select value, crc from meta where name = ?').get(name)
  if (row === undefined) return undefined
  if (checksum([name, Number(row.value)]) !== row.crc)
    throw damaged('meta', `the checksum of ${name} does not fit`)
  return Number(row.value)
}

export function writeMeta(db: DatabaseSync, name: Name, value: number): void {
  db.prepare('replace into meta (name, value, crc) values (?, ?, ?)').run(
    name,
    value,
    checksum([name, value]),
  )
}
