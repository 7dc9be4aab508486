import type { Landscape } from '../../../flow/landscape.ts'
import { currentSagas } from '../../../flow/own-systems.ts'
import { allSteps, isEffect } from '../../../flow/step.ts'
import { masked } from '../../../observe/personal-data.ts'
import type { Entry, FoundMessage, StoreReader } from '../../../store/store.ts'
import { channelId } from '../../../system/channel.ts'
import { sagasSystem } from '../../../system/own-system.ts'
import type { KnownVersion } from '../landscape/registry.ts'
import { parseMessageName } from '../operations.ts'
import { FlowFacts, outcomeOfAll, type Stood, standsOf, systemsOnWay } from './keys-view.ts'
import type { TraceAnswer, TraceQuery } from './schemas.ts'
import type { Seeing } from './search-view.ts'

type TraceHop = TraceAnswer['hops'][number]
/** Masks the reasons and notes of a message. */
type Masked = (entry: Entry) => Promise<Pick<TraceHop, 'error' | 'note'>>

/** Messages that led to the first of a page, of other keys, that are shown before it. */
const ancestorsAtMost = 20

/** Follows a business key through the flows. */
export class TraceView {
  readonly #reader: StoreReader
  readonly #landscape: Landscape
  readonly #facts: FlowFacts
  readonly #versions: (flow: string) => readonly KnownVersion[]
  readonly #discreet: Masked

  /** `discreet` gives what is told of a message of a flow through which personal data go. */
  constructor(
    landscape: Landscape,
    reader: StoreReader,
    parts: { versions(flow: string): readonly KnownVersion[]; discreet: Masked },
  ) {
    this.#landscape = landscape
    this.#reader = reader
    this.#facts = new FlowFacts(landscape)
    this.#versions = parts.versions
    this.#discreet = parts.discreet
  }

