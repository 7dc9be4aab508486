import type { Answer, Outgoing, Sink } from '../../system/roles.ts'
import { eachAlone } from '../single-calls.ts'
import { writeBatch } from './batch.ts'
import type { Change } from './change.ts'

/** One request a record, or one `$batch` of several. `write` never rejects. */
export function odataSink(change: Change): Sink {
  const { batch = 1, concurrency = 8, probe } = change.settings
  const write = (items: readonly Outgoing[], signal: AbortSignal): Promise<Answer[]> =>
    change.service.underWay(
      items.length > 1
        ? writeBatch(change, items, signal)
        : eachAlone(items, async item => void (await change.apply(item, signal))),
    )
  if (!probe) return { batch, concurrency, write }
  return {
    batch,
    concurrency,
    write,
    probe: async (item, signal) => ({
      outcome: (await change.service.underWay(change.probe(item, signal))).outcome,
    }),
  }
}
