import assert from 'node:assert/strict'
import { it } from 'node:test'
import { item, items, type SinkSubject } from './fixture.ts'
import { allOk, hasCode, withSink, write, writeAll } from './scenario.ts'

const never = new AbortController().signal

export function repeatScenarios(subject: SinkSubject): void {
  const once = subject.capabilities.effect === 'idempotent'
  const options = { timeout: 240_000, skip: !once && 'its effect is not idempotent' }

  it('has one effect for one effect key, however often it comes', options, () =>
    withSink(subject, async scenario => {
      const sink = await scenario.open()
      const sent = items(1, 10)
      for (let time = 0; time < 3; time++) allOk(await write(sink, sent))
      allOk(await write(sink, items(5, 15)))
      await scenario.holds(items(1, 15))
    }),
  )

  it('has one effect after a restart', options, () =>
    withSink(subject, async scenario => {
      const first = await scenario.connect()
      allOk(await write(first.sink(), items(1, 10)))
      await first.close()
      allOk(await write(await scenario.open(), items(1, 12)))
      await scenario.holds(items(1, 12))
    }),
  )

  it('has one effect when the same comes at the same time, from two processes too', options, () =>
    withSink(subject, async scenario => {
      const sinks = [await scenario.open(), await scenario.open()]
      const sent = items(1, 20)
      const backwards = sent.toReversed()
      await Promise.all(
        sinks.flatMap(sink => [
          writeAll(sink, sent),
          writeAll(sink, (sink.concurrency ?? 1) > 1 ? backwards : []),
        ]),
      )
      await scenario.holds(sent)
    }),
  )

  it('has one effect when an item comes again beside a bad one', options, t =>
    withSink(subject, async scenario => {
      const { refused } = scenario.fixture
      if (refused === undefined) return t.skip('the target refuses nothing')
      const sink = await scenario.open()
      allOk(await write(sink, [item(1, 'one')]))
      const answers = await write(sink, [item(2, refused), item(1, 'one'), item(3, 'three')])
      hasCode(answers[0], 'TARGET-REFUSED')
      allOk(answers.slice(1))
      allOk(await write(sink, [item(2, 'two'), item(3, 'three')]))
      await scenario.holds([item(1, 'one'), item(2, 'two'), item(3, 'three')])
    }),
  )

  it('treats items with different effect keys as different, whatever they say', options, () =>
    withSink(subject, async scenario => {
      const sink = await scenario.open()
      const lower = { ...item(1, 'same'), effectKey: 'effect' }
      const upper = { ...item(2, 'same'), effectKey: 'EFFECT' }
      allOk(await write(sink, [lower, upper]))
      allOk(await write(sink, [upper, lower]))
      await scenario.holds([item(1, 'same'), item(2, 'same')])
    }),
  )

  it('tells by a probe what happened', { timeout: 240_000 }, t =>
    withSink(subject, async scenario => {
      const sink = await scenario.open()
      if (!sink.probe) return t.skip('it cannot be asked')
      const [done, absent] = items(1, 2)
      assert.ok(done && absent)
      assert.equal((await sink.probe(done, never)).outcome, 'absent')
      allOk(await write(sink, [done]))
      assert.equal((await sink.probe({ ...done, attempt: 2 }, never)).outcome, 'done')
      assert.equal((await sink.probe(absent, never)).outcome, 'absent')
      await scenario.holds([done])
    }),
  )
}
