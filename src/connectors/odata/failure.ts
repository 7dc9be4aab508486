import type { HttpAnswer } from '../http/call.ts'
import { shorten } from '../http/reason.ts'
import { isRecord } from './entity.ts'

/** Bytes of an error that are looked at: services put whole traces into them. */
const longest = 1_000_000

/**
 * The answer with what its OData error says in one line, where there is one. Sources: OData JSON Format 4.01, 21, the
 * error of V2 whose message has a language, and the details and inner errors that SAP adds to both.
 */
export function readableError(answer: HttpAnswer): HttpAnswer {
  const said = [preconditions[answer.status], reasonIn(answer)].filter(each => each).join(': ')
  if (said === '') return answer
  const body = Buffer.from(JSON.stringify({ message: shorten(said) }))
  return { ...answer, headers: { ...answer.headers, 'content-type': 'application/json' }, body }
}

/** What they mean for a record. */
const preconditions: Readonly<Record<number, string>> = {
  412: 'the record was changed meanwhile',
  428: 'the service wants to know which version is changed, declare "etag"',
}

function reasonIn({ status, headers, body }: HttpAnswer): string {
  if (status < 400 || body.length > longest || !/json/i.test(String(headers['content-type'] ?? ''))) return ''
  try {
    const { error } = JSON.parse(body.toString()) as { error?: unknown }
    return isRecord(error) ? [...new Set(textsOf(error))].join('; ') : ''
  } catch {
    return ''
  }
}

function textsOf(error: Record<string, unknown>): string[] {
  const { code, innererror } = error
  const inner = isRecord(innererror) ? innererror.errordetails : undefined
  const details = [error.details, inner].flatMap(each => (Array.isArray(each) ? each : []))
  const first = textOf(error.message)
  const head = first || (typeof code === 'string' ? code : '')
  return [head, ...details.map(each => (isRecord(each) ? textOf(each.message) : ''))].filter(
    each => each !== '',
  )
}

function textOf(message: unknown): string {
  const text = isRecord(message) ? message.value : message
  return typeof text === 'string' ? text : ''
}
