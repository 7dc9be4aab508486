import type { LeaseState, Role, Standing } from '../../store/members.ts'
import { sharesOf } from './shares.ts'

/** Milliseconds for which one that fell silent counts as lost. */
const remembered = 600_000

/** What is shared out among the members with a role: each holds a fair part of these leases. */
export interface Group {
  readonly role: Role
  readonly names: readonly string[]
}

interface Division {
  readonly shares: ReadonlyMap<string, number>
  readonly free: readonly string[]
}

/** What follows from a standing, for whoever looks: reckoned once, however many ask. */
export class Picture {
  readonly leases: ReadonlyMap<string, LeaseState>
  /** How many members are thought dead, and all. */
  readonly silent: number
  readonly members: number
  /** How many members call systems: those that live and do more than accept. */
  readonly callers: number
  readonly #standing: Standing
  readonly #lease: number
  readonly #divisions = new Map<Group, Division>()

  private constructor(standing: Standing, lease: number) {
    this.#standing = standing
    this.#lease = lease
    this.leases = new Map(standing.leases.map(lease => [lease.name, lease]))
    this.members = standing.members.length
    this.callers = standing.members.filter(
      ({ silent, roles }) => silent <= lease && roles.some(role => role !== 'intake'),
    ).length
    this.silent = standing.members.filter(({ silent }) => silent > lease).length
  }

  /** `lease`: milliseconds of silence after which a member is thought dead. */
  static of(standing: Standing, lease: number): Picture {
    const known = pictures.get(standing)
    if (known && known.#lease === lease) return known
    const picture = new Picture(standing, lease)
    pictures.set(standing, picture)
    return picture
  }

  /** How many members live, by role: one that has several counts for each. */
  get living(): Readonly<Record<Role, number>> {
    const living = { intake: 0, worker: 0, scheduler: 0 }
    for (const { silent, roles } of this.#standing.members)
      if (silent <= this.#lease) for (const role of roles) living[role]++
    return living
  }

  /** How many members have fallen silent in the last ten minutes. */
  get lost(): number {
    return this.#standing.members.filter(({ silent }) => silent > this.#lease && silent <= remembered).length
  }

  /** Names of what a member holds. */
  heldBy(id: string): readonly LeaseState[] {
    return this.#byHolder.get(id) ?? []
  }

  /** How many leases of a group each member should hold, and which of them nobody does. */
  divided(group: Group): Division {
    const division = this.#divisions.get(group) ?? this.#divide(group)
    this.#divisions.set(group, division)
    return division
  }

  #divide({ role, names }: Group): Division {
    const counts = new Map<string | undefined, number>()
    const free: string[] = []
    for (const name of names) {
      const holder = this.leases.get(name)?.holder
      if (holder === undefined) free.push(name)
      else counts.set(holder, (counts.get(holder) ?? 0) + 1)
    }
    const sharers = this.#standing.members
      .filter(each => each.roles.includes(role) && !each.leaving && each.silent <= this.#lease)
      .map(({ id }) => ({ id, held: counts.get(id) ?? 0 }))
    return { shares: sharesOf(sharers, names.length), free }
  }

  get #byHolder(): ReadonlyMap<string | undefined, readonly LeaseState[]> {
    this.#held ??= Map.groupBy(this.#standing.leases, ({ holder }) => holder)
    return this.#held
  }

  #held: ReadonlyMap<string | undefined, readonly LeaseState[]> | undefined
}

const pictures = new WeakMap<Standing, Picture>()
