import type { Fetched, RawRecord } from '../records.ts'

/** What is handed over at a time, at most. */
const most = { records: 4_000, bytes: 4 * 1024 * 1024 }
/** Bytes that wait to be handed over, beyond which no more is asked for. */
const ample = 2 * 1024 * 1024

interface Chunk extends Fetched {
  readonly bytes: number
}

/** Where to begin with a partition. `epoch`: of the leader that wrote the record before, as far as it is known. */
export interface Begin {
  /** Id of the topic. */
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly epoch: number | undefined
}

/** A partition that is followed. */
export class Part {
  readonly topic: string
  readonly partition: number
  /** From here on is to be asked for. */
  ask: bigint
  /** Of the leader that wrote the record before `ask`, as far as it is known. */
  epoch: number | undefined
  /** Of the leader whose log is known to hold what was read. */
  checked: number | undefined
  /** Since when a question has had no good answer. */
  silentSince: number | undefined
  readonly #onRoom: () => void
  #chunks: Chunk[] = []
  #bytes = 0
  #failure: unknown
  #change = Promise.withResolvers<void>()

  constructor({ topic, partition, from, epoch }: Begin, onRoom: () => void) {
    this.topic = topic
    this.partition = partition
    this.ask = from
    this.epoch = epoch
    this.#onRoom = onRoom
  }

  get isFull(): boolean {
    return this.#bytes >= ample || this.#failure !== undefined
  }

  push(fetched: Fetched): void {
    this.ask = fetched.next
    this.epoch = fetched.epoch ?? this.epoch
    const bytes = fetched.records.reduce((sum, record) => sum + sizeOf(record), 0)
    this.#bytes += bytes
    this.#chunks.push({ ...fetched, bytes })
    this.#change.resolve()
  }

  /** Nothing more is handed over. */
  fail(error: unknown): void {
    this.#failure ??= error
    this.#change.resolve()
  }

  /** What is there, as soon as there is something; undefined when the signal aborts. */
  async take(signal: AbortSignal): Promise<Fetched | undefined> {
    const aborted = () => this.#change.resolve()
    signal.addEventListener('abort', aborted)
    try {
      while (!signal.aborted) {
        if (this.#failure !== undefined) throw this.#failure
        if (this.#chunks.length > 0) return this.#together()
        this.#change = Promise.withResolvers()
        if (!signal.aborted) await this.#change.promise
      }
      return undefined
    } finally {
      signal.removeEventListener('abort', aborted)
    }
  }

  #together(): Fetched {
    const records: RawRecord[] = []
    let bytes = 0
    let last = this.#chunks[0] as Chunk
    for (const chunk of this.#chunks) {
      const isMore = records.length + chunk.records.length > most.records || bytes + chunk.bytes > most.bytes
      if (records.length > 0 && isMore) break
      records.push(...chunk.records)
      bytes += chunk.bytes
      last = chunk
    }
    this.#chunks.splice(0, this.#chunks.indexOf(last) + 1)
    this.#bytes -= bytes
    this.#onRoom()
    return { records, next: last.next, epoch: last.epoch }
  }
}

function sizeOf({ value, headers }: RawRecord): number {
  return headers.reduce((sum, [, content]) => sum + (content?.length ?? 0), value?.length ?? 0)
}
