import { DatabaseSync } from 'node:sqlite'

/** Many rows at once into a database whose program does not run. */
export function inBulk<T>(path: string, work: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path)
  db.exec('pragma synchronous = off; begin immediate')
  const result = work(db)
  db.exec('commit')
  db.close()
  return result
}
