import assert from 'node:assert/strict'
import { it } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { records, type SourceSubject, type SuiteRecord } from './fixture.ts'
import { type Scenario, withSource } from './scenario.ts'

const options = { timeout: 240_000 }

export function deliveryScenarios(subject: SourceSubject): void {
  const { ordered, resumable, unreadable, tooLong, peeks, longest = 1_000_000 } = subject.capabilities

  it('delivers every record as it was put, and once', options, () =>
    withSource(subject, async scenario => {
      scenario.put([...records(1, 30), ...records(31, 40, ' \t\\ \'"<&>;|,=+- \u{1f600} ')])
      scenario.start()
      await scenario.untilAllTaken()
      assert.equal(scenario.journal.repeated, 0)
      if (ordered) inOrder(scenario)
    }),
  )

  it('is quiet while there is nothing, and ends when it is told to', options, () =>
    withSource(subject, async scenario => {
      scenario.start()
      await new Promise(setImmediate)
      await scenario.stop()
      assert.equal(scenario.journal.calls, 0)
      scenario.start()
      scenario.put(records(1, 2))
      await scenario.untilAllTaken()
    }),
  )

  it('delivers what comes while it runs', options, () =>
    withSource(subject, async scenario => {
      scenario.start()
      for (let first = 1; first <= 21; first += 5) {
        scenario.put(records(first, first + 4))
        await scenario.untilAllTaken()
      }
      if (ordered) inOrder(scenario)
    }),
  )

  it('delivers all of many records of one moment', options, () =>
    withSource(subject, async scenario => {
      scenario.put(records(1, 1200))
      scenario.put(records(1201, 1210))
      scenario.start()
      await scenario.untilAllTaken()
      if (ordered) inOrder(scenario)
    }),
  )

  const skipPeek = !peeks && 'it cannot be looked at without being read'
  it(
    'shows what is there, and delivers it afterwards as if nobody had looked',
    { ...options, skip: skipPeek },
    () =>
      withSource(subject, async scenario => {
        await scenario.fixture.put(records(1, 30))
        for (const { n, text } of records(1, 30)) scenario.journal.expected.set(n, text)
        for (let look = 0; look < 2; look++) assert.deepEqual(await seen(scenario), records(1, 30))
        scenario.start()
        await scenario.untilAllTaken()
        assert.equal(scenario.journal.repeated, 0)
      }),
  )

  it('delivers a large record', options, () =>
    withSource(subject, async scenario => {
      scenario.put([...records(1, 2), ...records(3, 3, '大'.repeat(longest)), ...records(4, 5)])
      scenario.start()
      await scenario.untilAllTaken()
    }),
  )

  it('goes on where it was after an orderly stop', options, () =>
    withSource(subject, async scenario => {
      scenario.put(records(1, 900))
      scenario.journal.plan = ({ number }) => {
        if (number === 1) scenario.abort()
        return 'keep'
      }
      scenario.start()
      await scenario.until(() => scenario.journal.taken.length > 0)
      await scenario.stop()
      scenario.start()
      await scenario.untilAllTaken()
      if (resumable) assert.equal(scenario.journal.repeated, 0)
      if (ordered) inOrder(scenario)
    }),
  )

  const skip = unreadable === undefined && 'nothing can be unreadable there'
  it('goes on behind what cannot be read', { ...options, skip }, () =>
    withSource(subject, async scenario => {
      const { fixture, journal } = scenario
      scenario.put(records(1, 3))
      scenario.also(async () => fixture.putUnreadable?.())
      scenario.put(records(4, 6))
      scenario.start()
      await scenario.untilAllTaken()
      if (unreadable === 'refused') return assert.equal(journal.defects.length, 0)
      await scenario.until(() => journal.defects.length > 0)
      assert.equal(journal.defects.length, 1)
      const [defect] = journal.defects
      assert.notEqual(defect?.defect, '')
      assert.ok(defect?.body instanceof Uint8Array, 'a defect comes with the bytes as received')
      assert.equal(defect?.data, undefined)
    }),
  )

  const unlimited = tooLong === undefined && 'it has no limit of its own'
  it('never passes silently over what is too long for it', { ...options, skip: unlimited }, () =>
    withSource(subject, async scenario => {
      const { fixture, journal, failures } = scenario
      scenario.put(records(1, 3))
      scenario.start()
      await scenario.untilAllTaken()
      scenario.also(async () => fixture.putTooLong?.())
      if (tooLong === 'failure') {
        await scenario.until(() => failures.length > 0)
        const [failure] = failures
        assert.ok(failure instanceof IsthmusError, `not classified: ${failure}`)
        return assert.match(failure.message, /more than|too long|longer/)
      }
      scenario.put(records(4, 6))
      await scenario.untilAllTaken()
      if (tooLong === 'defect') await scenario.until(() => journal.defects.length > 0)
      assert.equal(journal.defects.length, tooLong === 'defect' ? 1 : 0)
    }),
  )
}

export function inOrder({ journal }: Scenario): void {
  assert.deepEqual(journal.taken, [...journal.expected.keys()])
}

/** What a look at the source shows, in the order of the numbers. */
async function seen({ fixture }: Scenario): Promise<SuiteRecord[]> {
  const opened = await fixture.open()
  const source = opened.source()
  assert.ok(source.peek)
  const found: SuiteRecord[] = []
  for await (const deliveries of source.peek(new AbortController().signal))
    for (const delivery of deliveries) {
      const { n, text } = fixture.recordOf(delivery)
      found.push({ n, text })
    }
  await opened.close()
  return found.sort((a, b) => a.n - b.n)
}
