import type { Connection, Consumer } from '@platformatic/kafka'
import { pause } from '../../system/patience.ts'
import type { KafkaLink } from './link.ts'

const heartbeat = 3_000
/** A member that is to give partitions back may finish what it does with them for so long. */
const rebalance = 60_000
/** Longest time for leaving in order. */
const parting = 3_000

/**
 * Membership in a consumer group, rebalanced cooperatively: partitions that stay are read on meanwhile. `settle` is
 * waited for before partitions that were taken away are given back.
 */
export class Member {
  readonly consumer: Consumer
  readonly #link: KafkaLink
  readonly #topic: string
  readonly #sessionTimeout: number
  #heard = 0
  #failure: unknown
  #wake = Promise.withResolvers<void>()
  #partitionCount = 0

  constructor(
    link: KafkaLink,
    options: { readonly topic: string; readonly group: string; readonly sessionTimeout: number },
    settle: () => Promise<void>,
  ) {
    const { topic, group: groupId, sessionTimeout } = options
    this.#link = link
    this.#topic = topic
    this.#sessionTimeout = sessionTimeout
    // Members of an earlier version of the protocol find the generation here: none.
    const noGeneration = Buffer.alloc(4, 0xff)
    this.consumer = new link.driver.Consumer({
      ...link.clientOptions,
      groupId,
      sessionTimeout,
      rebalanceTimeout: Math.max(rebalance, sessionTimeout),
      heartbeatInterval: Math.min(heartbeat, Math.floor(sessionTimeout / 3)),
      protocols: [{ name: 'cooperative-sticky', version: 3 }],
      // Who leads the group shares out the topics of all its members; the client knows its own ones only.
      partitionAssigner: (current, members, _own, metadata) => {
        const topics = new Set([...members.values()].flatMap(({ topics = [] }) => topics))
        return link.driver.cooperativeStickyAssigner(current, members, topics, metadata)
      },
      protocolsMetadata: async () => {
        await settle()
        return noGeneration
      },
      autocommit: false,
      retries: 10,
    })
    link.guard(this.consumer.connections)
    this.consumer.topics.track(topic)
    this.#listen()
  }

  #listen(): void {
    const heard = () => {
      this.#heard = performance.now()
      this.#wake.resolve()
      this.#wake = Promise.withResolvers<void>()
    }
    const failed = (error: unknown) => {
      this.#failure ??= error
      this.#wake.resolve()
    }
    this.consumer.on('consumer:group:join', heard)
    this.consumer.on('consumer:heartbeat:end', heard)
    this.consumer.on('consumer:heartbeat:stalled', ({ lastError }) =>
      failed(lastError ?? new Error('no heartbeat')),
    )
    // A member that could not join again sends no heartbeats any more.
    this.consumer.on('error', failed)
  }

  /** Joins, or lets the partitions be shared out anew. */
  async join(): Promise<void> {
    const metadata = await this.consumer.metadata({ topics: [this.#topic], forceUpdate: true })
    this.#partitionCount = metadata.topics.get(this.#topic)?.partitionsCount ?? 0
    await this.consumer.joinGroup({})
  }

  /** False while the group may believe us dead, as after a long standstill: then others read our partitions. */
  get isAlive(): boolean {
    return performance.now() - this.#heard < this.#sessionTimeout
  }

  /** The partitions that are ours now. */
  get partitions(): readonly number[] {
    if (!this.isAlive) return []
    return this.consumer.assignments?.find(({ topic }) => topic === this.#topic)?.partitions ?? []
  }

  /** Throws why the membership has ended, if it has. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Resolves when partitions may have come or gone, or after `milliseconds`. */
  async change(milliseconds: number, signal: AbortSignal): Promise<void> {
    const changed = new AbortController()
    void this.#wake.promise.then(() => changed.abort())
    await pause(milliseconds, AbortSignal.any([signal, changed.signal]))
  }

  /** The topic has got more partitions, and nobody else may have seen it. */
  async grow(count: number): Promise<void> {
    if (count <= this.#partitionCount) return
    await this.join()
  }

  /**
   * Commits under the generation that we are in. It rejects when the group has gone on without us, and then nothing is
   * committed. The client's own commit would join anew and commit what belongs to others by then.
   */
  async commit(offsets: ReadonlyMap<number, bigint>): Promise<void> {
    const { groupId, generationId, memberId } = this.consumer
    if (offsets.size === 0 || memberId === null) return
    const partitions = [...offsets].map(([partitionIndex, committedOffset]) => ({
      ...{ partitionIndex, committedOffset },
      ...{ committedLeaderEpoch: -1, committedMetadata: null },
    }))
    const connection = await this.#coordinator()
    const topics = [{ name: this.#topic, partitions }]
    await this.#link.driver.offsetCommitV8.api.async(
      connection,
      groupId,
      generationId,
      memberId,
      null,
      topics,
    )
  }

  async #coordinator(): Promise<Connection> {
    const coordinator = await this.consumer.findGroupCoordinator()
    const { brokers } = await this.consumer.metadata({ topics: [this.#topic] })
    const broker = brokers.get(coordinator)
    if (!broker) throw new Error('The coordinator of the group is not known at this moment.')
    return this.consumer.connections.get(broker)
  }

  /** Leaves in order where that is quick; the group finds out by itself where it is not. */
  async leave(): Promise<void> {
    const sockets = [...this.consumer.connections].map(([, connection]) => connection.socket)
    const left = this.consumer.close(true).catch(() => undefined)
    await Promise.race([left, new Promise(resolve => setTimeout(resolve, parting).unref())])
    for (const socket of sockets) socket?.destroy()
  }
}
