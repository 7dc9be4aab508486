import { setTimeout as pause } from 'node:timers/promises'
import { type Balance, verify } from '../../engine/verify.ts'
import { IsthmusError } from '../../errors.ts'
import { type Compared, Comparison } from '../../store/copy/compare.ts'
import type { Origin, Target } from '../../store/copy/ends.ts'
import { StoreCopy } from '../../store/copy/store-copy.ts'
import { storeMoved } from '../../store/copy/store-moved.ts'
import type { Claim, Store } from '../../store/store.ts'
import type { StoreEnd } from './store-ends.ts'

export interface MoveOptions {
  readonly from: StoreEnd
  readonly to: StoreEnd
  readonly partitions?: number | undefined
  /** Copies while the instance runs, and waits for it to be stopped. */
  readonly live: boolean
  say(what: Progress): void
}

/** `following`: a pass beside the running instance. `waiting`: from now on it may be stopped. */
export type Progress =
  | { readonly what: 'following' | 'catching-up'; readonly messages: number; readonly events: number }
  | { readonly what: 'waiting' | 'claimed' | 'comparing' }

export interface Moved {
  readonly from: string
  readonly to: string
  /** What was found the same on both sides. */
  readonly compared: readonly Compared[]
  readonly balance: Balance
  /** What was not, and why the store was not moved: none if it was. */
  readonly differences: readonly string[]
  /** Milliseconds for which neither of them could run. */
  readonly stood: number
}

/** A pass that takes no longer leaves so little behind that the instance may be stopped. */
const shortPass = 3000
const passesAtMost = 20

/**
 * Copies a store and proves that the copy is whole; then the one may be started no more, and the other may. Whatever is
 * killed on the way may be done again from the beginning: what has been copied until then is thrown away.
 */
export async function moveStore({ from, to, partitions, live, say }: MoveOptions): Promise<Moved> {
  if (from.place === to.place) throw new IsthmusError('CLI-USAGE', `${to.place} is the store itself.`)
  const origin = from.origin()
  try {
    const target = to.target(partitions)
    try {
      await begin(origin, target)
      const move = new Move(origin, target, say)
      if (live) await move.follow()
      const { store, claim } = live ? await move.waitFor(from) : await claimed(from)
      return await move.end(store, claim)
    } finally {
      await target.close()
    }
  } finally {
    await origin.close()
  }
}

async function begin(origin: Origin, target: Target): Promise<void> {
  const mark = await origin.mark()
  const isEnding = mark?.state === 'moved' && mark.other === target.place
  if (mark !== undefined && !isEnding) throw storeMoved(origin.place, mark)
  const { length } = [...(await origin.read.heads()), ...(await origin.read.streams.heads({ limit: 1 }))]
  if (length === 0)
    throw new IsthmusError('CLI-USAGE', `There is nothing in ${origin.place}: nothing has run there yet.`)
  if (isEnding && (await target.mark()) === undefined) throw storeMoved(origin.place, mark)
  await target.begin(origin.place)
  // Killed between its last two steps: neither of the two could be started.
  if (isEnding) await origin.setMark(undefined)
}

async function claimed(from: StoreEnd): Promise<{ store: Store; claim: Claim }> {
  const store = from.open()
  try {
    return { store, claim: await store.claim('isthmus store copy') }
  } catch (error) {
    await store.close().catch(() => undefined)
    throw error
  }
}

class Move {
  readonly #origin: Origin
  readonly #target: Target
  readonly #say: MoveOptions['say']
  readonly #copy: StoreCopy
  readonly #comparison: Comparison

  constructor(origin: Origin, target: Target, say: MoveOptions['say']) {
    this.#origin = origin
    this.#target = target
    this.#say = say
    this.#copy = new StoreCopy(origin, target)
    this.#comparison = new Comparison(origin, target)
  }

  /** Until a pass is short. */
  async follow(): Promise<void> {
    for (let pass = 0; pass < passesAtMost; pass++) {
      const began = performance.now()
      await this.#pass('following')
      if (performance.now() - began < shortPass) return
    }
  }

  /** Goes on copying until the instance has stopped. */
  async waitFor(from: StoreEnd): Promise<{ store: Store; claim: Claim }> {
    this.#say({ what: 'waiting' })
    for (;;) {
      try {
        return await claimed(from)
      } catch (error) {
        if (!(error instanceof IsthmusError && error.code === 'STORE-IN-USE')) throw error
      }
      await this.#pass('catching-up')
      await pause(500)
    }
  }

  /** The last pass, the proof, and the hand-over. Closes the store that was claimed. */
  async end(store: Store, { clean }: Claim): Promise<Moved> {
    const began = performance.now()
    const how = clean ? 'clean' : 'unclean'
    try {
      this.#say({ what: 'claimed' })
      await this.#copy.last()
      this.#say({ what: 'comparing' })
      const compared = await this.#comparison.rest(() => this.#copy.identitiesAnew())
      const balance = await balanceOf(this.#target)
      const differences = [...this.#comparison.differences, ...(await this.#unbalanced(balance))]
      if (differences.length === 0) {
        await this.#origin.setMark({ state: 'moved', other: this.#target.place })
        await this.#target.finish(clean)
      }
      const { place: from } = this.#origin
      const stood = Math.round(performance.now() - began)
      return { from, to: this.#target.place, compared, balance, differences, stood }
    } finally {
      await store.close(how)
    }
  }

  async #unbalanced(balance: Balance): Promise<string[]> {
    const before = await balanceOf(this.#origin)
    const all = [...balance.flows, ...(balance.streams ? [balance.streams] : [])]
    const broken = all.flatMap<unknown>(each => each.broken)
    const same = JSON.stringify(before) === JSON.stringify(balance)
    return [
      ...broken.map(each => `not balanced: ${JSON.stringify(each)}`),
      ...(same ? [] : ['the two do not have the same balance']),
    ]
  }

  async #pass(what: 'following' | 'catching-up'): Promise<void> {
    const copied = await this.#copy.follow()
    for (const { flow } of await this.#target.read.flows())
      await this.#comparison.messages(flow, this.#copy.copiedTo(flow))
    this.#say({ what, ...copied })
  }
}

/** Stores have flows in an order of their own. */
async function balanceOf({ read }: Origin): Promise<Balance> {
  const balance = await verify(read)
  return { ...balance, flows: balance.flows.toSorted((a, b) => (a.flow < b.flow ? -1 : 1)) }
}
