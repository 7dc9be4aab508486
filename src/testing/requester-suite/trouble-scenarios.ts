import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Answer } from '../../system/roles.ts'
import { hasCode } from '../sink-suite/scenario.ts'
import { type RequesterSubject, requests } from './fixture.ts'
import { ask, withRequester } from './scenario.ts'

const options = { timeout: 240_000 }

export function troubleScenarios(subject: RequesterSubject): void {
  it('never claims an answer while the target is down, and goes on when it is back', options, t =>
    withRequester(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.down) return t.skip('the target cannot be taken down')
      const requester = await scenario.open()
      await scenario.askAll(requester, requests(1, 3))
      await fixture.down()
      for (const answer of await ask(requester, requests(4, 6)))
        hasCode(answer as Answer, 'TARGET-UNAVAILABLE', 'TARGET-UNANSWERED')
      await fixture.up?.()
      if (scenario.repeatable) await scenario.askAll(requester, requests(4, 6))
    }),
  )

  it('tells that an answer was lost, and has not two effects', options, t =>
    withRequester(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.loseAnswer) return t.skip('answers cannot be lost')
      const requester = await scenario.open()
      await scenario.askAll(requester, requests(1, 1))
      await fixture.loseAnswer()
      const [answer] = await ask(requester, requests(2, 2))
      const read = subject.capabilities.effect === 'read'
      if (!answer?.ok) hasCode(answer as Answer, ...unanswered(read))
      if (scenario.repeatable) await scenario.askAll(requester, requests(2, 2))
      const done = (await fixture.effects?.()) ?? []
      assert.ok(done.filter(n => n === 2).length <= 1, 'one effect')
    }),
  )

  for (const [trouble, title] of [
    ['cutAnswer', 'does not take an answer that is cut off for an answer'],
    ['emptyAnswer', 'does not take an empty answer for an answer'],
  ] as const)
    it(title, options, t =>
      withRequester(subject, async scenario => {
        const { fixture } = scenario
        const make = fixture[trouble]
        if (!make) return t.skip('answers come whole or not at all')
        const requester = await scenario.open()
        await scenario.askAll(requester, requests(1, 1))
        await make.call(fixture)
        const [answer] = await ask(requester, requests(2, 2))
        // Not sent anew by itself unless it changes nothing: then it may have been answered well after all.
        if (answer?.ok) scenario.answers(answer, requests(2, 2)[0])
        else hasCode(answer as Answer, 'TARGET-UNANSWERED', 'TARGET-UNAVAILABLE', 'TARGET-CONTRACT')
        if (scenario.repeatable) await scenario.askAll(requester, requests(2, 2))
        const done = (await fixture.effects?.()) ?? []
        assert.ok(done.filter(n => n === 2).length <= 1, 'one effect')
      }),
    )

  it('ends quickly when it is told to, while the target is silent', options, t =>
    withRequester(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.stall) return t.skip('the target cannot be silenced')
      const requester = await scenario.open()
      await scenario.askAll(requester, requests(1, 1))
      await fixture.stall()
      const stop = new AbortController()
      const asking = ask(requester, requests(2, 2), stop.signal)
      await new Promise(setImmediate)
      stop.abort()
      // It must be answered while the target is still silent: else this waits until the test is over.
      const [answer] = await asking
      hasCode(answer as Answer, 'TARGET-UNAVAILABLE', 'TARGET-UNANSWERED')
      await fixture.resume?.()
      if (scenario.repeatable) await scenario.askAll(requester, requests(2, 2))
    }),
  )

  it('finishes the calls under way before it closes, and closes unused', options, () =>
    withRequester(subject, async scenario => {
      const opened = await scenario.connect()
      const requester = opened.requester()
      const asked = requests(1, Math.min(requester.batch ?? 1, 30))
      const asking = ask(requester, asked)
      await opened.close()
      for (const [index, answer] of (await asking).entries()) scenario.answers(answer, asked[index])
      const unused = await scenario.connect()
      await unused.close()
    }),
  )
}

/** What a lost answer may be called: a call that changes nothing may just not have happened. */
function unanswered(read: boolean) {
  return read ? (['TARGET-UNANSWERED', 'TARGET-UNAVAILABLE'] as const) : (['TARGET-UNANSWERED'] as const)
}
