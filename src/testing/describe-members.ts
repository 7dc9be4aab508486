import { describe } from 'node:test'
import { fenceScenarios } from './members-suite/fence-scenarios.ts'
import type { MembersFixture } from './members-suite/fixture.ts'
import { leaseScenarios } from './members-suite/lease-scenarios.ts'
import { requestScenarios } from './members-suite/request-scenarios.ts'
import { wakeScenarios } from './members-suite/wake-scenarios.ts'

/** What is demanded of it. */
export interface MembersCapabilities {
  /** Members hear of each other; else they only find out when they look. */
  readonly wakes: boolean
}

/**
 * The conformance suite of a store that several work on together, for node:test: every sentence of `Membership` as a
 * scenario. `make` is called once per scenario and gives a new, empty store.
 */
export function describeMembers(
  name: string,
  make: () => Promise<MembersFixture>,
  { wakes }: MembersCapabilities = { wakes: true },
): void {
  const subject = { make }
  describe(`members of ${name}`, () => {
    describe('leases', () => leaseScenarios(subject))
    describe('writing', () => fenceScenarios(subject))
    describe('wakes', { skip: !wakes }, () => wakeScenarios(subject))
    describe('requests', () => requestScenarios(subject))
  })
}
