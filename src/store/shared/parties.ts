import {
  coordinationLease,
  type Lease,
  type LeaseState,
  type NewMember,
  partitionLease,
  type Standing,
  type Vitals,
  type Wake,
} from '../members.ts'
import type { Claim } from '../store.ts'
import { Asking } from './asking.ts'
import { Party, type ShareClock } from './party.ts'
import { type Right, Rights, writesOver } from './rights.ts'

interface Held {
  readonly lease: Lease
  readonly right: Right
  /** Undefined once it was given back. */
  readonly holder: Party | undefined
  /** The holder knows. */
  known: boolean
}

/** Who was silent for so many lease times is not told of any more. */
const forgottenAfter = 60

/** Who works on a claimed store together, and who holds what: in the memory of the process that has claimed it. */
export class Parties {
  readonly rights: Rights
  readonly asking: Asking
  readonly #clean: boolean
  readonly #clock: ShareClock
  readonly #parties = new Map<string, Party>()
  readonly #leases = new Map<string, Held>()

  constructor({ token, clean }: Claim, clock: ShareClock) {
    this.rights = new Rights(token)
    this.asking = new Asking(lease => this.#answering(lease), clock)
    this.#clean = clean
    this.#clock = clock
  }

  join(member: NewMember, lease: number): Party {
    for (const each of this.#parties.values())
      if (each.silent > forgottenAfter * each.lease) this.#forget(each)
    const party = new Party(member, lease, this.rights.grant('member'), this.#clock)
    this.#parties.set(member.id, party)
    return party
  }

  beat(party: Party, vitals: Vitals): Standing {
    if (party.seen(vitals)) this.wake('leases', party)
    return this.standing()
  }

  standing(): Standing {
    const leases = [...this.#leases].map(([name, { lease, holder }]): LeaseState => {
      return { name, holder: holder?.lives ? holder.member.id : undefined, token: lease.token }
    })
    return { members: [...this.#parties.values()].map(({ state }) => state), leases }
  }

  /** Resolves when what the holders before were writing is over; from the call on they write nothing more. */
  async take(party: Party, names: readonly string[]): Promise<Lease[]> {
    party.seen()
    const before: Right[] = []
    const fresh: Held[] = []
    const taken = names.flatMap(name => {
      const held = this.#leases.get(name)
      if (held?.holder?.lives) return held.holder === party ? [held.lease] : []
      const right = this.rights.grant('lease')
      const clean = held === undefined ? this.#clean : held.holder === undefined
      const lease = { name, token: right.token, clean }
      const now = { right, lease, holder: party, known: false }
      this.#leases.set(name, now)
      fresh.push(now)
      if (held !== undefined) {
        this.rights.revoke(held.right)
        before.push(held.right)
      }
      return [lease]
    })
    await writesOver(before)
    if (fresh.length > 0) this.#clock.after(0, () => this.#open(fresh))
    return taken
  }

  async give(party: Party, leases: readonly Pick<Lease, 'name' | 'token'>[]): Promise<void> {
    const given = leases.flatMap(({ name, token }) => {
      const held = this.#leases.get(name)
      return held?.holder === party && held.right.token === token ? [held] : []
    })
    for (const held of given) {
      this.rights.revoke(held.right)
      this.#leases.set(held.lease.name, { ...held, holder: undefined })
    }
    await writesOver(given.map(({ right }) => right))
    if (given.length > 0) this.wake('leases', party)
  }

  async leave(party: Party): Promise<void> {
    const held = [...this.#leases].filter(([, { holder }]) => holder === party)
    await this.give(
      party,
      held.map(([, { lease }]) => lease),
    )
    this.#forget(party)
    this.wake('leases', party)
  }

  /** It is known to be dead: what it held is free, as after a silence. */
  lose(party: Party): void {
    this.#forget(party)
    this.wake('leases', party)
  }

  /**
   * Whether nobody who might have died under way is still to be looked after: all gave back what they held, and what was
   * running before this claim was taken up by somebody.
   */
  isClean(partitions: number): boolean {
    if ([...this.#leases.values()].some(({ holder }) => holder !== undefined)) return false
    const work = [...Array.from({ length: partitions }, (_, n) => partitionLease(n)), coordinationLease]
    return this.#clean || work.every(name => this.#leases.has(name))
  }

  /** Tells all but one, if one is named. */
  wake(wake: Wake, but?: Party): void {
    for (const party of this.#parties.values())
      if (party !== but) for (const listener of party.listeners) listener(wake)
  }

  /** From now on requests reach whoever took them. */
  #open(taken: readonly Held[]): void {
    for (const held of taken) held.known = true
    this.asking.again()
  }

  #answering(lease: string): Party | undefined {
    const { holder, known } = this.#leases.get(lease) ?? {}
    return known && holder?.lives ? holder : undefined
  }

  #forget(party: Party): void {
    party.go()
    this.rights.revoke(party.right)
    this.#parties.delete(party.member.id)
  }
}
