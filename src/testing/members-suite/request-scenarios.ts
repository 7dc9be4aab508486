import assert from 'node:assert/strict'
import { it } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { rejectsWith } from '../store-suite/fixture.ts'
import type { Actor, MembersSubject } from './fixture.ts'
import { short, taken, takenWhenFree, well, withMembers } from './fixture.ts'

export function requestScenarios(subject: MembersSubject): void {
  it('carries a request to the holder of the lease, and its answer back', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b, c] = [await join(), await join(), await join()]
      await taken(b, 'coordination')
      await taken(c, 'source/mes "α".orders')
      for (const each of [a, b, c]) answerAs(each)
      const request = { do: 'retry', why: 'süd \u0000 \ud800 "\\' }
      assert.deepEqual(await a.membership.ask('coordination', request), [b.id, 'coordination', request])
      assert.deepEqual(await b.membership.ask('coordination', null), [b.id, 'coordination', null])
      const other = 'source/mes "α".orders'
      assert.deepEqual(await b.membership.ask(other, [1, false]), [c.id, other, [1, false]])
    }))

  it('rejects as the holder does', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      await taken(b, 'coordination')
      const more = { fate: 'retry', retryAfter: 3_000, detail: { saga: 7 } } as const
      const told = new IsthmusError('SAGA-LATE', 'it is "over"', more)
      b.membership.onRequest(async (_lease, request) => {
        if (request === 1) throw told
        throw new TypeError('no such thing')
      })
      await assert.rejects(a.membership.ask('coordination', 1), (error: IsthmusError) => {
        assert.ok(error instanceof IsthmusError)
        const { code, message, fate, retryAfter, detail } = error
        assert.deepEqual(
          { code, message, fate, retryAfter, detail },
          { code: 'SAGA-LATE', message: 'it is "over"', ...more },
        )
        return true
      })
      await assert.rejects(a.membership.ask('coordination', 2), (error: Error) => {
        assert.match(error.message, /no such thing/)
        // Nothing is known of it: what would have been tried again here is tried again there.
        assert.equal(error instanceof IsthmusError, false)
        return true
      })
    }))

  it('says that nobody answers', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join({ lease: short }), await join()]
      await taken(b, 'partition/1')
      answerAs(b)
      await rejectsWith('MEMBER-SILENT', a.membership.ask('partition/0', 1))
      await taken(b, 'partition/2')
      b.membership.onRequest(() => new Promise(() => undefined))
      await rejectsWith('MEMBER-SILENT', a.membership.ask('partition/2', 1))
    }))

  it('asks no longer than its caller waits', () =>
    withMembers(subject, async ({ join }) => {
      const a = await join()
      const abort = new AbortController()
      const reason = new Error('enough')
      const asked = a.membership.ask('partition/0', 1, abort.signal)
      setTimeout(() => abort.abort(reason), 20)
      await assert.rejects(asked, reason)
      await assert.rejects(a.membership.ask('partition/0', 1, abort.signal), reason)
    }))

  it('is answered by who takes the lease later', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      answerAs(b)
      const asked = a.membership.ask('partition/0', 1)
      await a.membership.beat(well)
      await taken(b, 'partition/0')
      assert.deepEqual(await asked, [b.id, 'partition/0', 1])
    }))

  it('is answered by the next holder, if the lease moves before there is an answer', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b, c] = [await join(), await join(), await join()]
      const lease = await taken(b, 'partition/0')
      const reached = Promise.withResolvers<void>()
      const late = Promise.withResolvers<Json>()
      b.membership.onRequest(() => {
        reached.resolve()
        return late.promise
      })
      answerAs(c)
      const asked = a.membership.ask('partition/0', 1)
      await reached.promise
      await b.membership.give([lease])
      await taken(c, 'partition/0')
      late.reject(new IsthmusError('STORE-FENCED', 'what the one before says counts no more'))
      assert.deepEqual(await asked, [c.id, 'partition/0', 1])
    }))

  it('is answered by the heir of a holder that was killed', () =>
    withMembers(subject, async ({ join }) => {
      const [a, heir] = [await join(), await join()]
      const dying = await join({ lease: short })
      await taken(dying, 'partition/0')
      const reached = Promise.withResolvers<void>()
      dying.membership.onRequest(() => {
        reached.resolve()
        return new Promise(() => undefined)
      })
      answerAs(heir)
      const asked = a.membership.ask('partition/0', 1)
      await reached.promise
      await dying.kill()
      await takenWhenFree(heir, 'partition/0')
      assert.deepEqual(await asked, [heir.id, 'partition/0', 1])
    }))

  it('carries many large ones at once, each to its own answer', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      await taken(b, 'partition/0')
      let handled = 0
      b.membership.onRequest(async (_lease, request) => {
        handled++
        return { ...(request as { n: number }), answered: true }
      })
      const large = 'ü'.repeat(50_000)
      const asked = Array.from({ length: 120 }, (_, n) => a.membership.ask('partition/0', { n, large }))
      for (const [n, answer] of (await Promise.all(asked)).entries())
        assert.deepEqual(answer, { n, large, answered: true })
      assert.equal(handled, 120, 'each is handled once while its holder stays')
    }))
}

function answerAs({ membership, id }: Actor): void {
  membership.onRequest(async (lease, request) => [id, lease, request])
}
