import type { ClusterTopicMetadata, MessageToProduce, Producer } from '@platformatic/kafka'
import { IsthmusError } from '../../errors.ts'
import type { ProduceOptions } from './config.ts'
import { hasCode } from './failure.ts'
import type { KafkaLink } from './link.ts'
import type { OutgoingRecord } from './outgoing-record.ts'

/** The client asks again under the same sequence numbers: a repeat that arrives twice stands in the topic once. */
const repeats = 20

/** A record with its partition. */
export interface Placed {
  readonly record: OutgoingRecord
  readonly partition: number
}

/**
 * One idempotent producer at a time, for one call at a time. After a failure it is discarded with all that it may still
 * have under way: it is not known which sequence numbers the brokers have, or what became of its transaction.
 */
export class Lane {
  readonly #link: KafkaLink
  readonly #options: ProduceOptions<unknown>
  #producer: Producer | undefined
  #roundRobin = 0
  #fenced: unknown
  /** Ends what is waited for. */
  #giveUp: (error: unknown) => void = () => undefined

  constructor(link: KafkaLink, options: ProduceOptions<unknown>) {
    this.#link = link
    this.#options = options
  }

  /** Rejects if the topic is not there. Nothing is written by it. */
  async topic(signal: AbortSignal): Promise<ClusterTopicMetadata> {
    const { topic, create = false } = this.#options
    const asking = this.#open().metadata({ topics: [topic], autocreateTopics: create })
    const { topics } = await this.#orDiscard(this.#inTime(asking, signal, this.#link.connectTimeout))
    const found = topics.get(topic)
    if (found) return found
    throw new Error(`Unknown topic ${topic}.`)
  }

  /** As the clients of Apache Kafka do. Source: the class BuiltInPartitioner. Throws TARGET-REFUSED. */
  partitionOf({ key, partition }: OutgoingRecord, count: number): number {
    if (partition !== undefined) {
      if (Number.isInteger(partition) && partition >= 0 && partition < count) return partition
      const text = `The topic ${this.#options.topic} has ${count} partitions, and none with the number ${partition}.`
      throw new IsthmusError('TARGET-REFUSED', text)
    }
    if (key === undefined) return this.#roundRobin++ % count
    return this.#link.driver.compatibilityPartitioner(undefined as never, key) % count
  }

  /** Resolves when all replicas in sync have all of it. What was not answered at the deadline is given up. */
  async send(placed: readonly Placed[], signal: AbortSignal): Promise<void> {
    if (this.#fenced !== undefined) throw this.#fenced
    const producer = this.#open()
    const began = performance.now()
    const isWhole = this.#options.transactionalId !== undefined
    const work = isWhole ? this.#transact(producer, placed) : this.#write(producer, placed)
    await this.#orDiscard(this.#inTime(work, signal, this.#link.callTimeout)).catch(error => {
      // A transaction that took too long is fenced off by the brokers themselves.
      const isQuick = performance.now() - began < this.#link.callTimeout
      if (isQuick && hasCode(error, 'PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH')) this.#fenced = error
      throw error
    })
  }

  async #orDiscard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      await this.discard()
      throw error
    }
  }

  async #write(producer: Producer, placed: readonly Placed[]): Promise<void> {
    const { compression = 'none' } = this.#options
    await producer.send({ messages: this.#messages(placed), idempotent: true, acks: -1, compression })
  }

  async #transact(producer: Producer, placed: readonly Placed[]): Promise<void> {
    // Without a producer id of its own the client claims number 0, and is taken for a zombie.
    const transaction = await producer.beginTransaction({ producerId: -1n, producerEpoch: -1 })
    const { compression = 'none' } = this.#options
    try {
      for (const messages of batchesOf(placed))
        await transaction.send({ messages: this.#messages(messages), acks: -1, compression })
    } catch (error) {
      // Nobody sees it, at the latest when the brokers' patience ends.
      await transaction.abort().catch(() => undefined)
      throw error
    }
    await transaction.commit()
  }

  #messages(placed: readonly Placed[]): MessageToProduce[] {
    const { topic } = this.#options
    return placed.map(({ record: { key, value, headers }, partition }) => ({
      ...{ topic, partition, headers },
      ...(key && { key }),
      ...(value && { value }),
    }))
  }

  async #inTime<T>(work: Promise<T>, signal: AbortSignal, milliseconds: number): Promise<T> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(new Error(`no answer within ${milliseconds} ms`)),
      milliseconds,
    )
    const abort = () => late.reject(new Error('given up'))
    this.#giveUp = late.reject
    signal.addEventListener('abort', abort, { once: true })
    try {
      return await Promise.race([work, late.promise])
    } finally {
      work.catch(() => undefined)
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }

  #open(): Producer {
    if (this.#producer) return this.#producer
    const { transactionalId } = this.#options
    const { driver, clientOptions } = this.#link
    const options = {
      ...clientOptions,
      idempotent: true,
      retries: repeats,
      ...(transactionalId && { transactionalId }),
    }
    const producer = new driver.Producer(options)
    this.#link.guard(producer.connections, error => this.#giveUp(error))
    this.#producer = producer
    return producer
  }

  /** Nothing more is written by the producer. */
  async discard(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    if (!producer) return
    for (const [, connection] of producer.connections) connection.socket?.destroy()
    await producer.close(true).catch(() => undefined)
  }
}

/** Brokers take 1 MiB at a time, unless they are set otherwise. */
const most = 900_000

/** The same in numbers that brokers take at a time. One that is larger stands alone. */
export function* batchesOf(placed: readonly Placed[]): Generator<readonly Placed[]> {
  let batch: Placed[] = []
  let bytes = 0
  for (const each of placed) {
    if (batch.length > 0 && bytes + each.record.bytes > most) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(each)
    bytes += each.record.bytes
  }
  if (batch.length > 0) yield batch
}
