import { json } from '../../message/codec/json.ts'
import type { HttpAnswer } from '../http/call.ts'
import type { BatchPart } from './batch-part.ts'
import { isRecord } from './entity.ts'

const codec = json()

/** Source: OData JSON Format 4.01, 19. Without atomicity groups each request is a change of its own. */
export function writeJsonBatch(
  parts: readonly BatchPart[],
  common: Readonly<Record<string, string>>,
): Uint8Array {
  const requests = parts.map(({ id, request: { method, path, headers, body } }) => ({
    id,
    method,
    url: path.slice(1),
    headers: { ...common, ...headers },
    ...(body !== undefined && { body: codec.decode(body) }),
  }))
  return codec.encode({ requests })
}

/** An id that occurs twice has no answer. */
export function readJsonBatch({ body }: HttpAnswer): Map<string, HttpAnswer> {
  const read = codec.decode(body)
  const responses = isRecord(read) ? read.responses : undefined
  if (!Array.isArray(responses)) throw new TypeError('there are no responses in it')
  const answers = new Map<string, HttpAnswer>()
  const twice = new Set<string>()
  for (const each of responses) {
    if (!isRecord(each) || typeof each.status !== 'number') continue
    const id = String(each.id)
    if (answers.has(id)) twice.add(id)
    const own = isRecord(each.headers) ? lowerCase(each.headers) : {}
    const headers = { 'content-type': 'application/json', ...own }
    const content = each.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(each.body))
    answers.set(id, { status: each.status, headers, body: content })
  }
  for (const id of twice) answers.delete(id)
  return answers
}

function lowerCase(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
}
