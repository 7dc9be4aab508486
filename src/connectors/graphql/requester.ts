import type { Answer, Outgoing, Requester } from '../../system/roles.ts'
import type { Call } from './call.ts'

/** One operation per message. `ask` never rejects. */
export function graphqlRequester(call: Call, concurrency: number): Requester {
  const ask = async (item: Outgoing, signal: AbortSignal): Promise<Answer<unknown>> => {
    try {
      return { ok: true, result: await call.call(item, signal) }
    } catch (error) {
      return { ok: false, error }
    }
  }
  const requester: Requester = {
    concurrency,
    ask: (items, signal) => Promise.all(items.map(item => ask(item, signal))),
  }
  if (!call.canProbe) return requester
  return { ...requester, probe: (item, signal) => call.probe(item, signal) }
}
