import { type ErrorCode, type Fate, IsthmusError, reasonOf } from '../../../errors.ts'
import { branchesTable, effectsTable, type Statement } from '../database.ts'

/** An error that the server sent, as mysql2 gives it. `code` is MySQL's name for the number, which MariaDB may use otherwise. */
interface ServerError extends Error {
  readonly errno: number
  readonly sqlState?: string | undefined
  readonly sqlMessage: string
  readonly fatal?: boolean | undefined
}

/** `lost` says that the connection ended, or that its state cannot be trusted. */
export interface Failure {
  readonly error: IsthmusError
  /** The reason lies in some of the rows, in a lock on some of them, or in an effect key that is known. */
  readonly rows: boolean
  readonly lost: boolean
}

type Meaning = readonly [code: ErrorCode, remedy: string, fate?: Fate]

const refused: Meaning = ['TARGET-REFUSED', 'correct the message, or what the table demands']
const contract: Meaning = ['TARGET-CONTRACT', 'make the channel and the database agree', 'pause']
const credentials: Meaning = ['TARGET-CREDENTIALS', 'check user, password and rights']
const again: Meaning = ['TARGET-UNAVAILABLE', 'somebody else holds a lock; it is tried again']
const slow: Meaning = [
  'TARGET-UNAVAILABLE',
  'the statement was stopped; if it is slow, raise statementTimeout',
]
const readOnly: Meaning = ['TARGET-UNAVAILABLE', 'the server is read-only: see whether it is a replica']
const exhausted: Meaning = ['TARGET-UNAVAILABLE', 'the server lacks connections, memory or disk space']
const stopped: Meaning = ['TARGET-UNAVAILABLE', 'see whether the server runs']
const commits: Meaning = ['TARGET-CONTRACT', 'the procedure commits by itself: declare its effect', 'pause']

/** Source: MariaDB documentation, "Error Codes"; MySQL documentation, "Server Error Message Reference". */
const meanings: ReadonlyMap<number, Meaning> = new Map([
  ...each(again, 1205, 1213, 1412, 1614, 1615, 3572),
  ...each(slow, 1317, 1969, 3024),
  ...each(readOnly, 1290, 1792, 1836),
  ...each(exhausted, 1021, 1037, 1038, 1040, 1041, 1114, 1203, 1226, 1461),
  ...each(stopped, 1047, 1053, 1129, 1152, 1158, 1159, 1160, 1161, 1927, 2006, 2013),
  ...each(credentials, 1044, 1045, 1130, 1142, 1143, 1227, 1251, 1370, 1698, 1820, 1862, 3118, 4151),
  [1049, ['CONFIG-INVALID', 'check the database in the url']],
  ...each(contract, 1054, 1064, 1109, 1110, 1136, 1146, 1149, 1166, 1235, 1295, 1305, 1318, 1347, 1356, 1364),
  ...each(contract, 1365, 1390, 1414, 1471, 1665, 3105),
  ...each(commits, 1399, 1422),
  ...each(refused, 1022, 1048, 1062, 1169, 1216, 1217, 1242, 1263, 1264, 1265, 1292, 1366, 1367, 1369, 1406),
  ...each(refused, 1411, 1451, 1452, 1525, 1526, 1586, 1690, 3140, 3819, 4025, 4038),
  [1153, ['TARGET-REFUSED', 'the record is larger than max_allowed_packet of the server']],
  [1644, ['TARGET-REFUSED', 'a trigger or procedure of the database refuses the record']],
])

/** By the class of the SQLSTATE, for numbers that are not listed. */
const classes: Readonly<Record<string, Meaning>> = {
  '21': refused,
  '22': refused,
  '23': refused,
  '28': credentials,
  '40': again,
  '42': contract,
  '45': refused,
}

const unexpected: Meaning = ['TARGET-UNAVAILABLE', 'see the log of the server']

/** Messages that quote a value. */
const quotesValue = new Set([1062, 1292, 1366, 1367, 1411, 1525, 1582, 1586, 1690])
/** After these the other rows of a batch may pass. */
const locks = new Set([1205, 1213])

