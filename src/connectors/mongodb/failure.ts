import { type ErrorCode, type Fate, IsthmusError, reasonOf } from '../../errors.ts'

type Meaning = readonly [code: ErrorCode, remedy: string, fate?: Fate]

const refused: Meaning = ['TARGET-REFUSED', 'correct the message or the mapping']
const tooLarge: Meaning = ['TARGET-REFUSED', 'a document has at most 16 MiB']
const credentials: Meaning = ['TARGET-CREDENTIALS', 'check user, password, authSource and roles']
const moved: Meaning = ['TARGET-UNAVAILABLE', 'another server becomes primary; it is tried again']
const busy: Meaning = ['TARGET-UNAVAILABLE', 'it is tried again; if it is slow, raise callTimeout']
const disagree: Meaning = ['TARGET-CONTRACT', 'make the channel and the database agree', 'pause']
const gap: Meaning = [
  'SOURCE-GAP',
  'a gap is possible: see how much time the oplog holds, and compare the systems',
]

const table: readonly (readonly [meaning: Meaning, codes: readonly number[]])[] = [
  [refused, [2, 9, 14, 15, 16, 28, 40, 51, 52, 53, 54, 55, 56, 57, 66, 121]],
  [
    ['TARGET-REFUSED', 'another document has this value of a unique index'],
    [11000, 11001, 12582],
  ],
  [tooLarge, [10334, 17280, 17419, 17420]],
  [credentials, [11, 13, 18, 31, 33, 334, 391, 8000]],
  [moved, [91, 189, 10058, 10107, 11600, 11602, 13435, 13436]],
  [busy, [6, 7, 24, 46, 50, 64, 89, 112, 133, 134, 202, 262, 290, 9001, 11601]],
  [['TARGET-UNAVAILABLE', 'the disk of the server is full'], [14031]],
  [disagree, [20, 26, 59, 72, 73, 100, 115, 166, 168, 40324]],
  [gap, [260, 280, 286, 40576, 40615, 50811]],
]

/** By code. Source: `src/mongo/base/error_codes.yml` of MongoDB. */
const meanings = new Map(table.flatMap(([meaning, codes]) => codes.map(code => [code, meaning] as const)))
const unexpected: Meaning = ['TARGET-UNAVAILABLE', 'see the log of the server']

/** What the server says of one item, of a call, or of how durable it is. */
export interface ServerWords {
  readonly code?: unknown
  readonly codeName?: unknown
  readonly errmsg?: unknown
}

export function isDuplicate({ code }: ServerWords): boolean {
  return code === 11000 || code === 11001
}

/** What the server said of an item that it did not apply. */
export function itemFailure(words: ServerWords, doing: string): IsthmusError {
  const code = Number(words.code)
  const [meant, remedy, fate] = meanings.get(code) ?? unexpected
  const name = typeof words.codeName === 'string' ? ` (${words.codeName})` : ''
  const text = `${doing}: MongoDB answers ${code}${name}: ${shown(words.errmsg)}. Remedy: ${remedy}.`
  return new IsthmusError(meant, text, { detail: { code }, fate })
}

/** For a call that changes nothing. */
export function readFailure(error: unknown, doing: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const words = wordsOf(error)
  if (words) return itemFailure(words, doing)
  const known = driverFailure(error, doing)
  return known ?? new IsthmusError('TARGET-UNAVAILABLE', `${doing}: ${safeReason(error)}`, { cause: error })
}

/** For a call that writes several items: whatever may have been reached before the failure has an unknown outcome. */
export function writeFailure(error: unknown, doing: string): IsthmusError {
  const failure = readFailure(error, doing)
  if (failure.code !== 'TARGET-UNAVAILABLE' || error === failure || nothingHappened(error)) return failure
  return new IsthmusError('TARGET-UNANSWERED', `${failure.message} The outcome is not known.`, {
    cause: error,
    detail: failure.detail,
  })
}

/** For a source: a system that cannot be reached is a source that failed, and is started again. */
export function sourceFailure(error: unknown, doing: string): IsthmusError {
  const failure = readFailure(error, doing)
  if (failure.code !== 'TARGET-UNAVAILABLE') return failure
  return new IsthmusError('SOURCE-FAILED', failure.message, { cause: error })
}

/** Errors of the driver before anything is sent. */
const before = new Set([
  'MongoServerSelectionError',
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoDNSError',
])

/** For a call that was given up before it was sent. */
export function notSent(): IsthmusError {
  return new IsthmusError('TARGET-UNAVAILABLE', 'The call was given up before it was sent.')
}

/** Whether the driver found no server, in the time that it has for that. */
export function isWithoutServer(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongoServerSelectionError'
}

function nothingHappened(error: unknown): boolean {
  const labels = (error as { errorLabelSet?: ReadonlySet<string> }).errorLabelSet
  if (labels?.has('NoWritesPerformed') || labels?.has('HandshakeError')) return true
  return error instanceof Error && before.has(error.name)
}

function driverFailure(error: unknown, doing: string): IsthmusError | undefined {
  const name = error instanceof Error ? error.name : ''
  const text = `${doing}: ${safeReason(error)}`
  const make = (code: ErrorCode, fate?: Fate) => new IsthmusError(code, text, { cause: error, fate })
  if (/^(BSON|MongoInvalidArgument)/.test(name)) return make('MSG-ENCODE')
  if (name === 'MongoCompatibilityError') return make('TARGET-CONTRACT', 'pause')
  if (/^Mongo(Parse|MissingCredentials)/.test(name)) return make('CONFIG-INVALID')
  return undefined
}

function wordsOf(error: unknown): ServerWords | undefined {
  const { code, codeName, message, name } = error as Record<string, unknown>
  const isServer = typeof name === 'string' && /^Mongo(Server|WriteConcern)Error$/.test(name)
  return isServer && typeof code === 'number' ? { code, codeName, errmsg: message } : undefined
}

/** The server's words without the values that they quote, which may be confidential. */
function shown(message: unknown): string {
  const text = typeof message === 'string' ? message : 'no reason given'
  return text
    .replace(/\s*(dup key: )?[{[].*$/s, '')
    .replace(/"[^"]*"|'[^']*'/g, '"..."')
    .replace(/[.:\s]+$/, '')
}

/** The driver's words; none of an address, which may hold a password. */
function safeReason(error: unknown): string {
  return reasonOf(error)
    .replace(/mongodb(\+srv)?:\/\/\S*/g, 'mongodb://...')
    .replace(/[.\s]*$/, '.')
}
