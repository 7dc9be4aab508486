import type { Answer, Outgoing, Requester } from '../../system/roles.ts'
import type { OperationCall } from './operation-call.ts'

/** One call per message. `ask` never rejects. */
export function soapRequester(operation: OperationCall, concurrency: number): Requester {
  const ask = async (item: Outgoing, signal: AbortSignal): Promise<Answer<unknown>> => {
    try {
      return { ok: true, result: await operation.call(item, signal) }
    } catch (error) {
      return { ok: false, error }
    }
  }
  const requester: Requester = {
    concurrency,
    ask: (items, signal) => Promise.all(items.map(item => ask(item, signal))),
  }
  if (!operation.canProbe) return requester
  return { ...requester, probe: (item, signal) => operation.probe(item, signal) }
}
