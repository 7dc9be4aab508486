import type { Answer, Outgoing, Sink } from '../../system/roles.ts'
import type { OperationCall } from './operation-call.ts'

/** One call per message. `write` never rejects. */
export function soapSink(operation: OperationCall, concurrency: number): Sink {
  const write = async (item: Outgoing, signal: AbortSignal): Promise<Answer> => {
    try {
      await operation.call(item, signal)
      return { ok: true }
    } catch (error) {
      return { ok: false, error }
    }
  }
  const sink: Sink = {
    concurrency,
    write: (items, signal) => Promise.all(items.map(item => write(item, signal))),
  }
  if (!operation.canProbe) return sink
  return {
    ...sink,
    probe: async (item, signal) => ({ outcome: (await operation.probe(item, signal)).outcome }),
  }
}
