import { IsthmusError } from '../../errors.ts'
import type { Delivery, Position } from '../../message/message.ts'
import { acceptPatiently } from '../../system/patience.ts'
import type { Intake } from '../../system/roles.ts'

/** As it is stored: the topic, and the next offset of every partition that was ever read. */
interface Stored {
  readonly topic: string
  readonly next: Readonly<Record<string, string>>
}

/** Of one partition: what the group has committed, and what there is. */
export interface Bounds {
  readonly committed: bigint | undefined
  readonly earliest: bigint
  readonly latest: bigint
}

/**
 * Our own places in a topic, stored with what was accepted. The group's committed offsets stand beside them: they may
 * be further, where another member has read; they may be gone, since brokers forget groups.
 */
export class Places {
  readonly #intake: Intake
  readonly #topic: string
  readonly #topicId: string
  readonly #next: Map<number, bigint>
  /** One call with a position at a time. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(intake: Intake, topic: string, topicId: string, next: Map<number, bigint>) {
    this.#intake = intake
    this.#topic = topic
    this.#topicId = topicId
    this.#next = next
  }

  /** Rejects with SOURCE-GAP if the topic is another one than that of the stored places. */
  static async open(intake: Intake, topic: string, topicId: string): Promise<Places> {
    const stored = (await intake.position()) as Stored | undefined
    const next = Object.entries(stored?.next ?? {}).map(
      ([number, offset]) => [Number(number), BigInt(offset)] as const,
    )
    const places = new Places(intake, topic, topicId, new Map(next))
    places.checkTopic(stored?.topic ?? topicId)
    return places
  }

  /** Throws SOURCE-GAP if a topic of the same name is another one than ours. */
  checkTopic(topicId: string): void {
    if (topicId !== this.#topicId) throw gap(`the topic ${this.#topic} was deleted and made anew`)
  }

  /** Nothing of the topic was ever read by us. */
  get isEmpty(): boolean {
    return this.#next.size === 0
  }

  /**
   * Where to begin with a partition. `isKnown`: we or the group have read the topic before, so that a partition without
   * a place is new, and is read from its begin. Throws SOURCE-GAP where what comes next is not there any more.
   */
  begin(partition: number, bounds: Bounds, isKnown: boolean, from: 'earliest' | 'latest'): bigint {
    const { committed, earliest, latest } = bounds
    const own = this.#next.get(partition)
    const start = own === undefined || (committed !== undefined && committed > own) ? committed : own
    if (start === undefined) return isKnown || from === 'earliest' ? earliest : latest
    if (start >= earliest && start <= latest) return start
    // After `isthmus resync`: a person knows of the gap, and wants what there is.
    if (this.isEmpty) return earliest
    throw this.gap(partition, start, bounds)
  }

  gap(partition: number, next: bigint, { earliest, latest }: Omit<Bounds, 'committed'>): IsthmusError {
    const place = `partition ${partition} of ${this.#topic} should go on at ${next}`
    const reason = next < earliest ? 'what was not read yet has been deleted' : 'the log has been cut off'
    return gap(`${place}, but holds ${earliest} to ${latest}: ${reason}`)
  }

  /** Accepts with the places behind it, for as long as it takes. False if the signal aborted first. */
  accept(
    deliveries: readonly Delivery[],
    moved: ReadonlyMap<number, bigint>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const call = this.#last.then(async () => {
      const next = new Map([...this.#next, ...moved])
      const position = this.#stored(next)
      const receipts = await acceptPatiently(this.#intake, deliveries, { position }, signal)
      if (receipts === undefined) return false
      for (const [partition, offset] of moved) this.#next.set(partition, offset)
      return true
    })
    this.#last = call.catch(() => undefined)
    return call
  }

  /** Resolves when nothing is being accepted. */
  async idle(): Promise<void> {
    await this.#last
  }

  #stored(next: ReadonlyMap<number, bigint>): Position {
    const sorted = [...next].sort(([a], [b]) => a - b)
    const stored: Stored = {
      topic: this.#topicId,
      next: Object.fromEntries(sorted.map(([partition, offset]) => [partition, String(offset)])),
    }
    return stored as unknown as Position
  }
}

function gap(reason: string): IsthmusError {
  return new IsthmusError('SOURCE-GAP', `A gap is possible: ${reason}.`)
}
