/** Which trace something belongs to, and which span led to it. Source: W3C Trace Context. */
export interface TraceContext {
  readonly traceparent: string
  readonly tracestate?: string | undefined
}

/** Bytes of a tracestate that is passed on; what is longer is dropped, as the source allows. */
const longestState = 512

/**
 * What headers say, those of CloudEvents (`ce-traceparent`) after those of the protocol; undefined for what is not valid.
 * Names are lower-case.
 */
export function traceIn(
  headers: Readonly<Record<string, string | readonly string[] | undefined>> | undefined,
): TraceContext | undefined {
  if (headers === undefined) return undefined
  for (const prefix of ['', 'ce-']) {
    const traceparent = headers[`${prefix}traceparent`]
    if (typeof traceparent !== 'string' || !isValid(traceparent)) continue
    const state = headers[`${prefix}tracestate`]
    const known = typeof state === 'string' && state.length <= longestState && /^[\x20-\x7e]+$/.test(state)
    return known ? { traceparent, tracestate: state } : { traceparent }
  }
  return undefined
}

/** As headers of what is sent; none where there is no trace. */
export function traceHeaders(trace: TraceContext | undefined): Readonly<Record<string, string>> {
  if (!trace) return none
  const { traceparent, tracestate } = trace
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
}

const none = Object.freeze({})

/** Later versions are read as far as this one goes. */
function isValid(traceparent: string): boolean {
  const [, version, traceId = '', spanId = '', more = ''] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/.exec(traceparent) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== '')) return false
  return !/^0+$/.test(traceId) && !/^0+$/.test(spanId)
}
