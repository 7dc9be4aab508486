import assert from 'node:assert/strict'
import { it } from 'node:test'
import { SeededRandom } from '../simulation/seeded-random.ts'
import { inOrder } from './delivery-scenarios.ts'
import { records, type SourceSubject } from './fixture.ts'
import type { Verdict } from './journal.ts'
import { type Scenario, withSource } from './scenario.ts'

const options = { timeout: 240_000 }

export function troubleScenarios(subject: SourceSubject): void {
  const { ordered, readAhead } = subject.capabilities
  const putAndTake = async (scenario: Scenario) => {
    for (const first of [1, 251, 501]) scenario.put(records(first, first + 249))
    scenario.start()
    await scenario.untilAllTaken()
    if (ordered) inOrder(scenario)
  }

  for (const death of ['dies before', 'dies after'] as const) {
    const moment =
      death === 'dies before' ? 'before a call is durable' : 'before it hears that a call is durable'
    for (const fatal of [1, 2, 3]) {
      it(`loses nothing when the process dies ${moment} (call ${fatal})`, options, () =>
        withSource(subject, async scenario => {
          scenario.journal.plan = ({ number }) => (number === fatal ? death : 'keep')
          await putAndTake(scenario)
        }),
      )
    }
  }

  it('loses nothing when calls fail and processes die at random', options, () =>
    withSource(subject, async scenario => {
      const random = new SeededRandom(7)
      const verdicts = ['keep', 'keep', 'keep', 'closed', 'broken', 'dies before', 'dies after'] as const
      scenario.journal.plan = () => random.pick(verdicts)
      for (let first = 1; first <= 60; first += 6) scenario.put(records(first, first + 5))
      scenario.start()
      await scenario.untilAllTaken()
      if (ordered) inOrder(scenario)
    }),
  )

  it('waits while nothing is accepted, and then goes on', options, () =>
    withSource(subject, async scenario => {
      scenario.journal.plan = ({ number }) => (number <= 3 ? 'closed' : 'keep')
      await putAndTake(scenario)
    }),
  )

  it('goes on after the intake failed', options, () =>
    withSource(subject, async scenario => {
      scenario.journal.plan = ({ number }) => (number % 2 === 1 && number < 8 ? 'broken' : 'keep')
      await putAndTake(scenario)
    }),
  )

  it('hands over a bounded number of records while nobody answers, and acknowledges none', options, () =>
    withSource(subject, async scenario => {
      const answer = Promise.withResolvers<Verdict>()
      scenario.journal.plan = () => answer.promise
      for (const first of [1, 1001, 2001]) scenario.put(records(first, first + 999))
      scenario.start()
      await scenario.until(() => scenario.journal.calls > 0)
      assert.deepEqual((await scenario.fixture.acknowledged?.()) ?? [], [])
      answer.resolve('keep')
      await scenario.untilAllTaken()
      assert.ok(readAhead < 3000, 'a source that may hand over everything at once has no back-pressure')
    }),
  )

  it('loses nothing when its connection is closed while a call is not answered', options, () =>
    withSource(subject, async scenario => {
      const answer = Promise.withResolvers<Verdict>()
      scenario.journal.plan = ({ number }) => (number === 1 ? answer.promise : 'keep')
      scenario.put(records(1, 20))
      scenario.start()
      await scenario.until(() => scenario.journal.calls > 0)
      const stopped = scenario.stopHurriedly()
      answer.resolve('keep')
      await stopped
      scenario.start()
      await scenario.untilAllTaken()
    }),
  )

  it('does not end before its call is answered', options, () =>
    withSource(subject, async scenario => {
      const answer = Promise.withResolvers<Verdict>()
      scenario.journal.plan = () => answer.promise
      scenario.put(records(1, 3))
      scenario.start()
      await scenario.until(() => scenario.journal.calls > 0)
      const stopped = scenario.stop()
      // Time to end too early in: a source that waits is never at fault here.
      await Promise.race([stopped, new Promise(resolve => setTimeout(resolve, 50))])
      answer.resolve('keep')
      await stopped
      scenario.start()
      await scenario.untilAllTaken()
    }),
  )
}
