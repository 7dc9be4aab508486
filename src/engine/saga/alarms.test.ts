import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Host } from '../host.ts'
import { Alarms, type Sleeper } from './alarms.ts'

/** Time that is set by hand, and how many timers run. */
function world() {
  let now = 0
  const timers = new Map<() => void, number>()
  const host = {
    monotonic: () => now,
    after(ms: number, callback: () => void) {
      timers.set(callback, now + ms)
      return () => void timers.delete(callback)
    },
  } as unknown as Host
  const pass = (to: number) => {
    now = to
    for (const [callback, at] of timers) if (at <= now && timers.delete(callback)) callback()
  }
  return { alarms: new Alarms(host), timers, pass }
}

const sleeper = (name: string, woken: string[]): Sleeper => ({
  due: 0,
  place: -1,
  poke: () => void woken.push(name),
})

it('wakes everybody at the latest time that was set, in order, with one timer', () => {
  const { alarms, timers, pass } = world()
  const woken: string[] = []
  const all = Array.from({ length: 500 }, (_, n) => sleeper(`${n}`, woken))
  const dues = new Map<Sleeper, number>()
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let n = 0; n < 3_000; n++) {
    const one = all[random(all.length)] as Sleeper
    const due = random(5) === 0 ? undefined : random(1_000)
    alarms.set(one, due)
    if (due === undefined) dues.delete(one)
    else dues.set(one, due)
    assert.ok(timers.size <= 1)
  }
  for (let now = 0; now < 1_000; now += 7) {
    pass(now)
    const due = [...dues].filter(([, at]) => at <= now)
    assert.deepEqual(woken.splice(0).sort(), due.map(([one]) => `${all.indexOf(one)}`).sort())
    for (const [one] of due) dues.delete(one)
  }
})

it('lets somebody who is woken be set anew, and has no timer when nobody sleeps', () => {
  const { alarms, timers, pass } = world()
  const woken: number[] = []
  const one: Sleeper = {
    due: 0,
    place: -1,
    poke() {
      woken.push(one.due)
      if (woken.length < 3) alarms.set(one, one.due + 10)
    },
  }
  alarms.set(one, 10)
  for (let now = 0; now <= 100; now += 5) pass(now)
  assert.deepEqual(woken, [10, 20, 30])
  assert.equal(timers.size, 0)
})
