import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { ParticipantSubject } from './fixture.ts'
import { never, options, record, rejectsWith, withParticipant } from './scenario.ts'

const ends = ['commit', 'roll back'] as const

export function troubleScenarios(subject: ParticipantSubject): void {
  it('keeps its promise when the process is killed to which it was given', options, () =>
    withParticipant(subject, async scenario => {
      const { votes } = await scenario.open()
      for (const [index, how] of ends.entries()) {
        const victim = await scenario.startProcess()
        const branch = scenario.processBranch([record(index + 1)])
        assert.equal((await victim.prepare(branch)).vote, 'prepared')
        await victim.kill()
        assert.deepEqual(await scenario.listed(votes), [branch.id])
        assert.equal(await votes.end(branch.id, how), how === 'commit' ? 'committed' : 'rolled back')
        assert.deepEqual(await scenario.listed(votes), [])
      }
      await scenario.holds(1)
    }),
  )

  it('rolls back for good, whenever the process is killed that prepares', options, () =>
    withParticipant(subject, async scenario => {
      const { votes } = await scenario.open()
      for (let time = 0; time < 3; time++) {
        const victim = await scenario.startProcess()
        const branch = scenario.processBranch([record(1), record(2)])
        await victim.begin(branch)
        await delay(time * 5)
        await victim.kill()
        assert.equal(await votes.end(branch.id, 'roll back'), 'rolled back')
        assert.deepEqual(await scenario.listed(votes), [])
      }
      await scenario.holds()
    }),
  )

  it('ends a promise whose connection is open, though nobody is at its other end', options, t =>
    withParticipant(subject, async scenario => {
      if (!scenario.fixture.openBreakable) return t.skip('there are no connections')
      const { votes } = await scenario.open()
      for (const [index, how] of ends.entries()) {
        const broken = await scenario.openBreakable()
        const branch = scenario.branch([broken.put(record(index + 1))])
        await scenario.promise(broken.votes, branch)
        broken.silence()
        const outcome = await votes.end(branch.id, how)
        assert.equal(outcome, how === 'commit' ? 'committed' : 'rolled back')
        assert.deepEqual(await scenario.listed(votes), [])
      }
      await scenario.holds(1)
    }),
  )

  it('gives no promise after it has answered that it was rolled back', options, t =>
    withParticipant(subject, async scenario => {
      if (!scenario.fixture.openBreakable) return t.skip('there are no connections')
      const { votes } = await scenario.open()
      for (const how of ends) {
        const broken = await scenario.openBreakable()
        const branch = scenario.branch([broken.put(record(1))])
        const arrive = broken.delayPromise()
        await rejectsWith(broken.votes.prepare(branch, never), 'TARGET-UNANSWERED')
        assert.equal(await votes.end(branch.id, how), 'rolled back')
        await arrive()
        assert.deepEqual(await scenario.listed(votes), [])
        assert.equal(await votes.end(branch.id, 'commit'), 'rolled back')
      }
      await scenario.holds()
    }),
  )

  it('says that it does not know when the answer to a promise is lost', options, t =>
    withParticipant(subject, async scenario => {
      if (!scenario.fixture.openBreakable) return t.skip('there are no connections')
      const broken = await scenario.openBreakable()
      for (const [index, how] of ends.entries()) {
        const branch = scenario.branch([broken.put(record(index + 1))])
        broken.loseAnswer()
        await rejectsWith(broken.votes.prepare(branch, never), 'TARGET-UNANSWERED')
        assert.deepEqual(await scenario.listed(broken.votes), [branch.id])
        const outcome = await broken.votes.end(branch.id, how)
        assert.equal(outcome, how === 'commit' ? 'committed' : 'rolled back')
      }
      await scenario.holds(1)
    }),
  )

  const skip = !subject.makeCrashable && 'it has no server that could crash'
  it('keeps its promise when the database crashes', { ...options, skip }, () =>
    withParticipant(
      subject,
      async scenario => {
        const { votes, put } = await scenario.open()
        const branches = [1, 2, 3].map(n => scenario.branch([put(record(n))]))
        for (const branch of branches) await scenario.promise(votes, branch)
        const [first, second, third] = branches.map(({ id }) => id) as [string, string, string]
        await votes.end(third, 'commit')
        await scenario.fixture.crash?.()
        await scenario.holds(3)
        const { votes: later } = await scenario.open()
        assert.deepEqual(await scenario.listed(later), [first, second])
        assert.equal(await later.end(first, 'commit'), 'committed')
        assert.equal(await votes.end(second, 'roll back'), 'rolled back')
        assert.equal(await later.end(third, 'commit'), 'committed')
        await scenario.holds(1, 3)
      },
      subject.makeCrashable,
    ),
  )
}
