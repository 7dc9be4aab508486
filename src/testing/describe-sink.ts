import { describe } from 'node:test'
import type { SinkCapabilities, SinkFixture } from './sink-suite/fixture.ts'
import { repeatScenarios } from './sink-suite/repeat-scenarios.ts'
import { troubleScenarios } from './sink-suite/trouble-scenarios.ts'
import { writeScenarios } from './sink-suite/write-scenarios.ts'

export type { OpenedSink, SinkCapabilities, SinkFixture, SuiteRecord } from './sink-suite/fixture.ts'

/**
 * The conformance suite of a sink, for node:test: the sentences of `Sink` as scenarios, over the real target that the
 * fixture looks into. `make` is called once per scenario and gives a new, empty target. What the fixture cannot do
 * (take the target down, lose an answer) is skipped with a reason.
 */
export function describeSink(
  name: string,
  make: () => Promise<SinkFixture>,
  capabilities: SinkCapabilities,
): void {
  const subject = { make, capabilities }
  describe(`sink ${name}`, () => {
    describe('writes', () => writeScenarios(subject))
    describe('repeats', () => repeatScenarios(subject))
    describe('in trouble', () => troubleScenarios(subject))
  })
}
