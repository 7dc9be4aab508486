import assert from 'node:assert/strict'
import { it } from 'node:test'
import { items, type SinkSubject } from './fixture.ts'
import { allOk, hasCode, withSink, write, writeAll } from './scenario.ts'

const options = { timeout: 240_000 }

export function troubleScenarios(subject: SinkSubject): void {
  it('never claims success while the target is down, and goes on when it is back', options, t =>
    withSink(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.down) return t.skip('the target cannot be taken down')
      const sink = await scenario.open()
      allOk(await write(sink, items(1, 3)))
      await fixture.down()
      const answers = await write(sink, items(4, 6))
      await fixture.up?.()
      const codes = answers.map(answer => hasCode(answer, 'TARGET-UNAVAILABLE', 'TARGET-UNANSWERED').code)
      const unsent = items(4, 6).filter(
        (_, index) => scenario.repeatable || codes[index] === 'TARGET-UNAVAILABLE',
      )
      await writeAll(sink, unsent)
      await scenario.holds([...items(1, 3), ...unsent])
    }),
  )

  it('connects to a target that comes up later', options, t =>
    withSink(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.down) return t.skip('the target cannot be taken down')
      await fixture.down()
      const early = await scenario.open().catch(() => undefined)
      if (early)
        for (const answer of await write(early, items(1, 1)))
          hasCode(answer, 'TARGET-UNAVAILABLE', 'TARGET-UNANSWERED')
      await fixture.up?.()
      if (scenario.repeatable) await writeAll(early ?? (await scenario.open()), items(1, 1))
    }),
  )

  it('does not take a lost answer for a failure, nor has it two effects', options, t =>
    withSink(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.loseAnswer) return t.skip('answers cannot be lost')
      const sink = await scenario.open()
      allOk(await write(sink, items(1, 2)))
      await fixture.loseAnswer()
      const sent = items(3, 3)
      const [answer] = await write(sink, sent)
      if (answer && !answer.ok) hasCode(answer, 'TARGET-UNANSWERED')
      if (scenario.repeatable) await writeAll(sink, sent)
      await scenario.holds(items(1, 3))
    }),
  )

  it('does not take an answer that is cut off for success or failure', options, t =>
    withSink(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.cutAnswer) return t.skip('answers cannot be cut off')
      const sink = await scenario.open()
      allOk(await write(sink, items(1, 1)))
      await fixture.cutAnswer()
      const [answer] = await write(sink, items(2, 2))
      if (answer && !answer.ok) hasCode(answer, 'TARGET-UNANSWERED')
      if (scenario.repeatable) await writeAll(sink, items(2, 2))
      await scenario.holds(items(1, 2))
    }),
  )

  it('has every effect once when its connection is cut again and again', options, t =>
    withSink(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.disconnect) return t.skip('its connection cannot be cut')
      if (!scenario.repeatable) return t.skip('what was cut off must not be repeated')
      const sink = await scenario.open()
      let cutting = true
      const cuts = (async () => {
        while (cutting) {
          await fixture.disconnect?.()
          await new Promise(resolve => setTimeout(resolve, 5))
        }
      })()
      const size = Math.min(sink.batch ?? 1, 10)
      for (let first = 1; first <= 60; first += size)
        await write(sink, items(first, Math.min(60, first + size - 1)))
      cutting = false
      await cuts
      await writeAll(sink, items(1, 60))
      await scenario.holds(items(1, 60))
    }),
  )

  it('ends quickly when it is told to, while the target is silent', options, t =>
    withSink(subject, async scenario => {
      const { fixture } = scenario
      if (!fixture.stall) return t.skip('the target cannot be silenced')
      const sink = await scenario.open()
      allOk(await write(sink, items(1, 1)))
      await fixture.stall()
      const stop = new AbortController()
      const writing = write(sink, items(2, 2), stop.signal)
      await new Promise(setImmediate)
      stop.abort()
      // It must be answered while the target is still silent: else this waits until the test is over.
      const [answer] = await writing
      hasCode(answer, 'TARGET-UNAVAILABLE', 'TARGET-UNANSWERED')
      await fixture.resume?.()
      if (scenario.repeatable) {
        await writeAll(sink, items(2, 2))
        await scenario.holds(items(1, 2))
      } else assert.ok((await scenario.timesOf(2)) <= 1)
    }),
  )

  it('does nothing when it is told to end before it begins', options, () =>
    withSink(subject, async scenario => {
      const sink = await scenario.open()
      const [answer] = await write(sink, items(1, 1), AbortSignal.abort())
      if (!answer?.ok) hasCode(answer, 'TARGET-UNAVAILABLE', 'TARGET-UNANSWERED')
      if (scenario.repeatable) await writeAll(sink, items(1, 1))
      if (scenario.repeatable) await scenario.holds(items(1, 1))
    }),
  )

  it('finishes the calls under way before it closes, and closes unused', options, () =>
    withSink(subject, async scenario => {
      const opened = await scenario.connect()
      const sink = opened.sink()
      const sent = items(1, sink.batch ?? 1)
      const writing = write(sink, sent)
      await opened.close()
      allOk(await writing)
      await scenario.holds(sent)
      const unused = await scenario.connect()
      await unused.close()
    }),
  )
}
