import { type ErrorCode, type Fate, IsthmusError, reasonOf } from '../../errors.ts'
import { shorten } from '../http/reason.ts'

/** The reply code of AMQP with which a server closes a channel or refuses a connection. Undefined for other errors. */
export function replyCode(error: unknown): number | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code === 'number') return code
  // A refusal during the handshake is told in words only: `403 (ACCESS-REFUSED)`.
  const [, digits] = /terminated by server: (\d{3}) /.exec(String(message)) ?? []
  return digits === undefined ? undefined : Number(digits)
}

type Meaning = readonly [code: ErrorCode, remedy: string, fate?: Fate]

/** Source: AMQP 0-9-1, reply codes, and the documentation of RabbitMQ, "Channels". */
const meanings = new Map<number, Meaning>([
  [403, ['TARGET-CREDENTIALS', 'check user, password and permissions']],
  [404, ['TARGET-CONTRACT', 'create it, or declare it with the channel', 'pause']],
  [406, ['TARGET-CONTRACT', 'make the declaration and what is there agree', 'pause']],
])
const passing: Meaning = ['TARGET-UNAVAILABLE', 'it is tried again']

function meaningOf(error: unknown, code: number | undefined): Meaning {
  // A consumer that wants to be the only one is refused with the code of credentials.
  if (code === undefined || / in exclusive use/.test(reasonOf(error))) return passing
  return meanings.get(code) ?? passing
}

/** For what changes nothing, or has certainly not been sent. */
export function openFailure(error: unknown, doing: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const code = replyCode(error)
  const [meant, remedy, fate] = meaningOf(error, code)
  const text = `${doing}: ${wordsOf(error)}. Remedy: ${remedy}.`
  return new IsthmusError(meant, text, { cause: error, fate, ...(code && { detail: { code } }) })
}

/** For a source: what may pass by itself is tried again, a queue that is not there (yet) too. */
export function sourceFailure(error: unknown, doing: string): IsthmusError {
  const failure = openFailure(error, doing)
  if (failure.code !== 'TARGET-UNAVAILABLE' && failure.detail.code !== 404) return failure
  return new IsthmusError('SOURCE-FAILED', failure.message, { cause: error, detail: failure.detail })
}

/** The server's words: they name exchanges, queues and arguments, and never what a message says. */
export function wordsOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  const text = reasonOf(error).replace(
    /^(Operation failed|Channel closed by server|Handshake terminated[^:]*): /,
    '',
  )
  // The driver swallows the reason here.
  if (/^Expected ConnectionOpenOk; got <ConnectionClose/.test(text))
    return 'the server refuses the vhost of the url: it is not there, it is down, or the user may not enter it'
  return shorten(text || String(code ?? 'no reason given'))
}

/** The limit that a server tells of when it closes a channel over a message that is too large. Bytes. */
export function limitIn(error: unknown): number | undefined {
  const [, limit] =
    /message size \d+ is larger than (?:configured )?max size (\d+)/.exec(reasonOf(error)) ?? []
  return limit === undefined ? undefined : Number(limit)
}
