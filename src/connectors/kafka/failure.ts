import { type ErrorCode, type Fate, IsthmusError, reasonOf } from '../../errors.ts'

type Meaning = readonly [code: ErrorCode, remedy: string, fate?: Fate]

const unanswered: Meaning = ['TARGET-UNANSWERED', 'it is tried again under the same effect key']
const unavailable: Meaning = ['TARGET-UNAVAILABLE', 'it is tried again']
const replicas: Meaning = ['TARGET-UNAVAILABLE', 'too few replicas are in sync; see the brokers']
const tooLarge: Meaning = ['TARGET-REFUSED', 'it is larger than the topic allows (max.message.bytes)']
const refused: Meaning = ['TARGET-REFUSED', 'correct the message, or the settings of the topic']
const credentials: Meaning = ['TARGET-CREDENTIALS', 'check user, password, mechanism and the ACLs']
const disagree: Meaning = ['TARGET-CONTRACT', 'make the channel and the cluster agree', 'pause']
const absent: Meaning = [
  'TARGET-CONTRACT',
  'have the topic made in the cluster, or name another one; a sink with "create" makes it, if the brokers do',
  'pause',
]
const fenced: Meaning = [
  'TARGET-CONTRACT',
  'another producer uses the same transactionalId: each channel and landscape needs its own',
  'pause',
]

/** By code. Source: https://kafka.apache.org/protocol#protocol_error_codes; what is not here is tried again. */
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].map(id => [id, tooLarge] as const),
  ...['INVALID_RECORD', 'INVALID_TIMESTAMP', 'POLICY_VIOLATION'].map(id => [id, refused] as const),
  ...['NOT_ENOUGH_REPLICAS'].map(id => [id, replicas] as const),
  // The leader has it, and may lose it.
  ...['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'REQUEST_TIMED_OUT', 'UNKNOWN_SERVER_ERROR'].map(
    id => [id, unanswered] as const,
  ),
  ...[
    'TOPIC_AUTHORIZATION_FAILED',
    'GROUP_AUTHORIZATION_FAILED',
    'CLUSTER_AUTHORIZATION_FAILED',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'SASL_AUTHENTICATION_FAILED',
    'UNSUPPORTED_SASL_MECHANISM',
    'ILLEGAL_SASL_STATE',
    'SECURITY_DISABLED',
  ].map(id => [id, credentials] as const),
  ...['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'TRANSACTION_COORDINATOR_FENCED'].map(
    id => [id, fenced] as const,
  ),
  ...[
    'INVALID_TOPIC_EXCEPTION',
    'UNSUPPORTED_VERSION',
    'UNSUPPORTED_FOR_MESSAGE_FORMAT',
    'UNSUPPORTED_COMPRESSION_TYPE',
    'INVALID_GROUP_ID',
    'INCONSISTENT_GROUP_PROTOCOL',
    'INVALID_SESSION_TIMEOUT',
    'INVALID_TRANSACTION_TIMEOUT',
  ].map(id => [id, disagree] as const),
])

/** What the client said, with all that it was caused by. */
export interface ClientError extends Error {
  readonly apiId?: string
  readonly code?: string
  readonly errors?: readonly ClientError[]
  readonly response?: unknown
}

/** The errors at the ends of a tree of errors, which the client makes of repeats and of several brokers. */
export function leavesOf(error: unknown): ClientError[] {
  if (!(error instanceof Error)) return []
  const { errors, cause } = error as ClientError
  if (Array.isArray(errors) && errors.length > 0) return errors.flatMap(leavesOf)
  if (cause instanceof Error && !(error as ClientError).apiId)
    return [error as ClientError, ...leavesOf(cause)]
  return [error as ClientError]
}

/** For a call that changes nothing, or that certainly did nothing. */
export function kafkaFailure(error: unknown, doing: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const leaves = leavesOf(error)
  const own = leaves.find(leaf => leaf instanceof IsthmusError)
  if (own instanceof IsthmusError) return own
  for (const leaf of leaves.toReversed()) {
    const meaning = meaningOf(leaf)
    if (meaning) return make(meaning, leaf, doing, error)
  }
  return make(unavailable, leaves.at(-1), doing, error)
}

/**
 * For a call that may have reached the broker: it did nothing only where every attempt says so, because it could not
 * connect or because the broker refused it.
 */
export function writeFailure(error: unknown, doing: string): IsthmusError {
  const failure = kafkaFailure(error, doing)
  const isKnown = failure.code !== 'TARGET-UNAVAILABLE' || failure === error
  if (isKnown || leavesOf(error).every(didNothing)) return failure
  const text = `${failure.message} Whether it was written is not known.`
  return new IsthmusError('TARGET-UNANSWERED', text, { cause: error, detail: failure.detail })
}

/** For a source: a cluster that cannot be reached, or a topic that is not there yet, is tried again soon. */
export function sourceFailure(error: unknown, doing: string): IsthmusError {
  const failure = kafkaFailure(error, doing)
  const passes = failure.code === 'TARGET-UNAVAILABLE' || failure.code === 'TARGET-UNANSWERED'
  if (!passes && !leavesOf(error).some(isUnknownTopic)) return failure
  return new IsthmusError('SOURCE-FAILED', failure.message, { cause: error })
}

export function hasCode(error: unknown, ...ids: readonly string[]): boolean {
  return leavesOf(error).some(({ apiId }) => apiId !== undefined && ids.includes(apiId))
}

function isUnknownTopic({ message }: ClientError): boolean {
  return /^Unknown topic /.test(message)
}

function meaningOf(leaf: ClientError): Meaning | undefined {
  if (leaf.apiId !== undefined) return meanings.get(leaf.apiId)
  if (leaf.code === 'PLT_KFK_AUTHENTICATION') return credentials
  if (isUnknownTopic(leaf)) return absent
  if (/^SASL mechanism /.test(leaf.message)) return credentials
  if (/^(CERT_|ERR_TLS_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_SSL_)/.test(leaf.code ?? '')) return disagree
  return undefined
}

const beforeSending =
  /^(Connection to \S+ (failed|timed out)\.|Connection closed while waiting for ready\.|Connection ready timed out|Cannot get a connection|Connection pool is closed|Cannot find broker|Client is closed|Client closed while retrying|connect E|getaddrinfo )/
const system = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/

function didNothing(leaf: ClientError): boolean {
  if (leaf.apiId !== undefined) return meanings.get(leaf.apiId) !== unanswered
  return beforeSending.test(leaf.message) || system.test(leaf.code ?? '')
}

function make([code, remedy, fate]: Meaning, leaf: ClientError | undefined, doing: string, cause: unknown) {
  const said = leaf?.apiId ?? safe(reasonOf(leaf ?? cause))
  const text = `${doing}: ${said.replace(/[.\s]*$/, '')}. Remedy: ${remedy}.`
  return new IsthmusError(code, text, { cause, detail: leaf?.apiId ? { code: leaf.apiId } : {}, fate })
}

/** One line, and not endless: the words may come from the other side. */
function safe(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 300)
}
