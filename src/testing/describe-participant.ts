import { describe } from 'node:test'
import { endScenarios } from './participant-suite/end-scenarios.ts'
import type { ParticipantFixture } from './participant-suite/fixture.ts'
import { promiseScenarios } from './participant-suite/promise-scenarios.ts'
import { troubleScenarios } from './participant-suite/trouble-scenarios.ts'

export type {
  BreakableParticipant,
  ForeignBranch,
  OpenedParticipant,
  ParticipantFixture,
  ParticipantProcess,
  ProcessBranch,
} from './participant-suite/fixture.ts'

/**
 * The conformance suite of a participant in two-phase commit, for node:test: the sentences of `Participant` as
 * scenarios, over the real database that the fixture looks into. `make` is called once per scenario and gives a new,
 * empty database; `makeCrashable` one that can be crashed.
 */
export function describeParticipant(
  name: string,
  make: () => Promise<ParticipantFixture>,
  makeCrashable?: () => Promise<ParticipantFixture>,
): void {
  const subject = { make, makeCrashable }
  describe(`participant ${name}`, () => {
    describe('promises', () => promiseScenarios(subject))
    describe('ends', () => endScenarios(subject))
    describe('in trouble', () => troubleScenarios(subject))
  })
}
