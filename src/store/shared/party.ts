import { IsthmusError } from '../../errors.ts'
import type { MemberState, NewMember, RequestHandler, Vitals, Wake } from '../members.ts'
import type { Right } from './rights.ts'

/** Time as members of a store in this process know it; the engine's `Host` has it. */
export interface ShareClock {
  /** Milliseconds since 1970 UTC: for display. */
  now(): number
  /** Milliseconds that only grow: decides who lives. */
  monotonic(): number
  /** Calls back once, after at least `ms`. Gives the function that cancels. */
  after(ms: number, callback: () => void): () => void
}

const untold: Vitals = { leaving: false, load: null }

/** What is known of one member. */
export class Party {
  readonly member: NewMember
  /** Milliseconds that it may be silent. */
  readonly lease: number
  readonly right: Right
  readonly listeners: ((wake: Wake) => void)[] = []
  handler: RequestHandler | undefined
  readonly #clock: ShareClock
  readonly #joined: number
  #vitals: Vitals | undefined
  #seen: number
  #gone = false

  constructor(member: NewMember, lease: number, right: Right, clock: ShareClock) {
    this.member = member
    this.lease = lease
    this.right = right
    this.#clock = clock
    this.#joined = clock.now()
    this.#seen = clock.monotonic()
  }

  get silent(): number {
    return this.#clock.monotonic() - this.#seen
  }

  get lives(): boolean {
    return !this.#gone && this.silent <= this.lease
  }

  get state(): MemberState {
    return { ...this.member, ...(this.#vitals ?? untold), joined: this.#joined, silent: this.silent }
  }

  /** Gives whether it tells for the first time how it is. */
  seen(vitals?: Vitals): boolean {
    if (this.#gone)
      throw new IsthmusError('STORE-FENCED', `member ${this.member.id} has left, or was forgotten`)
    this.#seen = this.#clock.monotonic()
    const isFirst = this.#vitals === undefined && vitals !== undefined
    this.#vitals = vitals ?? this.#vitals
    return isFirst
  }

  go(): void {
    this.#gone = true
  }
}
