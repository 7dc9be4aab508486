import { once } from 'node:events'
import { pause } from '../../system/patience.ts'
import type { DeliveryMaker } from './delivery.ts'
import { hasCode } from './failure.ts'
import { Fetcher, isOutOfRange } from './fetcher.ts'
import type { KafkaLink } from './link.ts'
import { Member } from './member.ts'
import type { Places } from './places.ts'
import type { Fetched, RawRecord } from './records.ts'

/** Most records of one acceptance. */
const most = 2_000
/** Between two commits, in milliseconds. */
const commitEvery = 250
/** While no partition is ours, in milliseconds. */
const idle = 1_000
/** Between two attempts to ask a broker that fails. */
const rest = 100
/** For the last commit, in milliseconds: without it some records come again. */
const parting = 3_000
/** What is under way with partitions that were taken away may take so long before they are given back. */
const settling = 20_000

/** A partition for as long as it is ours. One that went and came back is another one. */
interface Part {
  readonly partition: number
  /** From here on is to be asked for. */
  ask: bigint
  /** Everything before it is accepted. */
  accepted: bigint
  committed: bigint
}

interface Chunk extends Fetched {
  readonly part: Part
  readonly from: bigint
}

export interface ReadingOptions {
  readonly topic: string
  readonly group: string
  readonly from: 'earliest' | 'latest'
  readonly sessionTimeout: number
}

/** One stay in a consumer group: from joining to leaving. */
export class Reading {
  readonly #link: KafkaLink
  readonly #options: ReadingOptions
  readonly #member: Member
  readonly #fetcher: Fetcher
  readonly #parts = new Map<number, Part>()
  /** Taken from us in order, and not given back yet. */
  #parting: Part[] = []
  #accepting: Promise<unknown> = Promise.resolve()
  #committing: Promise<void> | undefined
  /** Since when a question has had no good answer. */
  #silentSince: number | undefined

  constructor(link: KafkaLink, options: ReadingOptions) {
    this.#link = link
    this.#options = options
    this.#member = new Member(link, options, () => this.#settle())
    this.#fetcher = new Fetcher(link, this.#member.consumer, options.topic)
  }

  /** Gives the id of the topic. */
  async join(): Promise<string> {
    await this.#member.join()
    const { topic } = this.#options
    const { topics } = await this.#member.consumer.metadata({ topics: [topic] })
    return topics.get(topic)?.id ?? topic
  }

