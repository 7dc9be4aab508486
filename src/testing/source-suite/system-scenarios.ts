import assert from 'node:assert/strict'
import { it } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { SeededRandom } from '../simulation/seeded-random.ts'
import { inOrder } from './delivery-scenarios.ts'
import { records, type SourceSubject } from './fixture.ts'
import type { Verdict } from './journal.ts'
import { withSource } from './scenario.ts'

const options = { timeout: 240_000 }

/** What happens at the system's side, or on the way to it. */
export function systemScenarios(subject: SourceSubject): void {
  const { ordered } = subject.capabilities

  it('acknowledges nothing early when calls are answered late and out of order', options, () =>
    withSource(subject, async scenario => {
      const random = new SeededRandom(11)
      scenario.journal.plan = async ({ number }): Promise<Verdict> => {
        if (number <= 20) await new Promise(resolve => setTimeout(resolve, random.pick([0, 2, 10, 25])))
        return 'keep'
      }
      for (let first = 1; first <= 200; first += 10) scenario.put(records(first, first + 9))
      scenario.start()
      await scenario.untilAllTaken()
      if (ordered) inOrder(scenario)
    }),
  )

  it('loses nothing when its connection is cut again and again', options, t =>
    withSource(subject, async scenario => {
      const { fixture, journal } = scenario
      if (!fixture.disconnect) return t.skip('its connection cannot be cut')
      journal.plan = async ({ number }): Promise<Verdict> => {
        if (number <= 8 && number % 2 === 0) await fixture.disconnect?.()
        return 'keep'
      }
      scenario.start()
      for (let first = 1; first <= 191; first += 10) {
        scenario.put(records(first, first + 9))
        if (first % 40 === 1) await scenario.until(() => journal.taken.length >= first)
      }
      await scenario.untilAllTaken()
      await fixture.disconnect()
      scenario.put(records(201, 205))
      await scenario.untilAllTaken()
      // Nobody has to help: a cut is no reason to pause.
      for (const failure of scenario.failures)
        if (failure instanceof IsthmusError) assert.notEqual(failure.fate, 'pause', failure.message)
      if (ordered) inOrder(scenario)
    }),
  )

  it('delivers what was committed after its place had been passed', options, t =>
    withSource(subject, async scenario => {
      const { fixture, journal } = scenario
      if (!fixture.begin) return t.skip('its system has no transactions that matter here')
      const late = records(1, 3)
      for (const { n, text } of late) journal.expected.set(n, text)
      const commit = await fixture.begin(late)
      scenario.put(records(4, 10))
      scenario.start()
      await scenario.until(() => journal.taken.length === 7)
      await commit()
      await scenario.untilAllTaken()
    }),
  )

  it('gives what is delivered again the id that it had', options, t =>
    withSource(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.repeat) return t.skip('its system delivers nothing again by itself')
      scenario.put(records(1, 10))
      scenario.start()
      await scenario.untilAllTaken()
      await fixture.repeat()
      scenario.put(records(11, 12))
      await scenario.untilAllTaken()
    }),
  )

  it('does not take an empty answer for the end of what there is', options, t =>
    withSource(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.emptyAnswer) return t.skip('it is not answered, or never with nothing')
      scenario.put(records(1, 10))
      scenario.start()
      await scenario.untilAllTaken()
      await scenario.stop()
      scenario.put(records(11, 12))
      await fixture.emptyAnswer()
      scenario.start()
      await scenario.untilAllTaken()
      if (ordered) inOrder(scenario)
    }),
  )

  it('stops where its place is lost, and says that a gap is possible', options, t =>
    withSource(subject, async scenario => {
      const { fixture, journal, failures } = scenario
      if (!fixture.losePlace) return t.skip('its place cannot be lost')
      scenario.put(records(1, 5))
      scenario.start()
      await scenario.untilAllTaken()
      await scenario.stop()
      await fixture.losePlace()
      scenario.put(records(6, 8))
      scenario.start()
      await scenario.until(() => failures.length > 0)
      const [failure] = failures
      assert.ok(failure instanceof IsthmusError, `not classified: ${failure}`)
      assert.equal(failure.code, 'SOURCE-GAP', failure.message)
      assert.match(failure.message, /gap/)
      assert.equal(journal.taken.length, 5, 'it went on as if nothing were missing')
    }),
  )
}
