import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LogEntry } from '../../observe/log.ts'
import { Crew, type Hand } from './crew.ts'

/** Workers that end when they are told to, or when the test says so. */
function hands(stubborn = false) {
  const begun: { n: number; end: (how: string) => void }[] = []
  let next = Promise.withResolvers<void>()
  const begin = (n: number): Hand => {
    const { promise: ended, resolve: end } = Promise.withResolvers<string>()
    begun.push({ n, end })
    next.resolve()
    next = Promise.withResolvers()
    return { ended, stop: () => (stubborn ? undefined : end('stopped')), kill: () => end('killed') }
  }
  return { begun, begin, next: () => next.promise }
}

describe('the workers beside a process', () => {
  it('are started again when they die, the later the more often they did', async () => {
    const { begun, begin, next } = hands()
    const logged: LogEntry[] = []
    const crew = new Crew({ count: 2, begin, log: entry => logged.push(entry), firstPause: 1 })
    assert.deepEqual(
      begun.map(({ n }) => n),
      [1, 2],
    )
    for (const how of ['with exit code 7', 'by SIGKILL', 'with exit code 7']) {
      const started = next()
      begun.findLast(({ n }) => n === 2)?.end(how)
      await started
    }
    await crew.stop(10_000)
    assert.deepEqual(
      logged.map(({ text }) => text),
      [
        'worker 2 ended, with exit code 7; it is started again in 0.001 s',
        'worker 2 ended, by SIGKILL; it is started again in 0.002 s',
        'worker 2 ended, with exit code 7; it is started again in 0.004 s',
      ],
    )
    assert.equal(begun.length, 5)
  })

  it('are ended at once if they do not end in time, and not started again', async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { begun, begin } = hands(true)
    const crew = new Crew({ count: 2, begin, log: () => {} })
    const stopped = crew.stop(1_000)
    t.mock.timers.tick(6_000)
    await stopped
    assert.equal(begun.length, 2)
  })
})
