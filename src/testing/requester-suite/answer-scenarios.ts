import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Answer } from '../../system/roles.ts'
import { hasCode } from '../sink-suite/scenario.ts'
import { type RequesterSubject, requests } from './fixture.ts'
import { ask, withRequester } from './scenario.ts'

const options = { timeout: 240_000 }
const hostile = `'; drop table x; -- " \\ \` $1 ?1 %s {} [] <a href="&amp;">]]> , ; = + - @ \u{1f600} 中文 end`

export function answerScenarios(subject: RequesterSubject): void {
  it('answers each request in its place', options, () =>
    withRequester(subject, async scenario => {
      const asked = [...requests(11, 30), ...requests(1, 10)]
      const answers = await ask(await scenario.open(), asked)
      for (const [index, answer] of answers.entries()) scenario.answers(answer, asked[index])
    }),
  )

  it('keeps every character, and long answers', options, () =>
    withRequester(subject, async scenario => {
      const { longest = 200_000 } = subject.capabilities
      const texts = [hostile, '大'.repeat(longest)]
      for (const [index, text] of texts.entries()) await scenario.fixture.know(31 + index, text)
      const asked = requests(31, 32)
      const answers = await ask(await scenario.open(), asked)
      for (const [index, answer] of answers.entries()) scenario.answers(answer, asked[index], texts[index])
    }),
  )

  it('serves several calls at a time', options, () =>
    withRequester(subject, async scenario => {
      const requester = await scenario.open()
      const lanes = Array.from({ length: requester.concurrency ?? 1 }, () => requests(1, 30))
      const all = await Promise.all(lanes.map(lane => ask(requester, lane)))
      for (const answers of all)
        for (const [index, answer] of answers.entries()) scenario.answers(answer, requests(1, 30)[index])
    }),
  )

  const { unknown } = subject.capabilities
  const skip = unknown !== 'refused' && 'what is unknown there is not tested'
  it('refuses what the target does not know, and answers the rest', { ...options, skip }, () =>
    withRequester(subject, async scenario => {
      const asked = [...requests(1, 2), ...requests(999, 999), ...requests(3, 4)]
      const answers = await ask(await scenario.open(), asked)
      hasCode(answers[2] as Answer, 'TARGET-REFUSED')
      for (const index of [0, 1, 3, 4]) scenario.answers(answers[index], asked[index])
    }),
  )

  it('names what does not fit its model, and answers the rest', options, t =>
    withRequester(subject, async scenario => {
      if (!scenario.fixture.garble) return t.skip('the target always answers well')
      await scenario.fixture.garble(2)
      const asked = requests(1, 3)
      const answers = await ask(await scenario.open(), asked)
      hasCode(answers[1] as Answer, 'TARGET-CONTRACT', 'MSG-DECODE')
      scenario.answers(answers[0], asked[0])
      scenario.answers(answers[2], asked[2])
    }),
  )

  const { limit = 0 } = subject.capabilities
  const unlimited = limit === 0 && 'it has no limit of its own'
  it('refuses an answer that is longer than it takes, and serves on', { ...options, skip: unlimited }, () =>
    withRequester(subject, async scenario => {
      await scenario.fixture.know(31, 'x'.repeat(limit))
      const requester = await scenario.open()
      const [answer] = await ask(requester, requests(31, 31))
      hasCode(answer as Answer, 'TARGET-CONTRACT', 'MSG-LIMIT')
      for (const request of requests(1, 3)) scenario.answers((await ask(requester, [request]))[0], request)
    }),
  )

  const once = subject.capabilities.effect === 'idempotent'
  it('has one effect for one effect key', { ...options, skip: !once && 'its effect is not idempotent' }, t =>
    withRequester(subject, async scenario => {
      const { effects } = scenario.fixture
      if (!effects) return t.skip('effects cannot be counted')
      const requester = await scenario.open()
      for (let time = 0; time < 3; time++) {
        const answers = await ask(requester, requests(1, 5))
        for (const [index, answer] of answers.entries()) scenario.answers(answer, requests(1, 5)[index])
      }
      assert.deepEqual([...(await effects.call(scenario.fixture))].sort(), [1, 2, 3, 4, 5])
    }),
  )
}
