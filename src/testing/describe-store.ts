import { describe } from 'node:test'
import { acceptScenarios } from './store-suite/accept-scenarios.ts'
import { appendScenarios } from './store-suite/append-scenarios.ts'
import { findScenarios } from './store-suite/find-scenarios.ts'
import type { StoreCapabilities, StoreFixture } from './store-suite/fixture.ts'
import { ownerScenarios } from './store-suite/owner-scenarios.ts'
import { randomScenarios } from './store-suite/random-scenarios.ts'
import { randomStreamScenarios } from './store-suite/random-stream-scenarios.ts'
import { readScenarios } from './store-suite/read-scenarios.ts'
import { retireScenarios } from './store-suite/retire-scenarios.ts'
import { settleScenarios } from './store-suite/settle-scenarios.ts'
import { streamScenarios } from './store-suite/stream-scenarios.ts'

/**
 * The conformance suite of a store, for node:test: every sentence of the contract as a scenario. `make` is called
 * once per scenario and gives a new, empty store.
 */
export function describeStore(
  name: string,
  make: () => Promise<StoreFixture>,
  capabilities: StoreCapabilities,
): void {
  const subject = { make, capabilities }
  describe(`store ${name}`, () => {
    describe('accept', () => acceptScenarios(subject))
    describe('settle', () => settleScenarios(subject))
    describe('read', () => readScenarios(subject))
    describe('find', () => findScenarios(subject))
    describe('retire', () => retireScenarios(subject))
    describe('append', () => appendScenarios(subject))
    describe('read streams', () => streamScenarios(subject))
    describe('owner', () => ownerScenarios(subject))
    describe('anything', () => randomScenarios(subject))
    describe('anything of streams', () => randomStreamScenarios(subject))
  })
}
