import { DatabaseSync } from 'node:sqlite'
import { IsthmusError } from '../../errors.ts'
import { streamTables } from './stream-schema.ts'

/** Version of the tables. A store of another one is refused. */
const format = 2
/** `ISTH`, in the header of the database file. */
const applicationId = 0x49535448
/** Older ones can damage a database when two connections write and checkpoint at once. */
const oldestSqlite = [3, 51, 3]

/**
 * A position (`pos`) is `flow number * 2^40 + seq`: rows of one flow stand together in order of `seq`. Every row
 * carries `crc`, its checksum including its place. Names are text, or bytes where text cannot hold them (stored-text.ts).
 */
const tables = `
  create table meta (name text primary key, value integer, crc integer) without rowid;

  -- One row per flow: the counts are kept with every change, so that a missing row of another table is noticed.
  create table flows (no integer primary key, name, counts text, crc integer);

  -- Messages that were accepted together; \`pos\` is the first, \`last\` the last (journal-rows.ts).
  create table journal (pos integer primary key, last integer, data blob, crc integer);

  -- Where keys and ids of 1024 neighbours are found; the newest are found by looking at them (name-index.ts).
  create table names (pos integer primary key, keys blob, ids blob);

  create table identities (name primary key, content text, id, at integer, crc integer) without rowid;

  -- One row per settlement and run of messages; \`pos\` is the first, \`last\` the last, never 1024 or more apart.
  create table settled (pos integer primary key, last integer, partition integer, data text, crc integer);

  create table unfinished (pos integer primary key, status text, key, partition integer, data text, crc integer);
  create index unfinished_status on unfinished (status);
  create index unfinished_key on unfinished (key);

  create table cursors (flow integer, partition integer, cursor integer, crc integer,
    primary key (flow, partition)) without rowid;

  create table positions (source primary key, position text, crc integer) without rowid;
`

/** Made of the journal: finds keys by their beginning (key-rows.ts). */
const keyTable = 'create table keys (no integer primary key, data blob, crc integer)'

/** Nearly all tables grow at their end, so that larger pages cost a single message little and spare many a lot. */
const pageSize = 8192

export const flowSpan = 2 ** 40
/** So many flows have a safe integer as position. */
export const flowsAtMost = 2 ** 13 - 1

export function requireSqlite(version: string | undefined = process.versions.sqlite): void {
  const numbers = (version ?? '0').split('.').map(Number)
  const differs = oldestSqlite.findIndex((least, index) => numbers[index] !== least)
  if (differs === -1 || (numbers[differs] ?? 0) > (oldestSqlite[differs] ?? 0)) return
  const wanted = oldestSqlite.join('.')
  throw new IsthmusError(
    'CONFIG-INVALID',
    `this Node.js brings SQLite ${version}, which can damage data: use a Node.js with SQLite ${wanted} or newer`,
  )
}

/** Opens the database for its one writer, and creates what is missing. Gives whether it was new. */
export function openWriter(file: string): { db: DatabaseSync; isNew: boolean } {
  const db = new DatabaseSync(file, { timeout: 5000 })
  db.exec(`pragma page_size = ${pageSize}; pragma journal_mode = wal; pragma synchronous = full`)
  db.exec('pragma wal_autocheckpoint = 0')
  db.exec(`pragma journal_size_limit = ${walLimit}; pragma cache_size = -32768; pragma temp_store = memory`)
  const isNew = pragma(db, 'user_version') === 0 && pragma(db, 'application_id') === 0 && isEmpty(db)
  if (isNew)
    db.exec(
      `begin immediate; ${tables}; ${streamTables}; ${keyTable}; pragma application_id = ${applicationId}; pragma user_version = ${format}; commit`,
    )
  requireFormat(db, file)
  // A store of an earlier release has none.
  if (!hasTable(db, 'keys')) db.exec(keyTable)
  return { db, isNew }
}

/** Opens the database for reading only, beside its writer or after its end. */
export function openReader(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 1000, readOnly: true })
  db.exec('pragma cache_size = -16384; pragma temp_store = memory')
  requireFormat(db, file)
  return db
}

/** Bytes that the write-ahead log is cut to once a checkpoint has emptied it. */
export const walLimit = 32 * 2 ** 20

function isEmpty(db: DatabaseSync): boolean {
  return db.prepare('select 1 from sqlite_schema limit 1').get() === undefined
}

export function hasTable(db: DatabaseSync, name: string): boolean {
  return db.prepare(`select 1 from sqlite_schema where type = 'table' and name = ?`).get(name) !== undefined
}

export function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0])
}

function requireFormat(db: DatabaseSync, file: string): void {
  if (isEmpty(db))
    throw new IsthmusError('STORE-UNAVAILABLE', `${file} holds nothing yet: start its owner first`)
  if (pragma(db, 'application_id') !== applicationId)
    throw new IsthmusError('CONFIG-INVALID', `${file} is not a store of Isthmus: check the configured path`)
  const found = pragma(db, 'user_version')
  if (found > format)
    throw new IsthmusError(
      'STORE-VERSION',
      `${file} has format ${found}, this version knows ${format}: start the version that wrote it, or a newer one`,
    )
  if (found < format)
    throw new IsthmusError(
      'STORE-VERSION',
      `${file} has format ${found} of a time before the first release: begin a new store`,
    )
}
