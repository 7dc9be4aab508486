import { describe } from 'node:test'
import { deliveryScenarios } from './source-suite/delivery-scenarios.ts'
import type { SourceCapabilities, SourceFixture } from './source-suite/fixture.ts'
import { systemScenarios } from './source-suite/system-scenarios.ts'
import { troubleScenarios } from './source-suite/trouble-scenarios.ts'

export type {
  OpenedSource,
  SourceCapabilities,
  SourceFixture,
  SuiteRecord,
} from './source-suite/fixture.ts'

/**
 * The conformance suite of a source, for node:test: the sentences of `Source` and `Intake` as scenarios, over the real
 * system that the fixture fills. `make` is called once per scenario and gives a new, empty system. The suite plays
 * the engine: it delays, refuses and fails acceptance, and lets the process of the source die around it.
 */
export function describeSource(
  name: string,
  make: () => Promise<SourceFixture>,
  capabilities: SourceCapabilities,
): void {
  const subject = { make, capabilities }
  describe(`source ${name}`, () => {
    describe('delivers', () => deliveryScenarios(subject))
    describe('in trouble', () => troubleScenarios(subject))
    describe('with a system in trouble', () => systemScenarios(subject))
  })
}
