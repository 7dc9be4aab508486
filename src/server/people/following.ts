import type { StreamHead, StreamReader } from '../../store/streams.ts'

/** Something whose streams other members of the store change, too. */
export interface Followed {
  readonly kind: string
  /** Takes over how a stream stands, if that is newer than what is known. */
  take(head: StreamHead): void
}

const page = 1_000

/** Learns what other members have changed, by the log of the streams. */
export class Following {
  readonly #streams: StreamReader
  readonly #followed: readonly Followed[]
  readonly #positions = new Map<string, number>()

  constructor(streams: StreamReader, followed: readonly Followed[]) {
    this.#streams = streams
    this.#followed = followed
  }

  /** Everything that was changed since the last time; since ever, the first time. */
  async refresh(): Promise<void> {
    for (const followed of this.#followed) await this.#refresh(followed)
  }

  async #refresh({ kind, take }: Followed): Promise<void> {
    for (;;) {
      const after = this.#positions.get(kind) ?? 0
      const events = await this.#streams.log({ kind, after, limit: page })
      for (const key of new Set(events.map(event => event.key))) {
        const head = await this.#streams.head({ kind, key })
        if (head?.snapshot) take(head)
      }
      const last = events.at(-1)
      if (last) this.#positions.set(kind, last.position)
      if (events.length < page) return
    }
  }
}
