import type { Admin, ClusterTopicMetadata } from '@platformatic/kafka'
import { IsthmusError } from '../../../errors.ts'
import type { Json } from '../../../message/json-value.ts'
import { pause } from '../../../system/patience.ts'
import { sourceFailure } from '../failure.ts'
import { Fetcher, isOutOfRange } from '../fetcher.ts'
import type { KafkaLink } from '../link.ts'
import type { Fetched, RawRecord } from '../records.ts'
import type { CarriedParcel, Followed } from './carried.ts'
import { Part } from './part.ts'
import { headHeader } from './writer.ts'

/** A place in a partition, as it is stored. */
interface Place {
  /** Id of the topic: one that was made anew is another one. */
  readonly topic: string
  readonly next: string
  /** Of the leader that wrote the record before. */
  readonly epoch?: number | undefined
}

/** How long a broker waits for records before it answers with none, in milliseconds. */
const patience = 250
/** The same while some of its partitions are not asked for, which may be at any moment. */
const short = 10
/** Between two attempts to ask a broker that fails. */
const rest = 100

/**
 * Reads partitions, each from a place of its own, asking each leader for all of its partitions at once. No group shares
 * them out: who follows a partition holds its lease.
 */
export class Follower {
  readonly #link: KafkaLink
  readonly #admin: Admin
  readonly #topic: string
  readonly #fetcher: Fetcher
  readonly #parts = new Map<number, Part>()
  /** Leaders that have been asked and have not answered. */
  readonly #asked = new Set<number>()
  #asking: Promise<void> | undefined
  #change = Promise.withResolvers<void>()

  constructor(link: KafkaLink, admin: Admin, topic: string) {
    this.#link = link
    this.#admin = admin
    this.#topic = topic
    this.#fetcher = new Fetcher(link, admin, topic)
  }

