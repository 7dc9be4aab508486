import { randomBytes } from 'node:crypto'
import type { RunTrace, Tracing } from '../../engine/tracing.ts'
import type { IsthmusError } from '../../errors.ts'
import type { Accepted, Entry } from '../../store/store.ts'
import type { TraceContext } from '../../system/trace-context.ts'
import { preciseNow, type Span } from './span.ts'

/** Whether a trace is followed; `sampled` is what its parent says, undefined for one that begins here. */
export type Sampler = (traceId: string, sampled: boolean | undefined) => boolean

interface Place {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  readonly state: string | undefined
}

/** Makes spans of what happens to messages that are followed. */
export class Tracer implements Tracing {
  readonly #sampler: Sampler
  readonly #add: (span: Span) => void

  constructor(sampler: Sampler, add: (span: Span) => void) {
    this.#sampler = sampler
    this.#add = add
  }

  accept(source: string, given: TraceContext | undefined): ReturnType<Tracing['accept']> {
    const parent = given && placeOf(given)
    const traceId = parent?.traceId ?? hex(16)
    const sampled = this.#sampler(traceId, parent?.sampled)
    const place = { traceId, spanId: hex(8), sampled, state: parent?.state }
    const begin = preciseNow()
    const end = (outcome: Accepted | Error) => {
      if (!sampled) return
      const attributes: Span['attributes'] =
        outcome instanceof Error
          ? { 'isthmus.source': source }
          : { 'isthmus.source': source, 'isthmus.status': outcome.status, 'isthmus.message.id': outcome.id }
      const name = `accept ${source}`
      this.#span(place, parent?.spanId, {
        name,
        kind: 'consumer',
        begin,
        attributes,
        error: errorOf(outcome),
      })
    }
    return { context: contextOf(place), end }
  }

  run(flow: string, { id, seq, head }: Entry, attempt: number): RunTrace | undefined {
    const parent = head.trace && placeOf(head.trace)
    if (!parent?.sampled) return undefined
    const place = { ...parent, spanId: hex(8) }
    const begin = preciseNow()
    let recording: number | undefined
    return {
      call: (path, channel, system) => this.#call(place, path, channel, system),
      record: () => {
        recording = preciseNow()
      },
      end: verdict => {
        const settled = 'settled' in verdict
        const outcome = settled ? verdict.settled.outcome : verdict.unfinished.status
        const attributes = {
          'isthmus.flow': flow,
          'isthmus.message.id': id,
          'isthmus.message.seq': seq,
          'isthmus.attempt': attempt,
          'isthmus.outcome': outcome,
          ...(!settled && { 'error.type': verdict.error.code }),
        }
        if (recording !== undefined)
          this.#span({ ...place, spanId: hex(8) }, place.spanId, {
            ...{ name: `settle ${flow}`, kind: 'internal', begin: recording, error: undefined },
            attributes: { 'isthmus.flow': flow, 'isthmus.outcome': outcome },
          })
        const error = settled ? undefined : verdict.error.code
        this.#span(place, parent.spanId, { name: `run ${flow}`, kind: 'internal', begin, attributes, error })
      },
    }
  }

  #call(parent: Place, path: string, channel: string, system: string): ReturnType<RunTrace['call']> {
    const place = { ...parent, spanId: hex(8) }
    const begin = preciseNow()
    const end = (error: IsthmusError | undefined) => {
      const attributes = {
        'isthmus.step': path,
        'isthmus.channel': channel,
        'isthmus.system': system,
        ...(error && { 'error.type': error.code }),
      }
      this.#span(place, parent.spanId, {
        ...{ name: `call ${channel}`, kind: 'client', begin, attributes },
        // Reasons may hold data of messages.
        error: error?.code,
      })
    }
    return { context: contextOf(place), end }
  }

  #span(
    { traceId, spanId, state: traceState }: Place,
    parentId: string | undefined,
    rest: Pick<Span, 'name' | 'kind' | 'begin' | 'attributes' | 'error'>,
  ): void {
    this.#add({ traceId, spanId, parentId, traceState, end: preciseNow(), ...rest })
  }
}

function placeOf({ traceparent, tracestate }: TraceContext): Place {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-')
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1, state: tracestate }
}

function contextOf({ traceId, spanId, sampled, state }: Place): TraceContext {
  const traceparent = `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
  return state === undefined ? { traceparent } : { traceparent, tracestate: state }
}

function errorOf(outcome: Accepted | Error): string | undefined {
  return outcome instanceof Error ? ((outcome as Partial<IsthmusError>).code ?? outcome.name) : undefined
}

let pool = Buffer.alloc(0)

/** Drawn many at a time: one draw costs microseconds whatever its size. */
function hex(bytes: number): string {
  if (pool.byteLength < bytes) pool = randomBytes(4096)
  const text = pool.toString('hex', 0, bytes)
  pool = pool.subarray(bytes)
  return /^0+$/.test(text) ? hex(bytes) : text
}
