import type { StoreReader, UnfinishedEntry } from '../../../store/store.ts'
import { type SetAside, setAside } from '../set-aside.ts'
import type { Classes, FailureClass } from './classes.ts'
import type { FailureFilter } from './failure-schemas.ts'

/** Failures of one class, counted. */
export interface Counted {
  readonly of: FailureClass
  count: number
  first: number
  last: number
  readonly samples: { readonly flow: string; readonly row: UnfinishedEntry }[]
}

const sampled = 5

/** The failures that fit, by flow and number, each with its class. */
export async function* failures(
  reader: StoreReader,
  classes: Classes,
  filter: FailureFilter,
): AsyncGenerator<SetAside & { readonly of: FailureClass }> {
  const { flow, key, state = 'all', code, to } = filter
  for await (const each of setAside(reader, { flow, key, status: state, code, before: to }, undefined)) {
    if (filter.from !== undefined && each.row.since < filter.from) continue
    const of = await classes.of(each.flow, each.row)
    if (filter.group !== undefined && of.group !== filter.group) continue
    if (filter.system !== undefined && of.system !== filter.system) continue
    yield { ...each, of }
  }
}

/** Counts them by class; what is kept does not grow with their number. */
export async function countFailures(
  reader: StoreReader,
  classes: Classes,
  filter: FailureFilter,
): Promise<Counted[]> {
  const counted = new Map<string, Counted>()
  for await (const { flow, row, of } of failures(reader, classes, filter)) {
    const { since } = row
    const group = counted.get(of.group) ?? { of, count: 0, first: since, last: since, samples: [] }
    counted.set(of.group, group)
    group.count++
    group.first = Math.min(group.first, since)
    group.last = Math.max(group.last, since)
    if (group.samples.length < sampled) group.samples.push({ flow, row })
  }
  return [...counted.values()].sort((a, b) => b.count - a.count || a.first - b.first)
}
