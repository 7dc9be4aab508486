import { json } from '../../message/codec/json.ts'

/** Records of one kind, and where they come from. */
export interface Group {
  readonly name: string
  readonly origin: string
  readonly records: readonly unknown[]
  readonly format?: 'xml' | undefined
}

/**
 * Recorded traffic, `{ "request": { "method", "url" or "path", "body" }, "response": { "status", "body" } }`, as
 * requests and answers of each method and path; undefined where the records are no traffic. Identifiers in a path are
 * taken out, answers that are no success left out. Without a method, requests and answers are the records themselves.
 */
export function trafficGroups(name: string, records: readonly unknown[]): Group[] | undefined {
  if (records.length === 0 || !records.every(isExchange)) return undefined
  const groups = new Map<string, { name: string; origin: string; records: unknown[] }>()
  const add = (id: string, suffix: string, body: unknown) => {
    if (body === undefined || body === '') return
    const key = `${id} ${suffix}`
    const group = groups.get(key) ?? { name: key, origin: `${suffix.toLowerCase()} of ${id}`, records: [] }
    groups.set(key, group)
    group.records.push(body)
  }
  for (const { request, response } of records as readonly Exchange[]) {
    const { method, url, path = url } = Object(request) as Record<string, unknown>
    if (typeof method !== 'string' || typeof path !== 'string') {
      add(name, 'Request', request)
      add(name, 'Answer', response)
      continue
    }
    const id = `${method.toUpperCase()} ${templateOf(path)}`
    add(id, 'Request', bodyOf(request))
    const { status } = Object(response) as { status?: unknown }
    if (typeof status !== 'number' || (status >= 200 && status < 300)) add(id, 'Answer', bodyOf(response))
  }
  return [...groups.values()]
}

interface Exchange {
  readonly request: unknown
  readonly response: unknown
}

function isExchange(record: unknown): boolean {
  return typeof record === 'object' && record !== null && 'request' in record && 'response' in record
}

/** `/orders/4711/lines?x=1` is `/orders/{id}/lines`. */
function templateOf(path: string): string {
  const plain = path.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, '')
  return plain.replace(/\/(?=[^/]*\d)[^/]+/g, part => (/^\/v\d+$/i.test(part) ? part : '/{id}')) || '/'
}

/** A body that was recorded as text may be JSON. */
function bodyOf(message: unknown): unknown {
  const { body } = Object(message) as { body?: unknown }
  if (typeof body !== 'string' || !/^\s*[{[]/.test(body)) return body
  try {
    return json().decode(Buffer.from(body))
  } catch {
    return body
  }
}
