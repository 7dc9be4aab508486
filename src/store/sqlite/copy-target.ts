import { closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { IsthmusError } from '../../errors.ts'
import type { Target } from '../copy/ends.ts'
import { storeMoved } from '../copy/store-moved.ts'
import { sqliteOrigin } from './copy-origin.ts'
import { SqliteWriting } from './copy-writing.ts'
import { writeMeta } from './meta.ts'
import { OwnerLock } from './owner-lock.ts'
import { readMark, syncDirectory, writeMark } from './relocation.ts'
import { openWriter } from './schema.ts'

/** A new store in a data directory. All it does is synchronous: its caller waits for it. */
export function sqliteTarget(directory: string, partitions = 1): Target {
  const origin = sqliteOrigin(directory)
  let lock: OwnerLock | undefined
  let db: DatabaseSync | undefined
  let writing: SqliteWriting | undefined
  const open = (): SqliteWriting => {
    if (writing === undefined) throw new TypeError('the copy has not begun')
    return writing
  }
  return {
    ...origin,
    partitions,
    begin: async from => {
      lock = new OwnerLock(directory, 'isthmus store copy', hostname())
      requireFree(directory, from)
      writeMark(directory, { state: 'copying', other: from })
      for (const file of ['journal.db', 'journal.db-wal', 'journal.db-shm'])
        rmSync(join(directory, file), { force: true })
      db = openWriter(join(directory, 'journal.db')).db
      // Whoever is killed begins anew: only the end must be durable.
      db.exec('pragma synchronous = off; pragma wal_autocheckpoint = 4096')
      writing = new SqliteWriting(db, partitions)
    },
    entries: async (flow, entries) => open().entries(flow, entries),
    settled: async (flow, settled) => open().settled(flow, settled),
    remove: async (flow, seqs) => open().remove(flow, seqs),
    progress: async (flow, progress) => open().progress(flow, progress),
    identities: async identities => open().identities(identities),
    forgetIdentities: async () => db?.exec('delete from identities'),
    setPositions: async positions => open().positions(positions),
    stream: async (head, events) => open().streams.write(head, events),
    removeStream: async name => open().streams.remove(name),
    complete: async lastPosition => open().complete(lastPosition),
    finish: async clean => {
      if (db === undefined || lock === undefined) throw new TypeError('the copy has not begun')
      writeMeta(db, 'token', 0)
      writeMeta(db, 'clean', clean ? 1 : 0)
      writeMeta(db, 'partitions', partitions)
      db.exec('pragma synchronous = full; pragma wal_checkpoint(truncate)')
      syncFile(join(directory, 'journal.db'))
      lock.noteStore()
      writeMark(directory, undefined)
    },
    close: async () => {
      await origin.close()
      db?.close()
      lock?.release()
    },
  }
}

function requireFree(directory: string, from: string): void {
  const mark = readMark(directory)
  if (mark?.state === 'copying' && mark.other === from) return
  if (mark !== undefined) throw storeMoved(directory, mark)
  if (!existsSync(join(directory, 'journal.db'))) return
  const text = `${directory} holds a store already: copy into a new directory, or remove journal.db* and lock.db there.`
  throw new IsthmusError('CLI-USAGE', text)
}

/** What was written without waiting for the disk, and what made the files. */
function syncFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  syncDirectory(join(path, '..'))
}