  /** Until the signal aborts. While one round is accepted, the next is asked for. */
  async read(places: Places, maker: DeliveryMaker, signal: AbortSignal): Promise<void> {
    const failed = new AbortController()
    const end = AbortSignal.any([signal, failed.signal])
    const ended = once(end, 'abort').then(() => [])
    const silence = Promise.withResolvers<never>()
    silence.promise.catch(() => undefined)
    const timer = setInterval(() => {
      this.#commitNow()
      if (this.#isSilent) silence.reject(new Error(`no answer within ${this.#link.callTimeout} ms`))
    }, commitEvery)
    try {
      let ahead = this.#round(places, end)
      while (!end.aborted) {
        ahead.catch(() => undefined)
        const chunks = await Promise.race([ahead, ended, silence.promise])
        if (end.aborted) return
        ahead = this.#round(places, end)
        ahead.catch(() => undefined)
        await this.#take(chunks, places, maker, end)
      }
    } finally {
      clearInterval(timer)
      failed.abort()
      await places.idle()
    }
  }

  /** Commits, leaves the group in order, and ends all connections. */
  async close(): Promise<void> {
    const late = new AbortController()
    const committed = (this.#committing ?? Promise.resolve()).then(() => this.#commit())
    await Promise.race([committed, pause(parting, late.signal)])
    late.abort()
    await this.end()
  }

  /** The same without a commit, also while `read` runs: it fails then. */
  async end(): Promise<void> {
    await this.#fetcher.close()
    await this.#member.leave()
  }

  /** What one question to all leaders brought. */
  async #round(places: Places, signal: AbortSignal): Promise<Chunk[]> {
    while (!signal.aborted) {
      this.#member.check()
      await this.#follow(places, signal)
      if (this.#parts.size === 0) {
        await this.#member.change(idle, signal)
        continue
      }
      const parts = [...this.#parts.values()]
      const asked = new Map(parts.map(({ partition, ask }) => [partition, ask]))
      const { fetched, failures, topicId, partitionCount } = await this.#ask(asked)
      if (signal.aborted) return []
      if (topicId !== undefined) places.checkTopic(topicId)
      await this.#meet(failures, places, signal)
      await this.#member.grow(partitionCount)
      const chunks = parts.flatMap(part => {
        const found = fetched.get(part.partition)
        const from = part.ask
        if (!found || found.next <= from) return []
        part.ask = found.next
        return [{ ...found, part, from }]
      })
      if (chunks.length > 0) return chunks
    }
    return []
  }

  async #ask(asked: ReadonlyMap<number, bigint>): ReturnType<Fetcher['fetch']> {
    this.#silentSince ??= performance.now()
    try {
      return await this.#fetcher.fetch(asked)
    } catch (error) {
      return { fetched: new Map(), failures: [error], partitionCount: 0 }
    }
  }

  get #isSilent(): boolean {
    return performance.now() - (this.#silentSince ?? Number.POSITIVE_INFINITY) > this.#link.callTimeout
  }

  /** A broker may fail for as long as one call may take: another one becomes leader meanwhile. */
  async #meet(failures: readonly unknown[], places: Places, signal: AbortSignal): Promise<void> {
    if (failures.length === 0) this.#silentSince = undefined
    const lost = failures.find(isOutOfRange)
    if (lost !== undefined) await this.#findGap(places, lost)
    const [first] = failures
    if (first === undefined) return
    if (this.#isSilent) throw first
    await pause(rest, signal)
  }

  async #findGap(places: Places, error: unknown): Promise<never> {
    const { earliest, latest } = await this.#bounds()
    for (const { partition, ask } of this.#parts.values()) {
      const bounds = { earliest: earliest[partition] ?? ask, latest: latest[partition] ?? ask }
      if (ask < bounds.earliest || ask > bounds.latest) throw places.gap(partition, ask, bounds)
    }
    throw error
  }

  /** Takes up partitions that have come, and forgets those that have gone. */
  async #follow(places: Places, signal: AbortSignal): Promise<void> {
    const ours = this.#member.partitions
    for (const part of this.#parts.values()) if (!ours.includes(part.partition)) this.#drop(part)
    const come = ours.filter(partition => !this.#parts.has(partition))
    if (come.length === 0) return
    const { topic, from } = this.#options
    const count = await this.#count()
    const all = Array.from({ length: count }, (_, partition) => partition)
    const commits = await this.#member.consumer.listCommittedOffsets({ topics: [{ topic, partitions: all }] })
    const committed = (commits.get(topic) ?? []).map(offset => (offset >= 0n ? offset : undefined))
    const isKnown = !places.isEmpty || committed.some(offset => offset !== undefined)
    const { earliest, latest } = await this.#bounds()
    // Of a group that begins, all members begin at one place, also with partitions that come later.
    const toBegin = isKnown ? come : all
    const begins = new Map(
      toBegin.map(partition => {
        const bounds = { earliest: earliest[partition] ?? 0n, latest: latest[partition] ?? 0n }
        const known = { ...bounds, committed: committed[partition] }
        return [partition, places.begin(partition, known, isKnown, from)]
      }),
    )
    if (!(await places.accept([], begins, signal))) return
    if (!isKnown) await this.#member.commit(begins)
    for (const partition of come) {
      const offset = begins.get(partition) ?? 0n
      const part = { partition, ask: offset, accepted: offset, committed: committed[partition] ?? -1n }
      this.#parts.set(partition, part)
    }
  }

  async #count(): Promise<number> {
    const { topic } = this.#options
    const { topics } = await this.#member.consumer.metadata({ topics: [topic] })
    return topics.get(topic)?.partitionsCount ?? 0
  }

