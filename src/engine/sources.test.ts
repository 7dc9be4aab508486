import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError, type Source } from '../index.ts'
import { VirtualTime } from '../testing/simulation/virtual-time.ts'
import type { EngineEvent } from './events.ts'
import { type Host, realHost } from './host.ts'
import { keepRunning, Restart } from './sources.ts'

function kept(run: Source['run']) {
  const time = new VirtualTime()
  const host: Host = {
    ...realHost(),
    monotonic: () => time.now,
    after: (ms, callback) => time.after(ms, callback),
    random: () => 0,
  }
  const events: EngineEvent[] = []
  const restart = new Restart()
  const stop = new AbortController()
  const options = { host, watch: (event: EngineEvent) => events.push(event), restart }
  const ended = keepRunning('crm.changes', signal => run({} as never, signal), options, stop.signal)
  return { time, events, restart, stop, ended }
}

test('a source that waits for a person is started again once a minute, and says what to do', async () => {
  let runs = 0
  const { time, events, stop } = kept(async () => {
    runs++
    throw new IsthmusError('SOURCE-GAP', 'A gap is possible.')
  })
  await time.run(() => runs === 4, 3_600_000)
  assert.ok(time.now >= 180_000, `4 runs in ${time.now} ms`)
  stop.abort()
  const [first] = events
  assert.ok(first?.type === 'source')
  assert.equal(first.reason, 'A gap is possible. To go on from where it can: isthmus resync crm.changes')
})

test('a source that waits for a person tries at once when told so, and only while it waits', async () => {
  let runs = 0
  const { time, events, restart, stop, ended } = kept(async (_, signal) => {
    runs++
    if (runs < 3) throw new IsthmusError('TARGET-CREDENTIALS', 'Wrong password')
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
  })
  await time.run(() => events.length === 1, 10_000)
  const [failed] = events
  assert.equal(
    failed?.type === 'source' && failed.reason,
    'Wrong password. It is tried again each minute, and at once by: isthmus retry crm.changes',
  )
  for (const run of [2, 3]) {
    assert.equal(restart.tryNow(), true)
    await time.run(() => runs === run, 10_000)
  }
  assert.equal(restart.tryNow(), false)
  assert.equal(runs, 3)
  stop.abort()
  await ended
})

test('a place is forgotten while the source does not run, so that it cannot store the old one again', async () => {
  let place: number | null = 7
  const begins: (number | null)[] = []
  const { time, restart, stop, ended } = kept(async (_, signal) => {
    begins.push(place)
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
    // What it was accepting when it was told to end.
    if (!stop.signal.aborted) await time.sleep(50)
    place = 8
  })
  let forgotten = false
  const forget = async () => {
    place = null
  }
  void restart.after(forget).then(() => {
    forgotten = true
  })
  await time.run(() => begins.length === 2, 60_000)
  assert.deepEqual(begins, [7, null])
  assert.equal(forgotten, true)
  const failing = assert.rejects(
    restart.after(() => Promise.reject(new Error('no store'))),
    /no store/,
  )
  await time.run(() => begins.length === 3, 60_000)
  await failing
  stop.abort()
  await ended
})
