import { IsthmusError } from '../../errors.ts'
import { leaseTime, type NewMember } from '../members.ts'
import type { Claim, JoinOptions, Store } from '../store.ts'
import { Parties } from './parties.ts'
import type { ShareClock } from './party.ts'
import { SharedMembership } from './shared-membership.ts'
import { withStanding } from './with-standing.ts'

export interface SharedStore extends Store {
  join(member: NewMember, options?: JoinOptions): Promise<SharedMembership>
}

/**
 * Lets several members work on a store that this process has claimed: threads of it, or parts of a simulation. Who they
 * are and what they hold is known here alone and ends with the claim. `close` closes the store that is shared: cleanly only if
 * everything was given back before.
 */
export function shareStore(store: Store, claim: Claim, clock: ShareClock): SharedStore {
  const { partitions = 1 } = claim
  const parties = new Parties(claim, clock)
  const { rights } = parties
  return {
    claim: async () => {
      throw new IsthmusError('STORE-IN-USE', 'the store is claimed, and its members share it: join them')
    },
    join: async (member, { lease = leaseTime } = {}) =>
      new SharedMembership(parties.join(member, lease), parties, partitions),
    accept: async (messages, position) => {
      const accept = (token: number) => store.accept(messages, position && { ...position, token })
      const accepted = await rights.settle(position?.token ?? claim.token, accept)
      parties.wake('messages')
      return accepted
    },
    settle: settlement => rights.settle(settlement.token, token => store.settle({ ...settlement, token })),
    append: async (appends, token) => {
      const appended = await rights.append(token, owner => store.append(appends, owner))
      if (appends.some(({ messages = [] }) => messages.length > 0)) parties.wake('messages')
      return appended
    },
    retire: limits => store.retire(limits),
    read: withStanding(store.read, async () => parties.standing()),
    close: how => store.close(how === 'unclean' || !parties.isClean(partitions) ? 'unclean' : 'clean'),
  }
}
