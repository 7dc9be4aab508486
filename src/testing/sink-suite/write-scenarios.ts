import assert from 'node:assert/strict'
import { it } from 'node:test'
import { item, items, type SinkSubject } from './fixture.ts'
import { allOk, hasCode, withSink, write } from './scenario.ts'

const options = { timeout: 240_000 }

/** Characters that mean something to some language or other. */
const hostile = `'; drop table x; -- " \\ \` $1 ?1 %s {} [] <a href="&amp;">]]> \t\r\n , ; = + - @ \u{1f600} 中文 \u00a0 end`

export function writeScenarios(subject: SinkSubject): void {
  it('applies every item, as it was sent, and answers each', options, () =>
    withSink(subject, async scenario => {
      const sent = items(1, 25)
      const answers = await write(await scenario.open(), sent)
      allOk(answers)
      for (const answer of answers)
        if (answer.ok) assert.ok(JSON.stringify(answer.result ?? null).length < 10_000, 'a result is small')
      await scenario.holds(sent)
    }),
  )

  it('keeps every character', options, () =>
    withSink(subject, async scenario => {
      const sent = [item(1, hostile), item(2, hostile.repeat(50)), item(3, '')]
      allOk(await write(await scenario.open(), sent))
      await scenario.holds(sent)
    }),
  )

  it('takes many items, and several calls at a time', options, () =>
    withSink(subject, async scenario => {
      const sink = await scenario.open()
      const each = Math.min(2 * (sink.batch ?? 1), 1000) + 7
      const lanes = Array.from({ length: sink.concurrency ?? 1 }, (_, lane) =>
        items(lane * each + 1, (lane + 1) * each),
      )
      for (const answers of await Promise.all(lanes.map(lane => write(sink, lane)))) allOk(answers)
      await scenario.holds(lanes.flat())
    }),
  )

  it('holds a large record whole, or refuses it, and serves the others', options, () =>
    withSink(subject, async scenario => {
      const { longest = 1_000_000 } = subject.capabilities
      const large = item(2, '大'.repeat(longest))
      const sent = [item(1, 'before'), large, item(3, 'after')]
      const answers = await write(await scenario.open(), sent)
      allOk([answers[0], answers[2]].filter(answer => answer !== undefined))
      if (answers[1]?.ok) return scenario.holds(sent)
      assert.equal(hasCode(answers[1], 'TARGET-REFUSED', 'MSG-LIMIT', 'MSG-ENCODE').fate, 'park')
      await scenario.holds([item(1, 'before'), item(3, 'after')])
    }),
  )

  it('answers bad items for themselves, each in its place, and applies the others', options, t =>
    withSink(subject, async scenario => {
      const { refused } = scenario.fixture
      if (refused === undefined) return t.skip('the target refuses nothing')
      const bad = new Set([3, 7, 12])
      const sent = items(1, 12).map(each => (bad.has(each.data.n) ? item(each.data.n, refused) : each))
      const sink = await scenario.open()
      const answers = await write(sink, sent)
      for (const [index, answer] of answers.entries()) {
        if (!bad.has(index + 1)) allOk([answer])
        else assert.notEqual(hasCode(answer, 'TARGET-REFUSED').message, '')
      }
      await scenario.holds(sent.filter(({ data }) => !bad.has(data.n)))
      const mended = items(1, 12).filter(({ data }) => bad.has(data.n))
      allOk(await write(sink, mended))
      await scenario.holds(items(1, 12))
    }),
  )

  it('applies nothing of a call in which everything is bad', options, t =>
    withSink(subject, async scenario => {
      const { refused } = scenario.fixture
      if (refused === undefined) return t.skip('the target refuses nothing')
      const answers = await write(
        await scenario.open(),
        items(1, 9).map(each => item(each.data.n, refused)),
      )
      for (const answer of answers) hasCode(answer, 'TARGET-REFUSED')
      await scenario.holds([])
    }),
  )
}
