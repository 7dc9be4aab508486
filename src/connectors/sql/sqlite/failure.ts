import { type ErrorCode, type Fate, IsthmusError } from '../../../errors.ts'
import { type Statement, unchanged } from '../database.ts'
import { lockText } from './branch-work.ts'

/** What the worker tells of an error. `code` is SQLite's extended result code; 0 for an error of another origin. */
export interface SqliteError {
  readonly code: number
  readonly message: string
  /** It came out of the commit. */
  readonly committing: boolean
}

export interface Failure {
  readonly error: IsthmusError
  /** The reason lies in some of the rows, or in an effect key that is known. */
  readonly rows: boolean
}

type Meaning = readonly [code: ErrorCode, remedy: string, fate?: Fate]

/** By primary result code. Source: SQLite documentation, "Result and Error Codes". */
const meanings: Readonly<Record<number, Meaning>> = {
  3: ['TARGET-CREDENTIALS', 'give this process the right to read and write the file'],
  5: ['TARGET-UNAVAILABLE', 'somebody else is writing; it is tried again'],
  6: ['TARGET-UNAVAILABLE', 'somebody else is writing; it is tried again'],
  8: ['TARGET-UNAVAILABLE', 'the file is read-only for this process'],
  10: ['TARGET-UNAVAILABLE', 'see whether the disk is sound'],
  11: ['TARGET-CONTRACT', 'the file is damaged: restore it', 'pause'],
  13: ['TARGET-UNAVAILABLE', 'the disk is full'],
  14: ['TARGET-UNAVAILABLE', 'see whether the folder of the file exists and may be written'],
  18: ['TARGET-REFUSED', 'the record is too large'],
  19: ['TARGET-REFUSED', 'correct the message, or what the table demands'],
  20: ['TARGET-REFUSED', 'correct the message or the mapping'],
  26: ['TARGET-CONTRACT', 'the file is no SQLite database: check the path', 'pause'],
}

const disagreement: Meaning = ['TARGET-CONTRACT', 'make the channel and the database agree', 'pause']
const unexpected: Meaning = ['TARGET-REFUSED', 'correct the message, the mapping or the statement']

/** Of our own, for a statement that compares and has changed no row: no code of SQLite. */
export const unchangedCode = -1

export function failureOf(thrown: SqliteError, doing: string, statement?: Statement): Failure {
  if (thrown.code === unchangedCode) return { error: unchanged(), rows: true }
  const primary = thrown.code & 0xff
  const [meant, remedy, fate] =
    ofLock(thrown) ?? demandsColumn(thrown, statement) ?? meanings[primary] ?? general(thrown)
  // A commit that the disk failed may be found there after all.
  const code = thrown.committing && primary === 10 ? 'TARGET-UNANSWERED' : meant
  const text = `${doing}: SQLite answers ${thrown.code}: ${thrown.message}. Remedy: ${remedy}.`
  return {
    error: new IsthmusError(code, text, {
      detail: { sqlite: thrown.code },
      fate: code === meant ? fate : undefined,
    }),
    rows: meant === 'TARGET-REFUSED',
  }
}

/** What the triggers say that lock a file for a branch. */
function ofLock({ code, message }: SqliteError): Meaning | undefined {
  if (code !== 1811 || message !== lockText) return undefined
  return ['TARGET-UNAVAILABLE', 'it is tried again; if it stays, see which transaction is in doubt']
}

/** A table that demands a column which the channel does not write refuses every row. */
function demandsColumn({ message }: SqliteError, statement: Statement | undefined): Meaning | undefined {
  const column = /^NOT NULL constraint failed: .*\.(.*)$/.exec(message)?.[1]
  if (column === undefined || !statement?.columns || statement.columns.includes(column)) return undefined
  return ['TARGET-CONTRACT', `give the column "${column}" a default, or add it to the channel`, 'pause']
}

/** SQLite has one code for what is wrong with a statement. */
function general({ message }: SqliteError): Meaning {
  const shape =
    /no such|has no column|no column named|syntax error|incomplete input|unrecognized token|does not match/
  return shape.test(message) ? disagreement : unexpected
}
