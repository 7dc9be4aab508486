import { headsOf } from '../stream-pages.ts'
import type { StreamEvent, StreamHead } from '../streams.ts'
import type { Origin, Target } from './ends.ts'

/** So many events are written at once. */
const page = 500

/** What was copied of a stream; `position`: of its last event. */
interface Copied {
  readonly head: Omit<StreamHead, 'snapshot'>
  readonly position: number
}

/** Copies streams in passes; each takes what is new. */
export class StreamCopy {
  readonly #origin: Origin
  readonly #target: Target
  #copied = new Map<string, Copied>()

  constructor(origin: Origin, target: Target) {
    this.#origin = origin
    this.#target = target
  }

  /** Gives how many events came. */
  async pass(): Promise<number> {
    const seen = new Map<string, Copied>()
    let count = 0
    for await (const head of headsOf(this.#origin.read, {})) {
      const id = JSON.stringify([head.kind, head.key])
      const before = this.#copied.get(id)
      if (before && isSame(before.head, head)) seen.set(id, before)
      else {
        const { snapshot, ...rest } = head
        const { position, events } = await this.#copy(head, before)
        count += events
        // Retired since its head was read.
        if (events === 0) await this.#target.removeStream(head)
        else seen.set(id, { head: rest, position })
      }
      this.#copied.delete(id)
    }
    for (const { head } of this.#copied.values()) await this.#target.removeStream(head)
    this.#copied = seen
    return count
  }

  async #copy(head: StreamHead, before: Copied | undefined): Promise<{ position: number; events: number }> {
    let after = before ? await this.#goesOn(head, before) : 0
    if (before && after === 0) await this.#target.removeStream(head)
    let count = 0
    let position = before?.position ?? 0
    // It may have gone on since its head was read: what is behind comes with the next pass.
    for (; after < head.version; ) {
      const limit = Math.min(page, head.version - after)
      const events = await this.#events(head, after, limit)
      const last = events.at(-1)
      if (last === undefined) return { position, events: 0 }
      after = last.version
      position = last.position
      count += events.length
      const { snapshot, ...rest } = head
      const whole = after === head.version
      await this.#target.stream(whole ? head : { ...rest, version: after }, events)
    }
    return { position, events: count }
  }

  /** How many events of it are there; 0 if it was retired and has begun anew. */
  async #goesOn(head: StreamHead, { head: { version }, position }: Copied): Promise<number> {
    if (head.version <= version) return 0
    const [last] = await this.#events(head, version - 1, 1)
    return last?.position === position ? version : 0
  }

  #events({ kind, key }: StreamHead, after: number, limit: number): Promise<StreamEvent[]> {
    return this.#origin.read.streams.events({ kind, key, after, limit })
  }
}

function isSame(a: Omit<StreamHead, 'snapshot'>, b: StreamHead): boolean {
  return a.version === b.version && a.began === b.began && a.changed === b.changed
}
