import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { identitySum } from './accepting.ts'
import { damaged, storeError } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos, FlowTable } from './flow-table.ts'
import { requireSoundLog } from './log-check.ts'
import { readMeta } from './meta.ts'
import { NameIndexReader } from './name-index.ts'
import { Reader } from './reader.ts'
import { openReader, pragma } from './schema.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored } from './stored-text.ts'
import { verifyKeys } from './verify-keys.ts'
import { verifyNewestStreams, verifyStreams } from './verify-streams.ts'

/** A database up to this size is checked whole after a crash; of a larger one only what was written last. */
const wholeUpTo = 256 * 2 ** 20
const newest = 1000

/** Checks, before anything is accepted, what a crash may have left. Throws STORE-FAILED if it is damaged. */
export function verifyAfterCrash(db: DatabaseSync): void {
  if (pragma(db, 'page_count') * pragma(db, 'page_size') <= wholeUpTo) requireSound(db, 'quick_check(1)')
  const reader = new Reader(db)
  for (const { flow, head } of reader.flows()) {
    reader.entries({ flow, after: Math.max(0, head - newest), limit: newest })
    reader.settled({ flow, from: Math.max(1, head - newest), to: head })
    reader.unfinished({ flow, limit: newest })
  }
  verifyNewestStreams(db)
}

/**
 * Reads all that the store in directory `path` holds, running or stopped, and gives what is damaged: nothing if it is
 * sound. Throws when it cannot be read for another reason, such as STORE-VERSION. Takes as long as reading the files takes, and blocks the thread; intake of another process goes on.
 */
export function verifySqliteStore(path: string): string[] {
  const problems: string[] = []
  const attempt = (work: () => void) => {
    try {
      work()
    } catch (error) {
      const problem = storeError(error, path)
      if (problem.code !== 'STORE-FAILED') throw problem
      problems.push(problem.message)
    }
  }
  attempt(() => requireSoundLog(join(path, 'journal.db-wal')))
  attempt(() => {
    const db = openReader(join(path, 'journal.db'))
    try {
      db.exec('begin')
      attempt(() => requireSound(db, 'integrity_check(10)'))
      attempt(() => verifyWhole(db))
      attempt(() => verifyIdentities(db))
      for (const flow of new FlowTable(db, 'read').all()) attempt(() => verifyFlow(db, flow))
      verifyKeys(db, attempt)
      verifyStreams(db, attempt)
    } finally {
      db.close()
    }
  })
  return [...new Set(problems)]
}

function requireSound(db: DatabaseSync, check: string): void {
  const found = db
    .prepare(`pragma ${check}`)
    .all()
    .map(row => String(Object.values(row)[0]))
  if (found[0] !== 'ok') throw damaged('(any)', `SQLite finds ${found.join('; ')}`)
}

function verifyWhole(db: DatabaseSync): void {
  readMeta(db, 'token')
  readMeta(db, 'clean')
  const reader = new Reader(db)
  reader.flows()
  for (const row of db.prepare('select source from positions').iterate())
    reader.position(fromStored(row.source as StoredText))
}

function verifyIdentities(db: DatabaseSync): void {
  for (const row of db.prepare('select name, content, id, at, crc from identities').iterate()) {
    const { name, content, at } = row as { name: StoredText; content: string; at: number }
    const id = fromStored(row.id as StoredText)
    if (identitySum(name, id, at, content) !== row.crc)
      throw damaged('identities', `the checksum of a row does not fit (message id ${id})`)
  }
}

function verifyFlow(db: DatabaseSync, flow: FlowRow): void {
  const reader = new Reader(db)
  const names = new NameIndexReader(db)
  let count = 0
  let ended = 0
  for (let after = 0; ; ) {
    const entries = reader.entries({ flow: flow.name, after, limit: newest, bytes: 16 * 2 ** 20 })
    count += entries.length
    const last = entries.at(-1)
    if (last === undefined) break
    const lost = entries.find(entry => !names.knows(flow, entry))
    if (lost !== undefined)
      throw damaged('names', 'it is not found by its key or id', { flow: flow.name, seq: lost.seq })
    ended += reader.settled({ flow: flow.name, from: after + 1, to: last.seq }).length
    after = last.seq
  }
  if (count !== flow.entries || count + flow.delivered + flow.filtered + flow.discarded !== flow.head)
    throw damaged('journal', `${flow.entries} messages are counted, ${count} are there`, { flow: flow.name })
  if (ended !== flow.ended)
    throw damaged('settled', `${flow.ended} messages are counted, ${ended} are there`, { flow: flow.name })
  reader.unfinished({ flow: flow.name, limit: Number.MAX_SAFE_INTEGER })
  const base = basePos(flow)
  const foreign = db
    .prepare('select last from journal where pos > ? and pos < ? and last > ? limit 1')
    .get(base, base + 2 ** 40, base + flow.head)
  if (foreign !== undefined)
    throw damaged('journal', 'it was never given out', { flow: flow.name, seq: Number(foreign.last) - base })
}
