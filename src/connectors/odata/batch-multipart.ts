import type { HttpAnswer } from '../http/call.ts'
import type { BatchPart } from './batch-part.ts'

const lineEnd = '\r\n'

/** Source: OData 2.0 batch processing, and OData Protocol 4.0, 11.7: a change set for each request. */
export function writeMultipart(
  parts: readonly BatchPart[],
  boundary: string,
  common: Readonly<Record<string, string>>,
): Uint8Array {
  const pieces: Uint8Array[] = []
  const line = (...lines: string[]) => pieces.push(Buffer.from(lines.map(each => each + lineEnd).join('')))
  for (const { id, request } of parts) {
    const { method, path, headers, body = new Uint8Array() } = request
    const set = `${boundary}_${id}`
    line(`--${boundary}`, `Content-Type: multipart/mixed;boundary=${set}`, '')
    line(
      `--${set}`,
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      `Content-ID: ${id}`,
      '',
    )
    line(`${method} ${path.slice(1)} HTTP/1.1`)
    const all = { ...common, ...headers, ...(body.length > 0 && { 'content-length': String(body.length) }) }
    line(...Object.entries(all).map(([name, value]) => `${name}: ${value}`), '')
    pieces.push(body)
    line('', `--${set}--`)
  }
  line(`--${boundary}--`)
  return Buffer.concat(pieces)
}

/**
 * The answers by the ids of the requests, which are given in their order. An answer that names its id is taken by that,
 * any other by its place; throws where both cannot be true.
 */
export function readMultipart(answer: HttpAnswer, ids: readonly string[]): Map<string, HttpAnswer> {
  const parts = partsOf(answer.body, String(answer.headers['content-type'] ?? ''))
  if (parts.length > ids.length) throw new RangeError('it has more answers than there were requests')
  const answers = new Map<string, HttpAnswer>()
  for (const [place, part] of parts.entries()) {
    const inner = /^multipart\//i.test(part.headers['content-type'] ?? '') ? changeSetIn(part) : part
    const id = inner.headers['content-id'] ?? part.headers['content-id'] ?? (ids[place] as string)
    if (!ids.includes(id) || answers.has(id))
      throw new RangeError('its answers do not belong to the requests')
    answers.set(id, httpIn(inner.body))
  }
  return answers
}

interface Part {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

function changeSetIn(part: Part): Part {
  const [only, ...others] = partsOf(part.body, part.headers['content-type'] ?? '')
  if (!only || others.length > 0) throw new RangeError('a change set has not one answer')
  return only
}

function partsOf(body: Buffer, contentType: string): Part[] {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw new TypeError('it has no boundary')
  const parts: Part[] = []
  for (let at = delimiter(body, boundary, 0); at && !at.last; ) {
    const next = delimiter(body, boundary, at.end)
    if (!next) throw new RangeError('it ends too early')
    parts.push(partIn(body.subarray(at.end, next.start)))
    at = next
  }
  return parts
}

/** The next line that is a boundary, whose line end before it belongs to it. */
function delimiter(body: Buffer, boundary: string, from: number) {
  const text = `--${boundary}`
  for (let at = body.indexOf(text, from); at >= 0; at = body.indexOf(text, at + 1)) {
    const lineStart = at === 0 || body[at - 1] === 0x0a
    const behind = /^(--)?[ \t]*(\r?\n|$)/.exec(
      body.toString('latin1', at + text.length, at + text.length + 80),
    )
    if (!lineStart || !behind) continue
    const start = Math.max(from, at - (body[at - 2] === 0x0d ? 2 : 1))
    return { start: at === 0 ? 0 : start, end: at + text.length + behind[0].length, last: behind[1] === '--' }
  }
  return undefined
}

function partIn(bytes: Buffer): Part {
  const gap = /\r?\n\r?\n/.exec(bytes.toString('latin1', 0, 16_384))
  const head = gap ? bytes.toString('latin1', 0, gap.index) : ''
  if (!gap) throw new TypeError('a part has no end of its headers')
  return { headers: headersIn(head), body: bytes.subarray(gap.index + gap[0].length) }
}

function httpIn(bytes: Buffer): HttpAnswer {
  const line = /^HTTP\/\d(?:\.\d)? (\d{3})[^\r\n]*(\r?\n|$)/.exec(bytes.toString('latin1', 0, 1_000))
  if (!line) throw new TypeError('a part is no answer')
  const rest = bytes.subarray(line[0].length)
  const gap = /(^|\r?\n)\r?\n/.exec(rest.toString('latin1', 0, 16_384))
  const headers = headersIn(rest.toString('latin1', 0, gap?.index ?? rest.length))
  const body = gap ? rest.subarray(gap.index + gap[0].length) : Buffer.alloc(0)
  const length = Number(headers['content-length'] ?? Number.NaN)
  return {
    status: Number(line[1]),
    headers,
    body: body.subarray(0, Number.isInteger(length) ? length : body.length),
  }
}

function headersIn(text: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return headers
}
