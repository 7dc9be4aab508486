import type { Answer, Outgoing, Probed, Requester, Sink } from '../system/roles.ts'

/** What sinks and requesters do alike for one message. */
export interface SingleCall {
  readonly canProbe: boolean
  /** Rejects with the error that is the answer to this message. */
  call(item: Outgoing, signal: AbortSignal): Promise<unknown>
  probe(item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>>
}

/** One call per message; the answer does not matter, but must come. */
export function sinkOf(single: SingleCall, concurrency = 8): Sink {
  const sink: Sink = {
    concurrency,
    write: (items, signal) => eachAlone(items, async item => void (await single.call(item, signal))),
  }
  if (!single.canProbe) return sink
  return {
    ...sink,
    probe: async (item, signal) => ({ outcome: (await single.probe(item, signal)).outcome }),
  }
}

/** One call per message. */
export function requesterOf(single: SingleCall, concurrency = 8): Requester {
  const requester: Requester = {
    concurrency,
    ask: (items, signal) => eachAlone(items, item => single.call(item, signal)),
  }
  if (!single.canProbe) return requester
  return { ...requester, probe: (item, signal) => single.probe(item, signal) }
}

/** Answers each item by itself, all at once. Does not reject. */
export function eachAlone<R>(
  items: readonly Outgoing[],
  call: (item: Outgoing) => Promise<R>,
): Promise<Answer<R>[]> {
  const [first] = items
  if (first && items.length === 1) return answerOf(call(first)).then(answer => [answer])
  return Promise.all(items.map(item => answerOf(call(item))))
}

async function answerOf<R>(result: Promise<R>): Promise<Answer<R>> {
  try {
    const value = await result
    return value === undefined ? { ok: true } : { ok: true, result: value }
  } catch (error) {
    return { ok: false, error }
  }
}
