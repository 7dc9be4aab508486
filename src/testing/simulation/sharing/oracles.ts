import type { Entry, StoreReader } from '../../../store/store.ts'
import type { SimulatedTarget } from '../simulated-target.ts'
import { type OrderData, targetOf } from './plant.ts'

/**
 * Holds the end against what was promised: nothing acknowledged or published is missing or there twice, and every message has
 * had its effect once, in the order of its key.
 */
export async function judgeSharing(
  reader: StoreReader,
  targets: ReadonlyMap<string, SimulatedTarget>,
  records: readonly OrderData[],
  acknowledged: ReadonlyMap<number, string>,
): Promise<string[]> {
  const entriesOf = (flow: string) => reader.entries({ flow, limit: 100_000 })
  const [orders, stock, reports] = await Promise.all([
    entriesOf('orders'),
    entriesOf('stock'),
    entriesOf('reports'),
  ])
  const ids = new Set(orders.map(({ id }) => id))
  const lost = [...acknowledged].filter(([, id]) => !ids.has(id))
  const numbers = (entries: readonly Entry[]) => entries.map(entry => dataOf(entry).n)
  return [
    ...lost.map(([n]) => `order ${n} was acknowledged and is not in the journal`),
    ...differences('orders', numbers(orders), [...acknowledged.keys()]),
    ...differences('stock', numbers(stock), numbers(orders)),
    ...differences(
      'reports',
      numbers(reports),
      records.map(({ n }) => n),
    ),
    ...Object.entries({ orders, stock, reports }).flatMap(([flow, entries]) =>
      wrongEffects(flow, entries, targets.get(targetOf[flow as keyof typeof targetOf]) as SimulatedTarget),
    ),
  ]
}

function differences(flow: string, found: readonly number[], wanted: readonly number[]): string[] {
  const sorted = (numbers: readonly number[]) => JSON.stringify(numbers.toSorted((a, b) => a - b))
  return sorted(found) === sorted(wanted) ? [] : [`${flow}: has ${sorted(found)}, not ${sorted(wanted)}`]
}

function wrongEffects(flow: string, entries: readonly Entry[], { effects }: SimulatedTarget): string[] {
  const seqs = new Map(entries.map(({ id, seq }) => [id, seq]))
  const times = Map.groupBy(effects, ({ messageId }) => messageId)
  const last = new Map<string, number>()
  const wrong: string[] = []
  for (const { id, seq } of entries) {
    const count = times.get(id)?.length ?? 0
    if (count !== 1) wrong.push(`${flow}: message ${seq} had ${count} effects`)
  }
  for (const { messageId, key } of effects) {
    const seq = seqs.get(messageId) ?? 0
    const before = last.get(key) ?? 0
    if (seq < before) wrong.push(`${flow}: message ${seq} of ${key} came after ${before}`)
    last.set(key, seq)
  }
  return wrong
}

function dataOf(entry: Entry): OrderData {
  return JSON.parse(Buffer.from(entry.body).toString()) as OrderData
}