export function failureOf(error: unknown, doing: string, statement?: Statement): Failure {
  if (error instanceof IsthmusError) {
    const rows = error.code === 'TARGET-REFUSED' || error.code === 'TARGET-CHANGED'
    return { error, rows, lost: false }
  }
  if (!isServerError(error)) return { error: connectionError(error, doing), rows: false, lost: true }
  const { errno, sqlState = '' } = error
  const [code, remedy, fate] =
    ofEffects(error) ??
    ofColumn(error, statement) ??
    meanings.get(errno) ??
    classes[sqlState.slice(0, 2)] ??
    unexpected
  const text = `${doing}: the server answers ${errno}: ${shown(error)}. Remedy: ${remedy}.`
  const rows = code === 'TARGET-REFUSED' || locks.has(errno)
  return {
    error: new IsthmusError(code, text, { detail: { mysql: errno, sqlstate: sqlState }, fate }),
    rows,
    lost: error.fatal === true || !(rows || harmless(code)),
  }
}

/** For what has no outcome to be lost: connecting and reading. */
export function beforeAnything(error: unknown, doing: string, statement?: Statement): IsthmusError {
  return failureOf(error, doing, statement).error
}

/** The commit was sent, and its answer does not say what became of it. */
export function lostCommit({ error, lost }: Failure): IsthmusError {
  const number = error.detail.mysql
  const certain = !lost || number === 1213
  if (certain && number !== 1180) return error
  const text = `${error.message} It is not known whether the commit took place.`
  return new IsthmusError('TARGET-UNANSWERED', text, { detail: error.detail })
}

function each(meaning: Meaning, ...numbers: readonly number[]): (readonly [number, Meaning])[] {
  return numbers.map(number => [number, meaning])
}

function harmless(code: ErrorCode): boolean {
  return code === 'TARGET-CONTRACT' || code === 'TARGET-CREDENTIALS'
}

/** To whom may not read a table, MySQL does not say that it is missing. */
function ofEffects({ errno, sqlMessage }: ServerError): Meaning | undefined {
  return errno === 1142 &&
    /^SELECT /.test(sqlMessage) &&
    [effectsTable, branchesTable].some(table => sqlMessage.includes(table))
    ? contract
    : undefined
}

/** What only the declaration of the channel tells: a column that no row would get, or the guard of an upsert. */
function ofColumn({ errno, sqlMessage }: ServerError, statement: Statement | undefined): Meaning | undefined {
  const column = /(?:Column|Field) '(.*?)'/.exec(sqlMessage)?.[1]
  if (column === undefined || !statement?.columns) return undefined
  if (errno === 1048 && column === statement.key?.[0])
    return ['TARGET-REFUSED', 'another row has the same value in another unique column: correct one of them']
  if (errno !== 1364 && errno !== 1048) return undefined
  if (statement.columns.includes(column)) return undefined
  return ['TARGET-CONTRACT', `give the column "${column}" a default, or add it to the channel`, 'pause']
}

/** The server's words without the value that it quotes, which may be confidential. */
function shown({ errno, sqlMessage }: ServerError): string {
  if (!quotesValue.has(errno)) return sqlMessage
  const hidden = sqlMessage.replace(/'.*'(?= for )/s, "'...'")
  return hidden === sqlMessage ? sqlMessage.replace(/'.*'/s, "'...'") : hidden
}

function connectionError(error: unknown, doing: string): IsthmusError {
  // An error of several addresses has no message of its own.
  const reason = reasonOf(error) || String((error as { code?: unknown }).code)
  const { code } = error as { code?: unknown }
  const isAuthentication = typeof code === 'string' && code.startsWith('AUTH_SWITCH')
  return new IsthmusError(
    isAuthentication ? 'TARGET-CREDENTIALS' : 'TARGET-UNAVAILABLE',
    `${doing}: the server cannot be reached: ${reason}`,
    { cause: error },
  )
}

function isServerError(error: unknown): error is ServerError {
  if (!(error instanceof Error) || !('errno' in error) || !('sqlMessage' in error)) return false
  return typeof error.errno === 'number' && error.errno > 0 && typeof error.sqlMessage === 'string'
}
