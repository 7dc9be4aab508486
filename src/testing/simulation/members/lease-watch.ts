import type { VirtualTime } from '../virtual-time.ts'
import type { LeaseEvent } from './simulated-member.ts'

interface Known {
  /** Who has worked it off last. */
  member: string | undefined
  /** When nobody began to work on it, and why; undefined while somebody does. */
  idle: { readonly since: number; readonly why: 'giving' | 'died' } | undefined
}

/** What became of leases since the last `take`. */
export interface Moved {
  readonly moves: number
  /** The longest time for which a lease that was given back, or whose holder had died, was worked off by nobody. */
  readonly longestHandOver: number
  readonly longestTakeOver: number
}

/** Follows every lease from hand to hand. */
export class LeaseWatch {
  readonly #time: VirtualTime
  readonly #leases = new Map<string, Known>()
  #moves = 0
  #handOvers: number[] = []
  #takeOvers: number[] = []

  constructor(time: VirtualTime) {
    this.#time = time
  }

  see({ what, name, member }: LeaseEvent): void {
    const lease = this.#leases.get(name) ?? { member: undefined, idle: undefined }
    this.#leases.set(name, lease)
    const { now } = this.#time
    if (what !== 'begun') {
      if (lease.member === member) lease.idle ??= { since: now, why: what === 'giving' ? 'giving' : 'died' }
      return
    }
    if (lease.member !== undefined && lease.member !== member) this.#moves++
    if (lease.idle)
      (lease.idle.why === 'giving' ? this.#handOvers : this.#takeOvers).push(now - lease.idle.since)
    lease.member = member
    lease.idle = undefined
  }

  take(): Moved {
    const moved = {
      moves: this.#moves,
      longestHandOver: Math.round(Math.max(0, ...this.#handOvers)),
      longestTakeOver: Math.round(Math.max(0, ...this.#takeOvers)),
    }
    this.#moves = 0
    this.#handOvers = []
    this.#takeOvers = []
    return moved
  }
}
