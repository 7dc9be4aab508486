import type { Answer, Outgoing, Sink } from '../../system/roles.ts'
import type { Call } from './call.ts'

/** One mutation per message. `write` never rejects. */
export function graphqlSink(call: Call, concurrency: number): Sink {
  const write = async (item: Outgoing, signal: AbortSignal): Promise<Answer> => {
    try {
      await call.call(item, signal)
      return { ok: true }
    } catch (error) {
      return { ok: false, error }
    }
  }
  const sink: Sink = {
    concurrency,
    write: (items, signal) => Promise.all(items.map(item => write(item, signal))),
  }
  if (!call.canProbe) return sink
  return {
    ...sink,
    probe: async (item, signal) => ({ outcome: (await call.probe(item, signal)).outcome }),
  }
}
