import { isDeepStrictEqual } from 'node:util'
import { partitionOf } from '../../message/partition.ts'
import type { Entry, FlowState, StoreReader } from '../store.ts'
import { eventsBehind, headsOf } from '../stream-pages.ts'
import { canonical, Digest, identityText, UnorderedDigest } from './digest.ts'
import type { CopiedPosition, Holdings, Origin, Target } from './ends.ts'
import { entriesOf, settledPage } from './flow-copy.ts'
import { without } from './ranges.ts'

/** What was found the same on both sides. */
export interface Compared {
  readonly what: string
  readonly count: number
  readonly digest: string
}

type Counted = Pick<Compared, 'count'> & { readonly value: string }

/** Reads both stores and compares what each says. */
export class Comparison {
  readonly #origin: Origin
  readonly #target: Target
  readonly #messages = new Map<string, { readonly digest: Digest; to: number }>()
  readonly differences: string[] = []

  constructor(origin: Origin, target: Target) {
    this.#origin = origin
    this.#target = target
  }

  /**
   * Compares the messages of a flow up to `to` that were not compared before. While the origin runs, retention may have
   * taken some away there: that is compared at the end.
   */
  async messages(flow: string, to: number): Promise<void> {
    const known = this.#messages.get(flow) ?? { digest: new Digest(), to: 0 }
    this.#messages.set(flow, known)
    const expected = each(entriesOf(this.#origin.read, flow, known.to, to))
    let next = (await expected.next()).value
    for await (const got of each(entriesOf(this.#target.read, flow, known.to, to))) {
      while (next && next.seq < got.seq) {
        this.#differs(`message ${flow}/${next.seq} is missing`)
        next = (await expected.next()).value
      }
      if (next?.seq !== got.seq) continue
      if (!isSameMessage(next, got)) this.#differs(`message ${flow}/${got.seq} is another one`)
      if (got.partition !== partitionOf(got.key, this.#target.partitions))
        this.#differs(`message ${flow}/${got.seq} is in partition ${got.partition}`)
      known.digest.add(String(got.seq), got.id, got.key, JSON.stringify(got.head), got.body)
      next = (await expected.next()).value
    }
    for (; next; next = (await expected.next()).value) this.#differs(`message ${flow}/${next.seq} is missing`)
    known.to = to
  }

  /** Compares everything, when both stand still. `anew` copies the identities once more, as they are now. */
  async rest(anew: () => Promise<void>): Promise<Compared[]> {
    const compared: Compared[] = []
    const [states, copies] = [await this.#origin.read.flows(), await this.#target.read.flows()]
    if (states.length !== copies.length)
      this.#differs(`there are ${states.length} flows, and ${copies.length} in the copy`)
    for (const state of states) {
      const copy = copies.find(({ flow }) => flow === state.flow)
      if (copy === undefined) this.#differs(`flow ${state.flow} is missing`)
      else compared.push(...(await this.#flow(state, copy)))
    }
    return [...compared, await this.#positions(), await this.#identities(anew), await this.#streams()]
  }

  /** Passes bring new identities only: where retention has taken some away, all of them are copied again. */
  async #identities(anew: () => Promise<void>): Promise<Compared> {
    const expected = await identityDigest(this.#origin.holdings)
    let got = await identityDigest(this.#target.holdings)
    if (got.count !== expected.count || got.value !== expected.value) {
      await anew()
      got = await identityDigest(this.#target.holdings)
    }
    return this.#same('identities', expected, got)
  }

  async #flow(state: FlowState, copy: FlowState): Promise<Compared[]> {
    const { flow, head } = state
    await this.messages(flow, head)
    if (!isDeepStrictEqual(countsOf(state), countsOf(copy)))
      this.#differs(
        `the counts of flow ${flow} are ${canonical(countsOf(state))}, ${canonical(countsOf(copy))}`,
      )
    const kept = await this.#origin.holdings.kept(flow)
    const copied = await this.#target.holdings.kept(flow)
    for (const [first] of [...without(kept, copied), ...without(copied, kept)].slice(0, 10))
      this.#differs(`message ${flow}/${first} is kept in one of them only`)
    const digest = this.#messages.get(flow)?.digest ?? new Digest()
    return [
      { what: `${flow}: messages`, count: state.entries, digest: digest.value },
      this.#same(
        `${flow}: ended`,
        await settledDigest(this.#origin.read, state),
        await settledDigest(this.#target.read, state),
      ),
      this.#same(
        `${flow}: unfinished`,
        await unfinishedDigest(this.#origin.read, flow),
        await unfinishedDigest(this.#target.read, flow),
      ),
    ]
  }

  async #positions(): Promise<Compared> {
    const [expected, got] = [this.#origin, this.#target].map(async ({ read, holdings }) => {
      const digest = new UnorderedDigest()
      for (const { source, position } of await holdings.positions()) {
        const named: CopiedPosition = { source, position: (await read.position(source)) ?? position }
        digest.add(canonical(named))
      }
      return digest
    }) as [Promise<UnorderedDigest>, Promise<UnorderedDigest>]
    return this.#same('positions', await expected, await got)
  }

  async #streams(): Promise<Compared> {
    const positions = [this.#origin, this.#target].map(({ holdings }) => holdings.lastPosition())
    const [expected, got] = await Promise.all(positions)
    if (expected !== got) this.#differs(`the last event has position ${expected}, ${got}`)
    return this.#same(
      'events of streams',
      await streamDigest(this.#origin.read),
      await streamDigest(this.#target.read),
    )
  }

  #same(what: string, expected: Counted, got: Counted): Compared {
    const [here, there] = [expected, got].map(({ count, value }) => `${count} (${value})`)
    if (here !== there) this.#differs(`${what}: ${here}, and ${there} in the copy`)
    return { what, count: got.count, digest: got.value }
  }

  #differs(what: string): void {
    this.differences.push(what)
  }
}

async function* each<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T, undefined> {
  for await (const page of pages) yield* page
  return undefined
}

function isSameMessage(a: Entry, b: Entry): boolean {
  const told = ({ id, key, acceptedAt, head }: Entry) => JSON.stringify([id, key, acceptedAt, head])
  return told(a) === told(b) && Buffer.compare(a.body, b.body) === 0
}

const countsOf = ({ flow, head, retired, entries, unfinished }: FlowState) => {
  return { flow, head, retired, entries, unfinished }
}

async function settledDigest(reader: StoreReader, { flow, head }: FlowState): Promise<Digest> {
  const digest = new Digest()
  for (let from = 1; from <= head; from += settledPage)
    for (const each of await reader.settled({ flow, from, to: Math.min(head, from + settledPage - 1) })) {
      const { seq, outcome, at, attempts, note, results, edited } = each
      digest.add(JSON.stringify([seq, outcome, at, attempts, note, results, edited]))
    }
  return digest
}

async function unfinishedDigest(reader: StoreReader, flow: string): Promise<Digest> {
  const digest = new Digest()
  for (let after = 0; ; ) {
    const rows = await reader.unfinished({ flow, after, limit: 1000 })
    for (const { partition, ...row } of rows) digest.add(canonical(row))
    if (rows.length < 1000) return digest
    after = rows.at(-1)?.seq ?? after
  }
}

/** The names of kinds and keys that an index cannot hold come in an order of the store's own. */
async function streamDigest(reader: StoreReader): Promise<Counted> {
  const digest = new UnorderedDigest()
  let events = 0
  for await (const head of headsOf(reader, {})) {
    const stream = new Digest()
    stream.add(canonical(head))
    for await (const event of eventsBehind(reader, head)) {
      stream.add(JSON.stringify(event))
      events++
    }
    digest.add(stream.value)
  }
  return { count: events, value: digest.value }
}

async function identityDigest(holdings: Holdings): Promise<UnorderedDigest> {
  const digest = new UnorderedDigest()
  for await (const part of holdings.identities(Number.MIN_SAFE_INTEGER))
    for (const each of part) digest.add(identityText(each))
  return digest
}
