import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { pipeline } from '../../flow/pipeline/pipeline.ts'
import { sqlModel } from '../../flow/pipeline/sql-model.ts'
import { table } from '../../flow/pipeline/table.ts'
import { model } from '../../model/model.ts'
import { memoryStore } from '../../store/memory/memory-store.ts'
import type { ScheduleOptions } from '../../system/schedule.ts'
import { system } from '../../system/system.ts'
import { VirtualTime } from '../../testing/simulation/virtual-time.ts'
import type { Host } from '../host.ts'
import { Planner } from './planner.ts'

const hour = 3_600_000
const One = model('One', { version: 1, schema: Type.Object({ one: Type.Integer() }) })

/** Planners over one store, one after the other, in virtual time. */
async function planning(schedule: ScheduleOptions) {
  const time = new VirtualTime()
  let timers = 0
  const host = {
    now: () => Date.UTC(2026, 4, 1) + time.now + time.skew,
    after(ms: number, run: () => void) {
      timers++
      return time.after(ms, run)
    },
  } as Host
  const store = memoryStore()
  const { token } = await store.claim('test')
  const dw = system('dw', { kind: 'warehouse', connector: { name: 'none', channels: () => ({}) } as never })
  const tables = [table(dw, 'one', One, { from: sqlModel`select 1 as one` })]
  const planned: number[] = []
  const start = () => {
    const options = { store, token, host, onFatal: (error: unknown) => assert.fail(String(error)) }
    const planner = new Planner(pipeline('p', { tables, schedule }), schedule, options, async ({ until }) => {
      planned.push((until - Date.UTC(2026, 4, 1)) / hour)
    })
    planner.start()
    return planner
  }
  const pass = async (hours: number) => {
    let isOver = false
    time.after(hours * hour, () => {
      isOver = true
    })
    await time.run(() => isOver, time.now + (hours + 1) * hour)
  }
  return { start, pass, planned, time, timers: () => timers }
}

describe('a planner', () => {
  for (const [missed, expected] of [
    ['all', [1, 2, 3, 4, 5, 6]],
    ['last', [1, 2, 5, 6]],
    ['none', [1, 2, 6]],
  ] as const)
    it(`makes up for what was missed (${missed}), and sleeps between`, async () => {
      const { start, pass, planned, timers } = await planning({ every: '1h', missed })
      const first = start()
      await pass(2.5)
      first.stop()
      await pass(3)
      const before = timers()
      const second = start()
      await pass(1)
      second.stop()
      assert.deepEqual(planned, expected)
      assert.ok(timers() - before < 200, `it slept ${timers() - before} times in an hour`)
    })

  it('plans each time once, wherever clocks jump', async () => {
    const { start, pass, planned, time } = await planning({ every: '1h' })
    const planner = start()
    await pass(2.5)
    time.jump(-2 * hour)
    await pass(3)
    time.jump(4 * hour)
    await pass(1)
    planner.stop()
    assert.deepEqual(planned, [1, 2, 3, 4, 5, 6, 7, 8])
  })
})