  async follow(
    partition: number,
    from: Json | undefined,
    deliver: (parcel: CarriedParcel) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    let part: Part | undefined
    try {
      part = await this.#begin(partition, from as Place | null | undefined)
      this.#parts.set(partition, part)
      this.#run()
      for (;;) {
        const fetched = await part.take(signal)
        if (!fetched) return
        await deliver(this.#parcel(part, fetched))
      }
    } catch (error) {
      throw sourceFailure(error, `Reading ${this.#topic}/${partition}`)
    } finally {
      if (this.#parts.get(partition) === part) this.#parts.delete(partition)
      this.#changed()
    }
  }

  async close(): Promise<void> {
    const closed = new IsthmusError('SOURCE-FAILED', 'The transport has been closed.')
    for (const part of this.#parts.values()) part.fail(closed)
    await this.#fetcher.close()
    await this.#asking
  }

  /** Throws SOURCE-GAP where what comes next is known to be gone. */
  async #begin(partition: number, place: Place | null | undefined): Promise<Part> {
    const { id: topic } = await this.#metadata()
    if (place && place.topic !== topic) throw this.#anew()
    const earliest = await this.#offset(partition, -2n)
    const next = place ? BigInt(place.next) : place === null ? earliest : 0n
    if (next < earliest) throw this.#gone(partition, next, earliest)
    return new Part({ topic, partition, from: next, epoch: place?.epoch }, () => this.#changed())
  }

  #run(): void {
    this.#changed()
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
      if (this.#parts.size > 0) this.#run()
    })
  }

  /** Asks all leaders, each when it has answered before, while something is followed. */
  async #ask(): Promise<void> {
    while (this.#parts.size > 0) {
      this.#change = Promise.withResolvers()
      try {
        const { partitions } = await this.#metadata()
        const leaders = Map.groupBy(this.#parts.values(), part => partitions[part.partition]?.leader ?? -1)
        for (const [leader, parts] of leaders) if (!this.#asked.has(leader)) this.#start(leader, parts)
      } catch (error) {
        await this.#trouble([...this.#parts.values()], error)
        continue
      }
      await this.#change.promise
    }
  }

  #start(leader: number, parts: readonly Part[]): void {
    const open = parts.filter(part => !part.isFull)
    if (open.length === 0) return
    this.#asked.add(leader)
    const wait = open.length < parts.length ? short : patience
    void this.#round(open, wait)
      .catch(error => this.#trouble(open, error))
      .finally(() => {
        this.#asked.delete(leader)
        this.#changed()
      })
  }

  /** One question to one leader. */
  async #round(parts: readonly Part[], wait: number): Promise<void> {
    const { id, partitions } = await this.#metadata()
    const epochs = new Map(
      parts.map(({ partition }) => [partition, partitions[partition]?.leaderEpoch ?? -1]),
    )
    for (const part of parts)
      if (part.topic !== id) part.fail(this.#anew())
      else await this.#check(part, epochs.get(part.partition) ?? -1)
    const sound = parts.filter(part => !part.isFull)
    const from = new Map(sound.map(({ partition, ask }) => [partition, ask]))
    const { fetched, failures, topicId } = await this.#fetcher.fetch(from, { patience: wait, epochs })
    if (topicId !== id) throw new Error('The topic has changed.')
    for (const part of sound) {
      const found = fetched.get(part.partition)
      if (found && this.#parts.get(part.partition) === part) part.push(found)
      if (found || failures.length === 0) part.silentSince = undefined
    }
    if (failures.some(isOutOfRange)) for (const part of sound) await this.#findGap(part)
    if (failures.length > 0)
      await this.#trouble(
        sound.filter(({ partition }) => !fetched.has(partition)),
        failures[0],
      )
  }

  /** A new leader may not have all that the one before had: then what comes next is not what would have come. */
  async #check(part: Part, current: number): Promise<void> {
    if (part.checked === current) return
    if (part.epoch !== undefined && part.epoch >= 0) {
      const end = await this.#fetcher.endOf(part.partition, part.epoch, current)
      if (end < part.ask) return part.fail(this.#cut(part))
    }
    part.checked = current
  }

  async #findGap(part: Part): Promise<void> {
    const [earliest, latest] = await Promise.all([-2n, -1n].map(at => this.#offset(part.partition, at)))
    if (part.ask < (earliest ?? 0n)) part.fail(this.#gone(part.partition, part.ask, earliest ?? 0n))
    else if (part.ask > (latest ?? part.ask)) part.fail(this.#cut(part))
  }

  /** A broker may fail for as long as one call may take: another one becomes leader meanwhile. */
  async #trouble(parts: readonly Part[], error: unknown): Promise<void> {
    this.#admin.clearMetadata()
    const now = performance.now()
    for (const part of parts) {
      part.silentSince ??= now
      if (now - part.silentSince > this.#link.callTimeout) part.fail(error)
    }
    await pause(rest, new AbortController().signal)
  }

  async #metadata(): Promise<ClusterTopicMetadata> {
    const { topics } = await this.#admin.metadata({ topics: [this.#topic] })
    const topic = topics.get(this.#topic)
    if (!topic) throw new Error(`Unknown topic ${this.#topic}.`)
    return topic
  }

  async #offset(partition: number, timestamp: bigint): Promise<bigint> {
    const topics = [{ name: this.#topic, partitions: [{ partitionIndex: partition, timestamp }] }]
    const [found] = await this.#admin.listOffsets({ topics, isolationLevel: 0 })
    return found?.partitions[0]?.offset ?? 0n
  }

  #parcel({ topic, partition }: Part, { records, next, epoch }: Fetched): CarriedParcel {
    const place: Place = { topic, next: String(next), epoch }
    return {
      records: records.map(record => this.#followed(partition, record)),
      next: JSON.parse(JSON.stringify(place)) as Json,
    }
  }

  #followed(partition: number, { offset, value, headers }: RawRecord): Followed {
    const head = headers.find(([name]) => name?.toString() === headHeader)?.[1]?.toString()
    return { head, body: value ?? new Uint8Array(), place: `${this.#topic}/${partition}/${offset}` }
  }

  #changed(): void {
    this.#change.resolve()
  }

  #gone(partition: number, next: bigint, earliest: bigint): IsthmusError {
    const place = `${this.#topic}/${partition} should go on at ${next}`
    return gap(`${place}, but begins at ${earliest}: what was not taken over yet has been deleted`)
  }

  #anew(): IsthmusError {
    return gap(`the topic ${this.#topic} was deleted and made anew`)
  }

  #cut({ partition, ask }: Part): IsthmusError {
    return gap(`${this.#topic}/${partition} should go on at ${ask}, but its log has been cut off before`)
  }
}

function gap(reason: string): IsthmusError {
  return new IsthmusError('SOURCE-GAP', `A gap is possible: ${reason}.`)
}
