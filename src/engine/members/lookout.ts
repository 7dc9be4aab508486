import { gatherTime } from '../gather.ts'
import { type Host, sleep } from '../host.ts'

/** From one look to the next, in milliseconds, at most: each of several workers finds but a part of what came. */
const longest = 40

interface Head {
  readonly flow: string
  readonly head: number
}

/** Looks for messages that others have accepted. One look at a time; hints that come meanwhile are one. */
export class Lookout {
  readonly #host: Host
  readonly #heads: () => Promise<readonly Head[]>
  readonly #tell: (head: Head) => void
  readonly #seen = new Map<string, number>()
  #looking = false
  #hinted = false

  /** `heads` does not reject: what could not be asked is asked with the next hint. */
  constructor(host: Host, heads: () => Promise<readonly Head[]>, tell: (head: Head) => void) {
    this.#host = host
    this.#heads = heads
    this.#tell = tell
  }

  /** There may be messages. */
  async hint(): Promise<void> {
    this.#hinted = true
    if (this.#looking) return
    this.#looking = true
    while (this.#hinted) {
      this.#hinted = false
      const found = await this.#look()
      if (found > 0) await sleep(this.#host, gatherTime(found, longest))
    }
    this.#looking = false
  }

  async #look(): Promise<number> {
    let found = 0
    for (const each of await this.#heads()) {
      found += each.head - (this.#seen.get(each.flow) ?? 0)
      this.#seen.set(each.flow, each.head)
      this.#tell(each)
    }
    return found
  }
}
