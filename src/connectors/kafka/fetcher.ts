import type { Base, Connection, ConnectionPool } from '@platformatic/kafka'
import { hasCode } from './failure.ts'
import type { KafkaLink } from './link.ts'
import { committedRecords, type Fetched, type FetchedPartition } from './records.ts'

/** Bytes of one answer, and of one partition in it. A record that is longer comes alone. */
const answerBytes = 8 * 1024 * 1024
const partitionBytes = 1024 * 1024

/** What is asked for, beside the places. */
export interface FetchOptions {
  /** How long a broker waits for records before it answers with none, in milliseconds. Default 500. */
  readonly patience?: number
  /** By partition: the epoch of the leader that is asked. Another one refuses. Default: whoever leads answers. */
  readonly epochs?: ReadonlyMap<number, number>
}

interface FetchAnswer {
  readonly responses: readonly { readonly partitions: readonly AnsweredPartition[] }[]
}

interface AnsweredPartition extends FetchedPartition {
  readonly partitionIndex: number
  readonly errorCode: number
}

/** What the brokers answered to one round. */
export interface Round {
  readonly fetched: ReadonlyMap<number, Fetched>
  readonly failures: readonly unknown[]
  /** Of the topic, if it is there. */
  readonly topicId?: string
  readonly partitionCount: number
}

type Client = Pick<Base, 'metadata' | 'listApis' | 'clearMetadata'>

/**
 * Asks the leaders of partitions for records, on connections of its own: heartbeats need not wait behind it. It speaks
 * the protocol itself, since what the client leaves out as aborted is not always that: see `committedRecords`.
 */
export class Fetcher {
  readonly #link: KafkaLink
  readonly #client: Client
  readonly #topic: string
  readonly #pool: ConnectionPool
  #latest: number | undefined

  constructor(link: KafkaLink, client: Client, topic: string) {
    this.#link = link
    this.#client = client
    this.#topic = topic
    this.#pool = link.pool()
  }

  /** One round over the leaders of these partitions, from these offsets on. What fails is in `failures`. */
  async fetch(from: ReadonlyMap<number, bigint>, options: FetchOptions = {}): Promise<Round> {
    const metadata = await this.#client.metadata({ topics: [this.#topic] })
    const topic = metadata.topics.get(this.#topic)
    if (!topic) throw new Error(`Unknown topic ${this.#topic}.`)
    this.#latest ??= await this.#latestVersion()
    const byLeader = Map.groupBy(from, ([partition]) => topic.partitions[partition]?.leader ?? -1)
    const failures: unknown[] = []
    const fetched = new Map<number, Fetched>()
    const asks = [...byLeader].map(async ([leader, offsets]) => {
      try {
        const broker = metadata.brokers.get(leader)
        if (!broker) throw new Error(`A partition of ${this.#topic} has no leader at this moment.`)
        const connection = await this.#pool.get(broker)
        const answer = await this.#ask(connection, topic.id, offsets, options, failures)
        for (const [partition, part] of read(answer, from)) fetched.set(partition, part)
      } catch (error) {
        failures.push(error)
      }
    })
    await Promise.all(asks)
    if (failures.length > 0) this.#client.clearMetadata()
    return { fetched, failures, topicId: topic.id, partitionCount: topic.partitionsCount }
  }

  /** Of an answer that says that some partitions failed, the others are good. */
  async #ask(
    connection: Connection,
    topicId: string,
    offsets: readonly (readonly [number, bigint])[],
    { patience = 500, epochs }: FetchOptions,
    failures: unknown[],
  ): Promise<FetchAnswer> {
    const partitions = offsets.map(([partition, fetchOffset]) => ({
      ...{ partition, fetchOffset, partitionMaxBytes: partitionBytes },
      ...{ currentLeaderEpoch: epochs?.get(partition) ?? -1, lastFetchedEpoch: -1 },
    }))
    try {
      return await this.#send(connection, topicId, partitions, patience)
    } catch (error) {
      const { response } = error as { response?: FetchAnswer }
      if (!response) throw error
      failures.push(error)
      return response
    }
  }

  /** From version 13 on a topic is told by its id, so that one that was made anew is not taken for it. */
  #send(
    connection: Connection,
    topicId: string,
    partitions: Asked[],
    patience: number,
  ): Promise<FetchAnswer> {
    const { fetchV11, fetchV13 } = this.#link.driver
    const isById = (this.#latest ?? 0) >= 13
    const topics = [{ topicId: isById ? topicId : this.#topic, partitions }]
    // Committed records only; without a session.
    const limits = [patience, 1, answerBytes, 1, 0, -1] as const
    const { api } = isById ? fetchV13 : fetchV11
    return api.async(connection, ...limits, topics, [], '') as Promise<FetchAnswer>
  }

  /**
   * Where the log of a partition ends for who has read records of a leader of this epoch: the offset behind the last
   * record of it or an earlier one, and -1 if the leader knows none. `current`: of the leader that is asked. Source: KIP-320.
   */
  async endOf(partition: number, epoch: number, current: number): Promise<bigint> {
    const { brokers, topics } = await this.#client.metadata({ topics: [this.#topic] })
    const broker = brokers.get(topics.get(this.#topic)?.partitions[partition]?.leader ?? -1)
    if (!broker) throw new Error(`A partition of ${this.#topic} has no leader at this moment.`)
    const asked = { partitionIndex: partition, currentLeaderEpoch: current, leaderEpoch: epoch }
    const { api } = this.#link.driver.offsetForLeaderEpochV4
    const connection = await this.#pool.get(broker)
    const answer = await api.async(connection, -1, [{ name: this.#topic, partitions: [asked] }])
    return answer.topics[0]?.partitions[0]?.endOffset ?? -1n
  }

  async #latestVersion(): Promise<number> {
    const apis = await this.#client.listApis()
    return apis.find(({ name }) => name === 'Fetch')?.maxVersion ?? 0
  }

  /** At once: a request that waits for records need not be answered any more. */
  async close(): Promise<void> {
    for (const [, connection] of this.#pool) connection.socket?.destroy()
    await this.#pool.close()
  }
}

interface Asked {
  partition: number
  fetchOffset: bigint
  partitionMaxBytes: number
  currentLeaderEpoch: number
  lastFetchedEpoch: number
}

function* read({ responses }: FetchAnswer, from: ReadonlyMap<number, bigint>): Generator<[number, Fetched]> {
  for (const { partitions } of responses)
    for (const partition of partitions) {
      const offset = from.get(partition.partitionIndex)
      if (offset === undefined || partition.errorCode !== 0) continue
      const part = committedRecords(partition, offset)
      if (part.next > offset) yield [partition.partitionIndex, part]
    }
}

export function isOutOfRange(error: unknown): boolean {
  return hasCode(error, 'OFFSET_OUT_OF_RANGE')
}
