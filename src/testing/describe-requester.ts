import { describe } from 'node:test'
import { answerScenarios } from './requester-suite/answer-scenarios.ts'
import type { RequesterCapabilities, RequesterFixture } from './requester-suite/fixture.ts'
import { troubleScenarios } from './requester-suite/trouble-scenarios.ts'

export type {
  OpenedRequester,
  RequesterCapabilities,
  RequesterFixture,
  SuiteRequest,
} from './requester-suite/fixture.ts'

/**
 * The conformance suite of a requester, for node:test: the sentences of `Requester` as scenarios, over a real target
 * that the fixture teaches its answers. `make` is called once per scenario and gives a new target. What the fixture
 * cannot do (take the target down, lose an answer) is skipped with a reason.
 */
export function describeRequester(
  name: string,
  make: () => Promise<RequesterFixture>,
  capabilities: RequesterCapabilities,
): void {
  const subject = { make, capabilities }
  describe(`requester ${name}`, () => {
    describe('answers', () => answerScenarios(subject))
    describe('in trouble', () => troubleScenarios(subject))
  })
}
