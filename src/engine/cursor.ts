/** What is to be read next: the messages of these partitions with `after` < seq <= `to`. */
export interface Span {
  readonly after: number
  readonly to: number
  readonly partitions: readonly number[]
}

/** After so many messages of others the position of a partition is recorded anew: who takes it need not look far then. */
const silence = 10_000

/** How far one partition has been read and worked off. */
class Part {
  read: number
  /** The position that was recorded last. */
  recorded: number
  readonly #admitted: number[] = []
  readonly #open = new Set<number>()
  #first = 0

  constructor(read: number) {
    this.read = read
    this.recorded = read
  }

  /** `read`: up to where there is nothing to admit any more. */
  position(read: number): number {
    const admitted = this.#admitted
    while (this.#first < admitted.length && !this.#open.has(admitted[this.#first] as number)) this.#first++
    if (this.#first > 4096) {
      admitted.splice(0, this.#first)
      this.#first = 0
    }
    return (admitted[this.#first] ?? read + 1) - 1
  }

  admit(seq: number): void {
    this.#admitted.push(seq)
    this.#open.add(seq)
  }

  cover(seq: number): void {
    this.#open.delete(seq)
  }
}

/**
 * The cursors of a flow, one for each partition that is worked off here: the highest seq up to which every message of
 * the partition is settled or has an unfinished row. Seqs of a partition are admitted in ascending order and covered in any.
 * Partitions are read together once each has been read as far as the others.
 */
export class Cursors {
  readonly #parts = new Map<number, Part>()
  /** How far all have been read; undefined while some are behind. */
  #level: number | undefined

  /** Undefined while some partitions are behind others, or there is none. */
  get level(): number | undefined {
    return this.#level
  }

  /** The lowest seq up to which a partition has been read. */
  get lowest(): number {
    if (this.#level !== undefined) return this.#level
    return this.#parts.size === 0 ? 0 : Math.min(...[...this.#parts.values()].map(({ read }) => read))
  }

  has(partition: number): boolean {
    return this.#parts.has(partition)
  }

  partitions(): number[] {
    return [...this.#parts.keys()]
  }

  take(partition: number, cursor: number): void {
    this.#spread()
    this.#parts.set(partition, new Part(cursor))
    this.#join()
  }

  drop(partition: number): void {
    this.#spread()
    this.#parts.delete(partition)
    this.#join()
  }

  /** What to read next; undefined when all have been read up to `head`. */
  next(head: number): Span | undefined {
    if (this.#parts.size === 0 || this.lowest >= head) return undefined
    if (this.#level !== undefined) return { after: this.#level, to: head, partitions: this.partitions() }
    const after = this.lowest
    const parts = [...this.#parts]
    const others = parts.map(([, { read }]) => read).filter(read => read > after && read < head)
    const partitions = parts.filter(([, { read }]) => read === after).map(([partition]) => partition)
    return { after, to: Math.min(head, ...others), partitions }
  }

  /** Those of a span that are still ours and have not been taken anew since it was given. */
  still({ partitions, after }: Span): ReadonlySet<number> {
    return new Set(
      partitions.filter(
        partition => (this.#level ?? this.#parts.get(partition)?.read) === after && this.has(partition),
      ),
    )
  }

  /** These have been read up to here. */
  through(partitions: ReadonlySet<number>, seq: number): void {
    if (this.#level !== undefined && partitions.size === this.#parts.size) this.#level = seq
    else {
      this.#spread()
      for (const partition of partitions) (this.#parts.get(partition) as Part).read = seq
      this.#join()
    }
  }

  /** The message after the level, of whichever partition. */
  pass(): void {
    if (this.#level !== undefined) this.#level++
  }

  admit(partition: number, seq: number): void {
    this.#parts.get(partition)?.admit(seq)
  }

  /** No effect for a seq that is covered already or was never admitted. */
  cover(partition: number, seq: number): void {
    this.#parts.get(partition)?.cover(seq)
  }

  /** To be recorded. */
  position(partition: number): number {
    const part = this.#parts.get(partition)
    if (!part) return 0
    part.recorded = part.position(this.#level ?? part.read)
    return part.recorded
  }

  hasRead(partition: number, seq: number): boolean {
    return (this.#level ?? this.#parts.get(partition)?.read ?? 0) >= seq
  }

  /** Partitions that have come far since their position was recorded, there having been none of their messages. */
  silent(): number[] {
    const isSilent = (part: Part) => part.position(this.#level ?? part.read) - part.recorded >= silence
    return [...this.#parts].filter(([, part]) => isSilent(part)).map(([partition]) => partition)
  }

  #spread(): void {
    if (this.#level === undefined) return
    for (const part of this.#parts.values()) part.read = this.#level
    this.#level = undefined
  }

  #join(): void {
    const places = new Set([...this.#parts.values()].map(({ read }) => read))
    if (places.size === 1) [this.#level] = places
  }
}
