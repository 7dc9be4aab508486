import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ParticipantSubject } from './fixture.ts'
import { never, options, record, rejectsWith, withParticipant } from './scenario.ts'

export function endScenarios(subject: ParticipantSubject): void {
  it('answers a repeated end as the first one, whatever is asked for', options, () =>
    withParticipant(subject, async scenario => {
      const { votes, put } = await scenario.open()
      const later = await scenario.open()
      for (const [how, outcome] of [
        ['commit', 'committed'],
        ['roll back', 'rolled back'],
      ] as const) {
        const branch = scenario.branch([put(record(1))])
        if (how === 'roll back') Object.assign(branch, { work: [put(record(2))] })
        await scenario.promise(votes, branch)
        assert.equal(await votes.end(branch.id, how), outcome)
        for (const { votes: each } of [{ votes }, later])
          for (const other of ['commit', 'roll back'] as const)
            assert.equal(await each.end(branch.id, other), outcome)
      }
      await scenario.holds(1)
    }),
  )

  it('has rolled back what it does not know, and gives no promise under that id any more', options, () =>
    withParticipant(subject, async scenario => {
      const { votes, put } = await scenario.open()
      for (const how of ['commit', 'roll back'] as const) {
        const branch = scenario.branch([put(record(1))])
        assert.equal(await votes.end(branch.id, how), 'rolled back')
        for (const alone of [false, true])
          await rejectsWith(votes.prepare({ ...branch, alone }, never), 'TARGET-UNAVAILABLE')
        assert.equal(await votes.end(branch.id, 'commit'), 'rolled back')
      }
      assert.deepEqual(await scenario.listed(votes), [])
      await scenario.holds()
    }),
  )

  it('ends a promise from another connection while that of the vote is open', options, () =>
    withParticipant(subject, async scenario => {
      const first = await scenario.open()
      const other = await scenario.open()
      for (const n of [1, 2]) {
        const branch = scenario.branch([first.put(record(n))])
        await scenario.promise(first.votes, branch)
        const outcome = await other.votes.end(branch.id, n === 1 ? 'commit' : 'roll back')
        assert.equal(outcome, n === 1 ? 'committed' : 'rolled back')
        assert.equal(await first.votes.end(branch.id, 'roll back'), outcome)
      }
      await scenario.holds(1)
    }),
  )

  it('gives everybody the same answer when two end it at once', options, () =>
    withParticipant(subject, async scenario => {
      const [first, second] = [await scenario.open(), await scenario.open()]
      const kept: number[] = []
      for (let n = 1; n <= 8; n++) {
        const branch = scenario.branch([first.put(record(n))])
        await scenario.promise(first.votes, branch)
        const asked = n % 2 ? (['commit', 'roll back'] as const) : (['roll back', 'commit'] as const)
        const outcomes = await Promise.all([
          first.votes.end(branch.id, asked[0]),
          second.votes.end(branch.id, asked[1]),
        ])
        assert.equal(outcomes[0], outcomes[1])
        if (outcomes[0] === 'committed') kept.push(n)
      }
      await scenario.holds(...kept)
    }),
  )

  it('tells by its marker what somebody else has made of a promise', options, () =>
    withParticipant(subject, async scenario => {
      const { votes, put } = await scenario.open()
      const { fixture } = scenario
      for (const how of fixture.commitsByHand
        ? (['roll back', 'commit'] as const)
        : (['roll back'] as const)) {
        const branch = scenario.branch([put(record(1))])
        await scenario.promise(votes, branch)
        await votes.prepared(scenario.prefix)
        await fixture.endByHand(branch.id, how)
        const outcome = how === 'commit' ? 'committed' : 'rolled back'
        assert.equal(await votes.end(branch.id, 'commit'), outcome)
        assert.equal(await votes.end(branch.id, 'roll back'), outcome)
      }
      await scenario.holds(...(fixture.commitsByHand ? [1] : []))
    }),
  )

  it('lists and ends promises of its prefix only, and touches none of other applications', options, t =>
    withParticipant(subject, async scenario => {
      const { votes, put } = await scenario.open()
      const foreign = await scenario.fixture.prepareForeign?.()
      const branch = scenario.branch([put(record(1))])
      await scenario.promise(votes, branch)
      const [listed] = await votes.prepared(scenario.prefix)
      assert.equal(listed?.id, branch.id)
      if (listed?.since !== undefined) assert.ok(Math.abs(listed.since - Date.now()) < 3_600_000)
      assert.deepEqual(await votes.prepared(`${scenario.prefix}g2`), [])
      assert.deepEqual(await votes.prepared('isth_'), [])
      assert.equal(await votes.end(branch.id, 'commit'), 'committed')
      if (!foreign) return t.diagnostic('there are no promises to other applications')
      assert.ok(await foreign.isThere())
      await foreign.end()
    }),
  )
}
