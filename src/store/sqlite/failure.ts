import { IsthmusError, reasonOf } from '../../errors.ts'

type Meaning = readonly ['STORE-FULL' | 'STORE-UNAVAILABLE' | 'STORE-FAILED', string]

const full: Meaning = [
  'STORE-FULL',
  'no space is left for the store; it goes on by itself once there is some',
]
const unusable: Meaning = [
  'STORE-UNAVAILABLE',
  'the files of the store cannot be used: check path, permissions and limits',
]
const locked: Meaning = [
  'STORE-UNAVAILABLE',
  'another program locks the database of the store: let it finish',
]
const damage: Meaning = ['STORE-FAILED', 'the store is damaged: run `isthmus verify`, restore from a backup']
const diskFailed: Meaning = [
  'STORE-FAILED',
  'the disk failed; what was not acknowledged is unknown: check the disk, start again',
]
const unexpected: Meaning = [
  'STORE-FAILED',
  'the store failed unexpectedly: start again, and report this if it repeats',
]

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const meanings: Readonly<Record<number, Meaning>> = {
  5: locked, // BUSY
  6: locked, // LOCKED
  8: ['STORE-FAILED', 'the database of the store became read-only: mount it for writing and start again'], // READONLY
  10: diskFailed, // IOERR
  11: damage, // CORRUPT
  13: full, // FULL
  14: unusable, // CANTOPEN
  26: damage, // NOTADB
}

/** A write failed (`SQLITE_IOERR_WRITE`), or the shared index of the log cannot grow (`SQLITE_IOERR_SHMSIZE`). */
const shortOfSpace = [10 | (3 << 8), 10 | (19 << 8)]

/** What an error of SQLite or the system means for the store in `directory`, with what to do about it. */
export function storeError(error: unknown, directory: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const [code, text] = meaningOf(error)
  return new IsthmusError(code, `${text} (${directory}: ${reasonOf(error)})`, { cause: error })
}

function meaningOf(error: unknown): Meaning {
  if (error instanceof Error && 'syscall' in error && 'code' in error)
    return { ENOSPC: full, EDQUOT: full, EIO: diskFailed }[String(error.code)] ?? unusable
  return meanings[codeOf(error) & 0xff] ?? unexpected
}

/** Damage that a checksum or a count has shown. */
export function damaged(table: string, what: string, at: { flow?: string; seq?: number } = {}): IsthmusError {
  const flow = at.flow === undefined ? '' : `, flow ${at.flow}`
  const seq = at.seq === undefined ? '' : `, message ${at.seq}`
  const text = `the store is damaged: table ${table}${flow}${seq}: ${what}`
  const remedy = 'Nothing of it is served: run `isthmus verify`, and restore from a backup'
  return new IsthmusError('STORE-FAILED', `${text}. ${remedy}`, { detail: { table, ...at } })
}

export function isSpaceSuspected(error: unknown): boolean {
  return shortOfSpace.includes(codeOf(error))
}

const codeOf = (error: unknown): number =>
  typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : 0
