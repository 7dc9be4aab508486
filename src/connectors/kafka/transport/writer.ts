import { IsthmusError } from '../../../errors.ts'
import { writeFailure } from '../failure.ts'
import { batchesOf, Lane, type Placed } from '../lane.ts'
import type { KafkaLink } from '../link.ts'
import { partitionOutcomes } from '../produced.ts'
import type { Carried } from './carried.ts'

/** The header that tells our records from others, and holds all of a message but its body. */
export const headHeader = 'isthmus'
const headName = Buffer.from(headHeader)
/** What a record takes beside its parts, at most. */
const around = 90

/** Requests under way at a time. What comes meanwhile goes together. */
const lanes = 2
/** Bytes of one request, unless a single call has more. */
const most = 900_000

interface Call {
  readonly placed: readonly Placed[]
  readonly bytes: number
  resolve(): void
  reject(error: unknown): void
}

/** Writes to a topic, acknowledged by all replicas in sync, what many ask for at the same time in few requests. */
export class Writer {
  readonly #topic: string
  readonly #free: Lane[]
  readonly #end = new AbortController()
  readonly #sending = new Set<Promise<void>>()
  #waiting: Call[] = []
  #most = most

  constructor(link: KafkaLink, topic: string) {
    this.#topic = topic
    this.#free = Array.from({ length: lanes }, () => new Lane(link, { topic }))
  }

  /** Bytes that the topic takes at a time. */
  set limit(bytes: number) {
    this.#most = Math.min(most, bytes)
  }

  produce(records: readonly Carried[]): Promise<void> {
    const placed = records.map(placedOf)
    const bytes = placed.reduce((sum, { record }) => sum + record.bytes, 0)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ placed, bytes, resolve, reject })
      this.#work()
    })
  }

  /** What waits or is under way is given up. */
  async close(): Promise<void> {
    this.#end.abort()
    this.#refuse(new IsthmusError('TARGET-UNAVAILABLE', 'The transport has been closed.'))
    await Promise.all(this.#sending)
    await Promise.all(this.#free.map(lane => lane.discard()))
  }

  #work(): void {
    for (;;) {
      const lane = this.#waiting.length > 0 ? this.#free.pop() : undefined
      if (!lane) return
      const sending = this.#send(lane, this.#next()).finally(() => {
        this.#sending.delete(sending)
        this.#free.push(lane)
        this.#work()
      })
      this.#sending.add(sending)
    }
  }

  /** The calls that go together: the oldest first. */
  #next(): Call[] {
    let bytes = 0
    const end = this.#waiting.findIndex(call => {
      bytes += call.bytes
      return bytes > this.#most
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(end, 1))
  }

  async #send(lane: Lane, calls: readonly Call[]): Promise<void> {
    const placed = calls.flatMap(call => call.placed)
    try {
      for (const part of batchesOf(placed)) await lane.send(part, this.#end.signal)
      for (const call of calls) call.resolve()
    } catch (error) {
      await this.#meet(lane, calls, error)
    }
  }

  /** A call whose partitions have all been written is good, whatever became of the others. */
  async #meet(lane: Lane, calls: readonly Call[], error: unknown): Promise<void> {
    const { written, tooLarge } = partitionOutcomes(error)
    const isGood = ({ placed, bytes }: Call) =>
      bytes <= this.#most && placed.every(({ partition }) => written.has(partition))
    const open = calls.filter(call => !isGood(call))
    for (const call of calls) if (isGood(call)) call.resolve()
    const failure = writeFailure(error, `Writing to ${this.#topic}`)
    if (tooLarge.size > 0) {
      for (const call of open) await this.#sendSingly(lane, call)
      return
    }
    for (const call of open) call.reject(failure)
    // Whoever waits would wait for the same.
    this.#refuse(failure)
  }

  /** Record by record, to find the one that is too large. */
  async #sendSingly(lane: Lane, { placed, resolve, reject }: Call): Promise<void> {
    try {
      for (const each of placed) await lane.send([each], this.#end.signal)
      resolve()
    } catch (error) {
      const failure = writeFailure(error, `Writing to ${this.#topic}`)
      if (partitionOutcomes(error).tooLarge.size === 0) return reject(failure)
      const text = `It is larger than the topic ${this.#topic} takes (max.message.bytes).`
      reject(new IsthmusError('MSG-LIMIT', text, { cause: error }))
    }
  }

  #refuse(error: IsthmusError): void {
    for (const call of this.#waiting.splice(0)) call.reject(error)
  }
}

/** Without a key: a topic that keeps the last of each key only, which must not be, refuses it. */
function placedOf({ partition, head, body }: Carried): Placed {
  const value = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const content = Buffer.from(head)
  const bytes = around + value.length + content.length
  const headers = new Map([[headName, content]])
  return { partition, record: { key: undefined, value, headers, partition, bytes } }
}
