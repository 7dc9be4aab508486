import type { Entry, Settled, StoreReader, UnfinishedEntry } from '../../store/store.ts'
import { refused } from './deciding.ts'
import { messageName } from './operations.ts'
import type { ReplayFilter } from './replay-schemas.ts'
import type { MessageRef } from './schemas.ts'

/** A message with what became of it; neither while it is on its way. */
export interface Replayable {
  readonly entry: Entry
  readonly settled: Settled | undefined
  readonly row: UnfinishedEntry | undefined
}

const pageSize = 200
const pageBytes = 16 * 2 ** 20

/**
 * The messages that fit, by flow and number, after the one given. Those that are named are given however they stand; of
 * others those that have ended and are no replays themselves, or wait parked if that is asked. Throws CONTROL-REFUSED where a named one is not there.
 */
export async function* replayable(
  reader: StoreReader,
  filter: ReplayFilter,
  after: MessageRef | undefined,
): AsyncGenerator<Replayable> {
  if (Object.values(filter).every(value => value === undefined))
    throw refused('Say which messages: give at least one part of the filter.', 400)
  const { flow: only, seq, id } = filter
  if (seq !== undefined && only === undefined) throw refused('A number of a message needs its flow.', 400)
  if (seq !== undefined || id !== undefined) return yield* named(reader, filter, after)
  const known = (await reader.flows()).map(({ flow }) => flow).sort()
  for (const flow of known) {
    if ((only !== undefined && flow !== only) || (after && flow < after.flow)) continue
    const first = after?.flow === flow ? after.seq : 0
    for await (const each of walked(reader, flow, filter, first)) if (fits(each, filter)) yield each
  }
}

async function* named(
  reader: StoreReader,
  filter: ReplayFilter,
  after: MessageRef | undefined,
): AsyncGenerator<Replayable> {
  const { flow, seq, id } = filter
  const query = seq === undefined ? { id } : { flow, seqs: [seq] }
  const entries = await reader.entries({ ...query, flow, limit: pageSize })
  if (entries.length === 0) throw await absent(reader, filter)
  for (const entry of entries) {
    const isPassed =
      after && (entry.flow < after.flow || (entry.flow === after.flow && entry.seq <= after.seq))
    const [each] = isPassed ? [] : await withEnds(reader, entry.flow, [entry])
    if (each) yield each
  }
}

/** The last replay of a message that kept its effect keys, where there is one still. */
export async function lastRun(
  reader: StoreReader,
  { entry: { flow, id } }: Replayable,
  latest: string | undefined,
): Promise<Replayable | undefined> {
  if (latest === undefined || latest === id) return undefined
  const [found] = await withEnds(reader, flow, await reader.entries({ flow, id: latest, limit: 1 }))
  return found
}

/** What retention has removed cannot run again: its data are gone. */
async function absent(reader: StoreReader, { flow, seq, id }: ReplayFilter) {
  if (seq === undefined)
    return refused(
      `There is no message with the id ${id}, or it has been retired: then its data are gone.`,
      404,
    )
  const state = (await reader.flows()).find(each => each.flow === flow)
  const name = messageName({ flow: flow ?? '', seq })
  if (!state || seq > state.head) return refused(`There is no message ${name}.`, 404)
  return refused(
    `Message ${name} has been retired (ISTHMUS_KEEP): its data are gone, so that it cannot run again.`,
    410,
  )
}

async function* walked(
  reader: StoreReader,
  flow: string,
  { key }: ReplayFilter,
  first: number,
): AsyncGenerator<Replayable> {
  for (let after = first; ; ) {
    const entries = await reader.entries({ flow, key, after, limit: pageSize, bytes: pageBytes })
    yield* await withEnds(reader, flow, entries)
    const last = entries.at(-1)
    if (!last) return
    after = last.seq
  }
}

async function withEnds(reader: StoreReader, flow: string, entries: readonly Entry[]): Promise<Replayable[]> {
  const [first, last] = [entries[0]?.seq, entries.at(-1)?.seq]
  if (first === undefined || last === undefined) return []
  const ends = await endsOf(reader, flow, entries, first, last)
  const open = entries.filter(({ seq }) => !ends.has(seq))
  const rows = new Map<number, UnfinishedEntry>()
  for (const { seq } of open) {
    const [row] = await reader.unfinished({ flow, after: seq - 1, limit: 1 })
    if (row?.seq === seq) rows.set(seq, row)
  }
  return entries.map(entry => ({ entry, settled: ends.get(entry.seq), row: rows.get(entry.seq) }))
}

/** Those of one key may lie far from one another. */
async function endsOf(
  reader: StoreReader,
  flow: string,
  entries: readonly Entry[],
  first: number,
  last: number,
) {
  const isDense = last - first < 4 * entries.length
  const stretches = isDense ? [{ from: first, to: last }] : entries.map(({ seq }) => ({ from: seq, to: seq }))
  const found = await Promise.all(stretches.map(stretch => reader.settled({ flow, ...stretch })))
  return new Map(found.flat().map(end => [end.seq, end]))
}

function fits({ entry, settled, row }: Replayable, { from, to, outcome }: ReplayFilter): boolean {
  const { acceptedAt } = entry
  if ((from !== undefined && acceptedAt < from) || (to !== undefined && acceptedAt >= to)) return false
  if (outcome === 'parked') return row?.status === 'parked'
  // Otherwise an order that goes over a flow would find what it has made.
  if (entry.head.replay) return false
  return settled !== undefined && (outcome === undefined || settled.outcome === outcome)
}
