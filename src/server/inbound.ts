import type { IncomingMessage } from 'node:http'
import type { InboundRequest } from '../system/route.ts'

/** Calls back with the body, or with undefined once it is longer than `limit`; not at all if the caller hangs up. */
export function readBody(
  request: IncomingMessage,
  limit: number,
  done: (body: Uint8Array | undefined) => void,
): void {
  const chunks: Buffer[] = []
  let length = 0
  const onData = (chunk: Buffer) => {
    length += chunk.length
    chunks.push(chunk)
    if (length <= limit) return
    request.off('data', onData).off('end', onEnd)
    done(undefined)
  }
  const onEnd = () => done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length))
  request.on('data', onData).on('end', onEnd)
}

/** Headers are read when somebody asks for them. */
export class Inbound implements InboundRequest {
  readonly query: string
  readonly body: Uint8Array
  readonly #raw: readonly string[]
  #headers: InboundRequest['headers'] | undefined

  /** `raw`: names and values by turns, as they came. */
  constructor(raw: readonly string[], query: string, body: Uint8Array) {
    this.#raw = raw
    this.query = query
    this.body = body
  }

  get headers(): InboundRequest['headers'] {
    this.#headers ??= headersOf(this.#raw)
    return this.#headers
  }
}

function headersOf(raw: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null)
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase()
    const value = raw[at + 1] as string
    const before = headers[name]
    if (before === undefined) headers[name] = value
    else headers[name] = Array.isArray(before) ? [...before, value] : [before, value]
  }
  return headers
}