  /** Undefined if there is no message of the key. */
  async trace(query: TraceQuery, seeing: Seeing): Promise<TraceAnswer | undefined> {
    const { limit = 100, before } = query
    const key = query.key ?? (await this.#keyOf(query.message ?? ''))
    if (key === undefined) return undefined
    const page = await this.#reader.find({ keys: [key], limit, after: before })
    const seen = page.messages.filter(({ flow }) => seeing.sees({ flow }))
    if (seen.length === 0) return undefined
    const own = await standsOf(this.#reader, seen)
    const entries = await this.#entriesOf(own)
    const hops = await Promise.all(
      inOrder(own, entries).map(each => this.#hop(each, entries.get(nameOf(each)), seeing)),
    )
    const earlier = page.next === undefined ? await this.#ancestors(key, entries, seeing) : []
    const ordered = [...earlier, ...hops]
    const isMasked = !seeing.personal && own.some(each => this.#isPersonal(each))
    const stopped = hops.findLast(({ state }) => state === 'parked' || state === 'doubt')
    const times = ordered.flatMap(({ acceptedAt, endedAt }) => [acceptedAt, endedAt ?? acceptedAt])
    const [first, last] = [Math.min(...times), Math.max(...times)]
    return {
      key: isMasked ? masked : key,
      masked: isMasked,
      state: outcomeOfAll(own),
      ...(stopped && { stoppedAt: stopped.message }),
      systems: systemsOnWay(this.#facts, ordered),
      first,
      last,
      duration: last - first,
      hops: ordered,
      expected: this.#expected(own),
      sagas: await this.#sagas(key, seeing),
      ...(page.next !== undefined && { older: page.next }),
    }
  }

  versionAt(flow: string, at: number): number | undefined {
    const versions = this.#versions(flow)
    return (versions.find(({ since }) => since <= at) ?? versions.at(-1))?.version
  }

  async #keyOf(message: string): Promise<string | undefined> {
    const name = parseMessageName(message)
    if (!name) return undefined
    const [entry] = await this.#reader.entries({ flow: name.flow, seqs: [name.seq], limit: 1 })
    return entry?.key
  }

  async #entriesOf(messages: readonly FoundMessage[]): Promise<ReadonlyMap<string, Entry>> {
    const byFlow = Map.groupBy(messages, ({ flow }) => flow)
    const found = await Promise.all(
      [...byFlow].map(([flow, all]) =>
        this.#reader.entries({ flow, seqs: all.map(({ seq }) => seq), limit: all.length }),
      ),
    )
    return new Map(found.flat().map(entry => [nameOf(entry), entry]))
  }

  #isPersonal({ flow, key, id }: FoundMessage): boolean {
    return key !== id && this.#facts.hasPersonalKey(flow)
  }

  async #hop(message: Stood, entry: Entry | undefined, seeing: Seeing, traced?: string): Promise<TraceHop> {
    const { flow, seq, id, acceptedAt, settled, unfinished, key } = message
    const { cause, replay } = entry?.head ?? {}
    const { error, due, attempts = 0, decisions = [], edited } = unfinished ?? {}
    const plain = { error, note: settled?.note }
    const quotes = plain.error !== undefined || plain.note !== undefined
    const told = entry && quotes && !seeing.personal ? await this.#discreet(entry) : plain
    const ended = settled && { endedAt: settled.at, ms: Math.max(0, settled.at - acceptedAt) }
    const version = this.versionAt(flow, acceptedAt)
    const hidden = !seeing.personal && this.#isPersonal(message)
    return {
      message: nameOf(message),
      flow,
      seq,
      id,
      ...(cause !== undefined && { cause }),
      ...(traced !== undefined && key !== traced && { key: hidden ? masked : key }),
      from: this.#facts.way(flow).from || (entry?.head.source ?? ''),
      to: [...this.#facts.way(flow).to],
      acceptedAt,
      ...ended,
      state: settled?.outcome ?? unfinished?.status ?? 'waiting',
      attempts: settled?.attempts ?? attempts,
      ...(due !== undefined && { due }),
      ...(told.error && { error: told.error }),
      ...(told.note !== undefined && { note: told.note }),
      decisions: decisions.length,
      ...(replay && { replayOf: `${flow}/${replay.seq}` }),
      ...((edited ?? settled?.edited) && { edited: true }),
      ...(version !== undefined && { version }),
      bytes: entry?.body.byteLength ?? 0,
    }
  }

  /** What led to the first messages under other keys, the first of all first. */
  async #ancestors(key: string, entries: ReadonlyMap<string, Entry>, seeing: Seeing): Promise<TraceHop[]> {
    const known = new Set([...entries.values()].map(({ id }) => id))
    const found: TraceHop[] = []
    let causes = causesOf([...entries.values()], known)
    while (causes.length > 0 && found.length < ancestorsAtMost) {
      const all = await Promise.all(causes.map(id => this.#reader.entries({ id, limit: 3 })))
      const parents = all.flat().filter(({ flow }) => seeing.sees({ flow }))
      const stood = await standsOf(
        this.#reader,
        parents.map(({ flow, seq, key, id, acceptedAt }) => ({ flow, seq, key, id, acceptedAt })),
      )
      const hops = await Promise.all(stood.map((each, n) => this.#hop(each, parents[n], seeing, key)))
      found.unshift(...hops.sort((a, b) => a.acceptedAt - b.acceptedAt))
      for (const { id } of parents) known.add(id)
      causes = causesOf(parents, known)
    }
    return found
  }

  /** Flows that take what the last ones deliver, and have no message of the key. */
  #expected(own: readonly Stood[]): TraceAnswer['expected'] {
    const reached = new Set(own.map(({ flow }) => flow))
    const found = new Map<string, TraceAnswer['expected'][number]>()
    const delivered = (name: string) =>
      [...allSteps(this.#facts.flow(name)?.steps ?? [])]
        .filter(isEffect)
        .map(({ channel }) => channelId(channel))
    for (let edge = [...reached]; edge.length > 0; ) {
      const channels = new Set(edge.flatMap(delivered))
      const next = this.#facts.all.filter(
        ({ name, source }) => channels.has(channelId(source)) && !reached.has(name) && !found.has(name),
      )
      for (const { name } of next) {
        const { from, to } = this.#facts.way(name)
        found.set(name, { flow: name, from, to: [...to] })
      }
      edge = next.map(({ name }) => name)
    }
    return [...found.values()]
  }

  async #sagas(key: string, { sees }: Seeing): Promise<TraceAnswer['sagas']> {
    const names = currentSagas(this.#landscape.sagas).map(({ name }) => name)
    const begins = (saga: string) =>
      this.#facts.all.some(({ name, steps }) => {
        const channels = [...allSteps(steps)].filter(isEffect).map(({ channel }) => channelId(channel))
        return sees({ flow: name }) && channels.includes(`${sagasSystem}.${saga}`)
      })
    const asked = names.filter(begins)
    const heads = await Promise.all(
      asked.map(saga => this.#reader.streams.head({ kind: `saga/${saga}`, key })),
    )
    return heads.flatMap((head, n) => (head ? [{ saga: asked[n] as string, key, state: head.state }] : []))
  }
}

function causesOf(entries: readonly Entry[], known: ReadonlySet<string>): string[] {
  const causes = entries.flatMap(({ head }) => head.cause ?? [])
  return [...new Set(causes)].filter(id => !known.has(id)).slice(0, ancestorsAtMost)
}

/** By time; what led to another stands before it, however the clocks were. */
function inOrder(messages: readonly Stood[], entries: ReadonlyMap<string, Entry>): Stood[] {
  const sorted = messages.toSorted((a, b) => a.acceptedAt - b.acceptedAt || a.seq - b.seq)
  const byId = Map.groupBy(sorted, ({ id }) => id)
  const placed = new Set<Stood>()
  const place = (message: Stood, depth = 0): void => {
    if (placed.has(message)) return
    const cause = entries.get(nameOf(message))?.head.cause
    if (depth < 50)
      for (const parent of byId.get(cause ?? '') ?? []) if (parent !== message) place(parent, depth + 1)
    placed.add(message)
  }
  for (const message of sorted) place(message)
  return [...placed]
}

function nameOf({ flow, seq }: { readonly flow: string; readonly seq: number }): string {
  return `${flow}/${seq}`
}
