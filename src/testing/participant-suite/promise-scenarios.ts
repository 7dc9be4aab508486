import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { OpenedParticipant, ParticipantSubject } from './fixture.ts'
import { never, options, record, rejectsWith, withParticipant } from './scenario.ts'

/** What the sink answers to a record, under an effect key. */
async function write(opened: OpenedParticipant, n: number, effectKey: string) {
  const data = record(n)
  const sink = opened.sink()
  const [answer] = await sink.write(
    [{ data, effectKey, key: 'key', messageId: 'message', attempt: 1 }],
    never,
  )
  return answer
}

export function promiseScenarios(subject: ParticipantSubject): void {
  it('shows nothing of its work until it is committed, and then all of it', options, () =>
    withParticipant(subject, async scenario => {
      const { votes, put } = await scenario.open()
      const branch = scenario.branch([put(record(1)), put(record(2)), put(record(3))])
      await scenario.promise(votes, branch)
      await scenario.holds()
      assert.deepEqual(await scenario.listed(votes), [branch.id])
      assert.equal(await votes.end(branch.id, 'commit'), 'committed')
      assert.deepEqual(await scenario.fixture.effects(), [record(1), record(2), record(3)])
      assert.deepEqual(await scenario.listed(votes), [])
    }),
  )

  it('takes all of its work back', options, () =>
    withParticipant(subject, async scenario => {
      const { votes, put } = await scenario.open()
      const branch = scenario.branch([put(record(1)), put(record(2))])
      await scenario.promise(votes, branch)
      assert.equal(await votes.end(branch.id, 'roll back'), 'rolled back')
      await scenario.holds()
      assert.deepEqual(await scenario.listed(votes), [])
      const again = scenario.branch([put(record(1))], { effectKey: branch.effectKey })
      await scenario.promise(votes, again)
      assert.equal(await votes.end(again.id, 'commit'), 'committed')
      await scenario.holds(1)
    }),
  )

  it('promises nothing where nothing is changed', options, () =>
    withParticipant(subject, async scenario => {
      const { votes, idle } = await scenario.open()
      for (const work of [[], [idle()], [idle(), idle()]]) {
        const vote = await votes.prepare(scenario.branch(work), never)
        assert.deepEqual(vote, { vote: 'read only' })
      }
      assert.deepEqual(await scenario.listed(votes), [])
      await scenario.holds()
    }),
  )

  it('commits at once when it is alone', options, () =>
    withParticipant(subject, async scenario => {
      const { votes, put, idle } = await scenario.open()
      const branch = scenario.branch([put(record(1))], { alone: true })
      assert.deepEqual(await votes.prepare(branch, never), { vote: 'committed' })
      await scenario.holds(1)
      assert.deepEqual(await scenario.listed(votes), [])
      assert.equal(await votes.end(branch.id, 'roll back'), 'committed')
      assert.deepEqual(await votes.prepare(scenario.branch([idle()], { alone: true }), never), {
        vote: 'read only',
      })
    }),
  )

  it('knows a transaction that was committed, under another id of the branch', options, () =>
    withParticipant(subject, async scenario => {
      const { votes, put } = await scenario.open()
      for (const alone of [false, true]) {
        const n = alone ? 2 : 1
        const branch = scenario.branch([put(record(n))], { alone })
        await votes.prepare(branch, never)
        await votes.end(branch.id, 'commit')
        for (const isAlone of [false, true]) {
          const again = { ...branch, id: scenario.id(), alone: isAlone }
          assert.deepEqual(await votes.prepare(again, never), { vote: 'known' })
          const other = { ...again, id: scenario.id(), work: [put(record(n + 10))] }
          assert.deepEqual(await votes.prepare(other, never), { vote: 'known' })
        }
      }
      assert.deepEqual(await scenario.listed(votes), [])
      await scenario.holds(1, 2)
    }),
  )

  it('shares its effect keys with the sinks', options, () =>
    withParticipant(subject, async scenario => {
      const opened = await scenario.open()
      const { votes, put } = opened
      assert.deepEqual(await write(opened, 1, 'by the sink'), { ok: true })
      const known = scenario.branch([put(record(2))], { effectKey: 'by the sink' })
      assert.deepEqual(await votes.prepare(known, never), { vote: 'known' })
      const branch = scenario.branch([put(record(3))], { effectKey: 'by the branch' })
      await scenario.promise(votes, branch)
      await votes.end(branch.id, 'commit')
      assert.deepEqual(await write(opened, 4, 'by the branch'), { ok: true })
      await scenario.holds(1, 3)
    }),
  )

  it('promises nothing of what is refused, and goes on', options, () =>
    withParticipant(subject, async scenario => {
      const { votes, put } = await scenario.open()
      const bad = put(record(2, scenario.fixture.refused))
      for (const alone of [false, true]) {
        const branch = scenario.branch([put(record(1)), bad, put(record(3))], { alone })
        await rejectsWith(votes.prepare(branch, never), 'TARGET-REFUSED')
        assert.equal(await votes.end(branch.id, 'commit'), 'rolled back')
      }
      assert.deepEqual(await scenario.listed(votes), [])
      const good = scenario.branch([put(record(1))])
      await scenario.promise(votes, good)
      assert.equal(await votes.end(good.id, 'commit'), 'committed')
      await scenario.holds(1)
    }),
  )

  it('keeps what it has promised locked, until its end', options, () =>
    withParticipant(subject, async scenario => {
      const first = await scenario.open()
      const second = await scenario.open()
      for (const how of ['roll back', 'commit'] as const) {
        const branch = scenario.branch([first.put(record(1))])
        await scenario.promise(first.votes, branch)
        const other = scenario.branch([second.put(record(1))])
        await rejectsWith(second.votes.prepare(other, never), 'TARGET-UNAVAILABLE')
        const answer = await write(second, 1, 'somebody else')
        assert.ok(answer && !answer.ok)
        await rejectsWith(Promise.reject(answer.error), 'TARGET-UNAVAILABLE')
        await first.votes.end(branch.id, how)
        const free = scenario.branch([second.put(record(2))], { alone: true })
        if (how === 'commit') await rejectsWith(second.votes.prepare(other, never), 'TARGET-REFUSED')
        else assert.deepEqual(await second.votes.prepare(free, never), { vote: 'committed' })
      }
      await scenario.holds(1, 2)
    }),
  )

  it('promises nothing when it is given up before', options, () =>
    withParticipant(subject, async scenario => {
      const { votes, put } = await scenario.open()
      const branch = scenario.branch([put(record(1))])
      await rejectsWith(votes.prepare(branch, AbortSignal.abort()), 'TARGET-UNAVAILABLE')
      assert.deepEqual(await scenario.listed(votes), [])
      assert.equal(await votes.end(branch.id, 'roll back'), 'rolled back')
    }),
  )

  it('gives many promises side by side, each of which is kept or taken back by itself', options, () =>
    withParticipant(subject, async scenario => {
      const opened = [await scenario.open(), await scenario.open()]
      const numbers = Array.from({ length: 12 }, (_, index) => index + 1)
      await Promise.all(
        numbers.map(async n => {
          const { votes, put } = opened[n % 2] as (typeof opened)[number]
          for (;;) {
            const branch = scenario.branch([put(record(n))])
            const vote = await votes.prepare(branch, never).catch(error => error.code as string)
            if (vote === 'TARGET-UNAVAILABLE') continue
            assert.equal(typeof vote === 'object' && vote.vote, 'prepared')
            await votes.end(branch.id, n % 3 === 0 ? 'roll back' : 'commit')
            return
          }
        }),
      )
      await scenario.holds(...numbers.filter(n => n % 3 !== 0))
    }),
  )
}
