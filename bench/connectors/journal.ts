import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { plantDirectory } from '../support/plant.ts'

/** What a careful script keeps of its messages. Each call is one synced transaction. */
export interface Journal {
  append(records: readonly object[]): void
  /** Marks the oldest that are not. */
  finish(count: number): void
  close(): void
}

export function openJournal(): Journal {
  const directory = plantDirectory()
  const db = new DatabaseSync(join(directory.path, 'journal.db'))
  db.exec('pragma journal_mode = wal; pragma synchronous = full')
  db.exec('create table journal (seq integer primary key, doc text, done int default 0)')
  const insert = db.prepare('insert into journal (doc) values (?)')
  const mark = db.prepare('update journal set done = 1 where seq > ? and seq <= ?')
  let finished = 0
  return {
    append(records) {
      db.exec('begin immediate')
      for (const record of records) insert.run(JSON.stringify(record))
      db.exec('commit')
    },
    finish(count) {
      mark.run(finished, finished + count)
      finished += count
    },
    close() {
      db.close()
      directory.remove()
    },
  }
}
