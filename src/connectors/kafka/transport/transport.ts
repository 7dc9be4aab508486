import type { Admin } from '@platformatic/kafka'
import { IsthmusError } from '../../../errors.ts'
import type { Json } from '../../../message/json-value.ts'
import type { KafkaLink } from '../link.ts'
import type { Carried, CarriedParcel } from './carried.ts'
import { Follower } from './follower.ts'
import { checkTopic, type TopicOptions } from './topic.ts'
import { Writer } from './writer.ts'

/**
 * A topic that carries accepted messages to the partitions of a store: the transport of the engine, see there. What it
 * could not look at yet, since the cluster was away, it looks at before it is first used.
 */
export class KafkaTransport {
  readonly #link: KafkaLink
  readonly #options: TopicOptions
  readonly #admin: Admin
  readonly #writer: Writer
  readonly #follower: Follower
  #partitions: number | undefined
  #checked: Promise<readonly string[]> | undefined
  #closed: Promise<void> | undefined

  constructor(link: KafkaLink, options: TopicOptions) {
    this.#link = link
    this.#options = options
    this.#admin = new link.driver.Admin({ ...link.clientOptions, retries: 2 })
    link.guard(this.#admin.connections)
    this.#writer = new Writer(link, options.topic)
    this.#follower = new Follower(link, this.#admin, options.topic)
  }

  /** Its name. */
  get topic(): string {
    return this.#options.topic
  }

  async check(partitions: number): Promise<readonly string[]> {
    this.#partitions = partitions
    return await this.#ready()
  }

  async produce(records: readonly Carried[]): Promise<void> {
    await this.#ready()
    await this.#writer.produce(records)
  }

  async follow(
    partition: number,
    from: Json | undefined,
    deliver: (parcel: CarriedParcel) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#ready()
    await this.#follower.follow(partition, from, deliver, signal)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#follower.close()])
    for (const [, connection] of this.#admin.connections) connection.socket?.destroy()
    await this.#admin.close()
    await this.#link.close()
  }

  #ready(): Promise<readonly string[]> {
    this.#checked ??= this.#look().catch(error => {
      this.#checked = undefined
      throw error
    })
    return this.#checked
  }

  async #look(): Promise<readonly string[]> {
    if (this.#partitions === undefined)
      throw new IsthmusError('CONFIG-INVALID', 'The transport has not been checked.')
    const { warnings, most } = await checkTopic(this.#admin, this.#options, this.#partitions)
    this.#writer.limit = most
    return warnings
  }
}
