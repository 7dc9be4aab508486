import type { Dispatcher, Pool } from 'undici'
import { IsthmusError } from '../../errors.ts'

export interface HttpAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** The request was done, and we were directed to its answer (303): this status says nothing against that. */
  readonly done?: boolean | undefined
}

export interface CallLimits {
  /** Milliseconds from sending to the begin of the answer. */
  readonly firstByte: number
  /** Milliseconds until the whole answer is there, connecting included. */
  readonly total: number
  /** Bytes of the answer's body. */
  readonly size: number
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'MERGE' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
  /** Who calls, for messages. */
  readonly channel: string
  /** Not to be sent again with new credentials after a 401, since something may have been done. */
  readonly once?: boolean | undefined
}

/**
 * One request and its whole answer, whatever its status. Rejects with TARGET-UNAVAILABLE when the request has certainly
 * not been sent, and with TARGET-UNANSWERED once it has begun to be sent; with TARGET-CONTRACT if the answer is too long.
 */
export function call(
  pool: Pool,
  request: HttpRequest,
  limits: CallLimits,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { method, path, headers, body = null } = request
  const handler = new Call(request.channel, limits, signal)
  pool.dispatch({ method, path, headers, body, headersTimeout: limits.firstByte, bodyTimeout: 0 }, handler)
  return handler.answer
}

/** What undici tells about a request, until the first thing that ends it; what comes later is not looked at. */
class Call implements Dispatcher.DispatchHandler {
  readonly #promise = Promise.withResolvers<HttpAnswer>()
  readonly #channel: string
  readonly #limits: CallLimits
  readonly #signal: AbortSignal
  readonly #timer: NodeJS.Timeout
  #controller: Dispatcher.DispatchController | undefined
  #ended = false
  #status = 0
  #headers: HttpAnswer['headers'] = {}
  readonly #chunks: Buffer[] = []
  #length = 0

  constructor(channel: string, limits: CallLimits, signal: AbortSignal) {
    this.#channel = channel
    this.#limits = limits
    this.#signal = signal
    this.#timer = setTimeout(() => this.#fail(`no complete answer within ${limits.total} ms`), limits.total)
    if (signal.aborted) this.#onAbort()
    else signal.addEventListener('abort', this.#onAbort)
  }

  get answer(): Promise<HttpAnswer> {
    return this.#promise.promise
  }

  /** From here on the target may have got the request. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) controller.abort(new Error('given up before it was sent'))
    else this.#controller = controller
  }

  /** Also called for interim answers, which tell nothing and prolong nothing. */
  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: HttpAnswer['headers']): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length
    if (this.#length <= this.#limits.size) this.#chunks.push(chunk)
    else if (this.#end()) this.#refuse()
  }

  onResponseEnd(): void {
    if (!this.#end()) return
    const [first] = this.#chunks
    const body = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#length)
    this.#promise.resolve({ status: this.#status, headers: this.#headers, body })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(explain(error), error)
  }

  readonly #onAbort = (): void => this.#fail('we are stopping, or gave up waiting')

  #fail(why: string, cause?: Error): void {
    if (!this.#end()) return
    const sent = this.#controller !== undefined
    this.#controller?.abort(new Error(why))
    if (cause instanceof IsthmusError) this.#promise.reject(cause)
    else this.#promise.reject(this.#error(sent, why, cause))
  }

  #error(sent: boolean, why: string, cause: Error | undefined): IsthmusError {
    return sent
      ? new IsthmusError('TARGET-UNANSWERED', `${this.#channel} was called and did not answer: ${why}`, {
          cause,
        })
      : new IsthmusError('TARGET-UNAVAILABLE', `${this.#channel} cannot be reached: ${why}`, { cause })
  }

  #refuse(): void {
    this.#controller?.abort(new Error('answer too long'))
    const text = `${this.#channel} answered ${this.#status} with more than ${this.#limits.size} bytes`
    this.#promise.reject(new IsthmusError('TARGET-CONTRACT', text, { detail: { status: this.#status } }))
  }

  /** False if it had ended before. */
  #end(): boolean {
    if (this.#ended) return false
    this.#ended = true
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#onAbort)
    return true
  }
}

/** One that stands for several attempts to connect has no message of its own. */
function explain(error: Error): string {
  const [first] = error instanceof AggregateError ? error.errors : []
  const told = first instanceof Error ? first : error
  const { code = '' } = told as { code?: string }
  if (untrusted.has(code))
    return `its certificate is not trusted (${code}): give who signed it as "tls: { ca }"`
  return told.message || told.name
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])
