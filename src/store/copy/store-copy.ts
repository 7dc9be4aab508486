import type { Origin, Target } from './ends.ts'
import { FlowCopy } from './flow-copy.ts'
import { StreamCopy } from './stream-copy.ts'

/** What a pass has copied. */
export interface Copied {
  readonly messages: number
  readonly events: number
}

/** An identity is not looked for again that is so much older than the newest: clocks of a source may differ. */
const overlap = 3_600_000

/** Copies a store in passes, of which the last needs the origin to stand still. */
export class StoreCopy {
  readonly #origin: Origin
  readonly #target: Target
  readonly #flows = new Map<string, FlowCopy>()
  readonly #streams: StreamCopy
  #newest = 0

  constructor(origin: Origin, target: Target) {
    this.#origin = origin
    this.#target = target
    this.#streams = new StreamCopy(origin, target)
  }

  /** Up to which `seq` the messages of a flow are copied. */
  copiedTo(flow: string): number {
    return this.#flows.get(flow)?.copiedTo ?? 0
  }

  /** While the origin may be running. */
  follow(): Promise<Copied> {
    return this.#pass('follow')
  }

  /** When it stands still: afterwards everything is there. */
  async last(): Promise<Copied> {
    const copied = await this.#pass('last')
    await this.#target.setPositions(await this.#origin.holdings.positions())
    await this.#target.complete(await this.#origin.holdings.lastPosition())
    return copied
  }

  /** All of them anew: retention has been there. */
  async identitiesAnew(): Promise<void> {
    await this.#target.forgetIdentities()
    this.#newest = 0
    await this.#identities()
  }

  async #pass(how: 'follow' | 'last'): Promise<Copied> {
    let messages = 0
    for (const state of await this.#origin.read.flows()) {
      const flow = this.#flows.get(state.flow) ?? new FlowCopy(this.#origin, this.#target, state.flow)
      this.#flows.set(state.flow, flow)
      messages += await flow[how](state)
    }
    await this.#identities()
    return { messages, events: await this.#streams.pass() }
  }

  async #identities(): Promise<void> {
    let newest = this.#newest
    for await (const part of this.#origin.holdings.identities(this.#newest - overlap)) {
      await this.#target.identities(part)
      for (const { at } of part) newest = Math.max(newest, at)
    }
    this.#newest = newest
  }
}
