import { IsthmusError } from '../../../errors.ts'
import type {
  Lease,
  LeaseState,
  MemberState,
  NewMember,
  Standing,
  Vitals,
  Wake,
} from '../../../store/members.ts'
import { epoch } from '../simulated-process.ts'
import type { VirtualTime } from '../virtual-time.ts'

export interface Joined {
  readonly member: NewMember
  readonly token: number
  readonly joined: number
  vitals: Vitals | undefined
  seen: number
  /** The version of the table that it has read last. */
  known: number
  isGone: boolean
  readonly wake: (wake: Wake) => void
}

interface Held {
  token: number
  holder: Joined | undefined
}

/** Who holds what, as a store keeps it, and what is written under leases: every call sees and changes one moment. */
export class LeaseTable {
  /** False to see that what must never happen is noticed: writes are taken from whoever asks. */
  isFenced = true
  /** True: every sign of life reads all of it; false: what has changed. */
  readsWhole = false
  readonly #time: VirtualTime
  readonly #lease: number
  readonly #members = new Map<string, Joined>()
  readonly #leases = new Map<string, Held>()
  #token = 0
  /** Grows with everything that a standing shows, but signs of life. */
  #version = 0
  #shown: { readonly version: number; readonly standing: Standing } | undefined

  constructor(time: VirtualTime, lease: number) {
    this.#time = time
    this.#lease = lease
  }

  join(member: NewMember, wake: (wake: Wake) => void): Joined {
    const token = ++this.#token
    const { now } = this.#time
    const joined = {
      member,
      token,
      joined: epoch + now,
      vitals: undefined,
      seen: now,
      known: 0,
      isGone: false,
      wake,
    }
    this.#members.set(member.id, joined)
    this.#version++
    return joined
  }

  /** Rows: what has changed since the member has beaten last, or everything if the table is read as a whole. */
  beat(joined: Joined, vitals: Vitals): { readonly answer: Standing; readonly rows: number } {
    this.#requireHere(joined)
    const isFirst = joined.vitals === undefined
    if (isFirst || joined.vitals?.leaving !== vitals.leaving || !this.#lives(joined)) this.#version++
    joined.vitals = vitals
    joined.seen = this.#time.now
    if (isFirst) this.#wakeAll()
    const answer = this.standing()
    const whole = answer.members.length + answer.leases.length
    const rows = this.readsWhole ? whole : Math.min(whole, this.#version - joined.known)
    joined.known = this.#version
    return { answer, rows }
  }

  take(joined: Joined, names: readonly string[]): { readonly answer: Lease[]; readonly rows: number } {
    this.#requireHere(joined)
    const answer = names.flatMap(name => {
      const held = this.#leases.get(name)
      if (held?.holder && this.#lives(held.holder)) return []
      const token = ++this.#token
      this.#leases.set(name, { token, holder: joined })
      return [{ name, token, clean: held?.holder === undefined }]
    })
    this.#version += answer.length
    return { answer, rows: names.length }
  }

  give(joined: Joined, leases: readonly Pick<Lease, 'name' | 'token'>[]): void {
    for (const { name, token } of leases) {
      const held = this.#leases.get(name)
      if (held?.holder !== joined || held.token !== token) continue
      held.holder = undefined
      this.#version++
    }
    this.#wakeAll()
  }

  leave(joined: Joined): void {
    const held = [...this.#leases.values()].filter(({ holder }) => holder === joined)
    for (const each of held) each.holder = undefined
    this.#version += held.length
    joined.isGone = true
    this.#members.delete(joined.member.id)
    this.#version++
    this.#wakeAll()
  }

  /** Throws STORE-FENCED if the token is not that with which the lease was taken last. */
  requireToken(name: string, token: number): void {
    const held = this.#leases.get(name)
    if (held?.token === token && held.holder !== undefined) return
    if (this.isFenced) throw new IsthmusError('STORE-FENCED', `${name} has been taken by another`)
  }

  /** Made once for all who ask until something changes. */
  standing(): Standing {
    for (const each of this.#members.values())
      if (!this.#lives(each) && this.#shown?.standing.members.some(isAlive(each.member.id, this.#lease)))
        this.#version++
    if (this.#shown?.version === this.#version) return this.#shown.standing
    const standing = {
      members: [...this.#members.values()].map(each => this.#stateOf(each)),
      leases: [...this.#leases].map(([name, held]) => this.#leaseOf(name, held)),
    }
    this.#shown = { version: this.#version, standing }
    return standing
  }

  #stateOf({ member, vitals, joined, seen }: Joined): MemberState {
    const silent = this.#time.now - seen
    return { ...member, joined, silent, leaving: vitals?.leaving ?? false, load: vitals?.load ?? null }
  }

  #leaseOf(name: string, { token, holder }: Held): LeaseState {
    return { name, token, holder: holder && this.#lives(holder) ? holder.member.id : undefined }
  }

  #lives({ seen, isGone }: Joined): boolean {
    return !isGone && this.#time.now - seen <= this.#lease
  }

  #requireHere(joined: Joined): void {
    if (joined.isGone) throw new IsthmusError('STORE-FENCED', 'the member has left')
  }

  #wakeAll(): void {
    for (const { wake } of this.#members.values()) wake('leases')
  }
}

function isAlive(id: string, lease: number): (state: MemberState) => boolean {
  return ({ id: other, silent }) => other === id && silent <= lease
}
