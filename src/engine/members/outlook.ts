import { type LeaseKind, leaseKind, type Role } from '../../store/members.ts'
import type { Group, Picture } from './picture.ts'

/** How the members of a store stand, as one of them heard last: for those who watch it. */
export interface Outlook {
  /** Those that live, by role: one that has several counts for each. */
  readonly members: Readonly<Record<Role, number>>
  /** How many have fallen silent without leaving, in the last ten minutes. */
  readonly lost: number
  /** Leases that this member holds. */
  readonly held: LeaseCounts
  /** Leases that nobody holds. */
  readonly unheld: LeaseCounts
  /** False while signs of life fail. */
  readonly sure: boolean
  /** Milliseconds by which this machine's clock is ahead of the store's, without what the way of the answer may explain. */
  readonly ahead: number
}

export type LeaseCounts = Readonly<Record<LeaseKind, number>>

/** How many leases there are of each kind. */
export function countLeases(names: Iterable<string>): LeaseCounts {
  const counts = { partition: 0, source: 0, coordination: 0 }
  for (const name of names) counts[leaseKind(name)]++
  return counts
}

/** What follows from a picture, and from what was taken here since; nothing is known before the first. */
export function outlookOf(
  groups: readonly Group[],
  picture: Picture | undefined,
  held: ReadonlyMap<string, unknown>,
): Pick<Outlook, 'members' | 'lost' | 'held' | 'unheld'> {
  const free = groups.flatMap(group => picture?.divided(group).free ?? [])
  return {
    members: picture?.living ?? { intake: 0, worker: 0, scheduler: 0 },
    lost: picture?.lost ?? 0,
    held: countLeases(held.keys()),
    unheld: countLeases(free.filter(name => !held.has(name))),
  }
}
