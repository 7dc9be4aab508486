import { IsthmusError, reasonOf } from '../../errors.ts'

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const sqliteCode = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
}

/** A write failed (`SQLITE_IOERR_WRITE`), or the shared index of the log cannot grow (`SQLITE_IOERR_SHMSIZE`). */
const shortOfSpace = [10 | (3 << 8), 10 | (19 << 8)]

/** What an error of SQLite means for the store in `directory`, with what to do about it. */
export function storeError(error: unknown, directory: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const reason = reasonOf(error)
  const stated = (code: 'STORE-FULL' | 'STORE-UNAVAILABLE' | 'STORE-FAILED', text: string) =>
    new IsthmusError(code, `${text} (${directory}: ${reason})`, { cause: error })
  switch (primaryCode(error)) {
    case sqliteCode.full:
      return stated('STORE-FULL', 'no space is left for the store; it goes on by itself once there is some')
    case sqliteCode.busy:
    case sqliteCode.locked:
      return stated('STORE-UNAVAILABLE', 'another program locks the database of the store: let it finish')
    case sqliteCode.cantOpen:
      return stated(
        'STORE-UNAVAILABLE',
        'the database of the store cannot be opened: check path, permissions and limits',
      )
    case sqliteCode.readOnly:
      return stated(
        'STORE-FAILED',
        'the database of the store became read-only: mount it for writing and start again',
      )
    case sqliteCode.ioError:
      return stated(
        'STORE-FAILED',
        'the disk failed; what was not acknowledged is unknown: check the disk, start again',
      )
    case sqliteCode.corrupt:
    case sqliteCode.notADatabase:
      return stated(
        'STORE-FAILED',
        'the database of the store is damaged: run `isthmus verify`, restore from a backup',
      )
    default:
      return stated(
        'STORE-FAILED',
        'the store failed unexpectedly: start again, and report this if it repeats',
      )
  }
}

/** Damage that a checksum or a count has shown. */
export function damaged(
  table: string,
  flow: string | undefined,
  seq: number | undefined,
  what: string,
): IsthmusError {
  const place = [flow === undefined ? '' : `flow ${flow}`, seq === undefined ? '' : `message ${seq}`].filter(
    Boolean,
  )
  return new IsthmusError(
    'STORE-FAILED',
    `the store is damaged: ${[`table ${table}`, ...place].join(', ')}: ${what}. ` +
      'Nothing of it is served: run `isthmus verify`, and restore from a backup',
    { detail: { table, flow, seq } },
  )
}

export function isSpaceSuspected(error: unknown): boolean {
  return shortOfSpace.includes(codeOf(error))
}

const primaryCode = (error: unknown): number => codeOf(error) & 0xff

const codeOf = (error: unknown): number =>
  typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : 0