  async #bounds(): Promise<{ earliest: readonly bigint[]; latest: readonly bigint[] }> {
    const { topic } = this.#options
    const list = async (timestamp: bigint) => {
      const found = await this.#member.consumer.listOffsets({ topics: [topic], timestamp, isolationLevel: 0 })
      return found.get(topic) ?? []
    }
    const [earliest, latest] = await Promise.all([list(-2n), list(-1n)])
    return { earliest, latest }
  }

  /** Accepts what still is ours, some records at a time, and then may commit it. */
  async #take(
    chunks: readonly Chunk[],
    places: Places,
    maker: DeliveryMaker,
    signal: AbortSignal,
  ): Promise<void> {
    for (const slice of slicesOf(chunks)) {
      const ours = slice.filter(piece => this.#isNext(piece))
      if (ours.length === 0 || signal.aborted) continue
      const records = ours.flatMap(({ part, records }) =>
        records.map(each => [part.partition, each] as const),
      )
      const accepting = maker.make(records, signal).then(deliveries => {
        const moved = new Map(ours.map(({ part, next }) => [part.partition, next]))
        return places.accept(deliveries, moved, signal)
      })
      this.#accepting = accepting.catch(() => undefined)
      if (!(await accepting)) return
      for (const { part, next } of ours) part.accepted = next
    }
  }

  /** What was fetched before its partition went, or in place of something that was left lying, is fetched anew. */
  #isNext({ part, from }: Chunk): boolean {
    if (this.#parts.get(part.partition) !== part) return false
    if (!this.#member.partitions.includes(part.partition)) {
      this.#drop(part)
      return false
    }
    if (from === part.accepted) return true
    part.ask = part.accepted
    return false
  }

  /** Before partitions are given back: what is being accepted is finished, and committed for who has them next. */
  async #settle(): Promise<void> {
    const late = new AbortController()
    await Promise.race([this.#accepting, pause(settling, late.signal)])
    late.abort()
    // Who waits for the acceptance goes on first.
    await new Promise(setImmediate)
    await this.#commit([...this.#parts.values(), ...this.#parting])
    this.#parting = []
  }

  #drop(part: Part): void {
    this.#parts.delete(part.partition)
    if (this.#member.isAlive) this.#parting.push(part)
  }

  /**
   * What the group does not take any more is not ours: who has the partition now reads it again. Never for partitions
   * of others, whose offsets would be set back.
   */
  async #commit(parts: Iterable<Part> = this.#owned()): Promise<void> {
    const due = [...parts].filter(({ accepted, committed }) => accepted > committed)
    const offsets = new Map(due.map(({ partition, accepted }) => [partition, accepted]))
    try {
      await this.#member.commit(offsets)
      for (const part of due) part.committed = offsets.get(part.partition) ?? part.committed
    } catch (error) {
      // The next commit says more, and our own places say it too. What belongs to a topic that was deleted must not be
      // said of another one that is made in its place.
      if (hasCode(error, 'UNKNOWN_TOPIC_OR_PARTITION')) for (const part of due) part.committed = part.accepted
    }
  }

  #commitNow(): void {
    this.#committing ??= this.#commit().finally(() => {
      this.#committing = undefined
    })
  }

  #owned(): Part[] {
    const ours = this.#member.partitions
    return [...this.#parts.values()].filter(({ partition }) => ours.includes(partition))
  }
}

/** The same records in acceptable numbers. */
function* slicesOf(chunks: readonly Chunk[]): Generator<Chunk[]> {
  let slice: Chunk[] = []
  let size = 0
  for (const chunk of chunks) {
    let { from } = chunk
    let rest: readonly RawRecord[] = chunk.records
    while (size + rest.length > most) {
      const records = rest.slice(0, most - size)
      const next = (rest[records.length] as RawRecord).offset
      yield [...slice, { ...chunk, records, from, next }]
      slice = []
      size = 0
      rest = rest.slice(records.length)
      from = next
    }
    slice.push({ ...chunk, records: rest, from })
    size += rest.length
  }
  if (slice.length > 0) yield slice
}
