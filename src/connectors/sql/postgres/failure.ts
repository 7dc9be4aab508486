import { type ErrorCode, type Fate, IsthmusError, reasonOf } from '../../../errors.ts'
import type { Statement } from '../database.ts'

/** An error that the server sent, as pg gives it. `severity` is a word in the server's language. */
interface ServerError extends Error {
  readonly code: string
  readonly severity: string
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly constraint?: string | undefined
  readonly where?: string | undefined
}

/** `lost` says that the connection ended, or that its state cannot be trusted. */
export interface Failure {
  readonly error: IsthmusError
  /** The reason lies in some of the rows, in a lock on some of them, or in an effect key that is known. */
  readonly rows: boolean
  readonly lost: boolean
}

type Meaning = readonly [code: ErrorCode, remedy: string, fate?: Fate]

/** By SQLSTATE, else by its class. Source: PostgreSQL documentation, appendix A. */
const meanings: Readonly<Record<string, Meaning>> = {
  '0A000': ['TARGET-UNAVAILABLE', 'if it stays, the statement uses something that this server cannot do'],
  '08': ['TARGET-UNANSWERED', 'see whether the server runs'],
  '21': ['TARGET-REFUSED', 'correct the message or the mapping'],
  '22': ['TARGET-REFUSED', 'correct the message or the mapping'],
  '23': ['TARGET-REFUSED', 'correct the message, or what the table demands'],
  '25006': ['TARGET-UNAVAILABLE', 'the server is read-only: see whether it is a standby'],
  '28': ['TARGET-CREDENTIALS', 'check user, password and pg_hba.conf'],
  '2D': ['TARGET-CONTRACT', 'the procedure commits by itself: declare its effect', 'pause'],
  '3D': ['CONFIG-INVALID', 'check the database in the url'],
  '3F': ['TARGET-CONTRACT', 'check the schema in the name of the table', 'pause'],
  '40': ['TARGET-UNAVAILABLE', 'it is tried again'],
  '42': ['TARGET-CONTRACT', 'make the channel and the database agree', 'pause'],
  '42501': ['TARGET-CREDENTIALS', 'grant the right to the user'],
  '53': ['TARGET-UNAVAILABLE', 'the server lacks connections, memory or disk space'],
  '55': ['TARGET-UNAVAILABLE', 'somebody else holds a lock; it is tried again'],
  '57': ['TARGET-UNAVAILABLE', 'the server stopped the statement; if it is slow, raise statementTimeout'],
  '58': ['TARGET-UNAVAILABLE', 'see the log of the server'],
  P0: ['TARGET-REFUSED', 'a trigger or function of the database refuses the record'],
}

const unexpected: Meaning = ['TARGET-UNAVAILABLE', 'see the log of the server']

/** Classes after which the connection serves on. */
const harmless = /^(21|22|23|2D|40|42|55P03|57014|P0)/

export function failureOf(error: unknown, doing: string, statement?: Statement): Failure {
  if (!isServerError(error)) return { error: connectionError(error, doing), rows: false, lost: true }
  const { code } = error
  const [meant, remedy, fate] =
    addsColumn(error, statement) ?? meanings[code] ?? meanings[code.slice(0, 2)] ?? unexpected
  const text = `${doing}: PostgreSQL answers ${code}: ${shown(error, statement)}. Remedy: ${remedy}.`
  const { table, column, constraint } = error
  return {
    error: new IsthmusError(meant, text, { detail: { sqlstate: code, table, column, constraint }, fate }),
    rows: meant === 'TARGET-REFUSED' || code === '55P03' || code === '40P01',
    lost: !harmless.test(code),
  }
}

/** A table that demands a column which the channel does not write refuses every row. */
function addsColumn(error: ServerError, statement: Statement | undefined): Meaning | undefined {
  if (error.code !== '23502' || !statement?.columns || !error.column) return undefined
  if (statement.columns.includes(error.column)) return undefined
  return ['TARGET-CONTRACT', `give the column "${error.column}" a default, or add it to the channel`, 'pause']
}

/** The server's words without the value that it quotes, which may be confidential, and with the column it is for. */
function shown(error: ServerError, statement: Statement | undefined): string {
  const parameter = Number(/\$(\d+)/.exec(error.where ?? '')?.[1])
  const column = statement?.columnOf?.(parameter)
  const reason = error.code.startsWith('22') ? error.message.replace(/".*"/s, '"..."') : error.message
  return column === undefined ? reason : `column "${column}": ${reason}`
}

function connectionError(error: unknown, doing: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const text = `${doing}: the connection ended and the outcome is not known: ${reasonOf(error)}`
  return new IsthmusError('TARGET-UNANSWERED', text, { cause: error })
}

/** The same for what has no outcome to be lost: connecting and reading. */
export function beforeAnything(error: unknown, doing: string, statement?: Statement): IsthmusError {
  const failure = failureOf(error, doing, statement).error
  if (failure.code !== 'TARGET-UNANSWERED') return failure
  // An error of several addresses has no message of its own.
  const reason = reasonOf(error) || String((error as { code?: unknown }).code)
  const code = /SASL|SCRAM/.test(reason) ? 'TARGET-CREDENTIALS' : 'TARGET-UNAVAILABLE'
  return new IsthmusError(code, `${doing}: PostgreSQL cannot be reached: ${reason}`, { cause: error })
}

function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string'
}
