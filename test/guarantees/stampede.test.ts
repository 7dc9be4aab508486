import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saga } from '../../src/flow/saga/saga-builder.ts'
import { type Answer, IsthmusError } from '../../src/index.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { SimulatedProcess } from '../../src/testing/simulation/simulated-process.ts'
import { VirtualTime } from '../../src/testing/simulation/virtual-time.ts'
import { note, startPost } from './harness.ts'
import { Order, SagaWorld } from './saga-world.ts'

const second = 1_000
const hour = 3_600 * second

/** Lets time pass until it has happened. */
async function within(time: VirtualTime, happening: Promise<void>): Promise<void> {
  let happened = false
  void happening.then(() => {
    happened = true
  })
  await time.run(() => happened, time.now + 2 * hour)
}

/** Calls in the fullest stretch of `length` milliseconds. */
function fullest(times: readonly number[], length: number): number {
  let [most, from] = [0, 0]
  for (const [at, time] of times.entries()) {
    while ((times[from] ?? 0) <= time - length) from++
    most = Math.max(most, at - from + 1)
  }
  return most
}

test('after an hour in which its target was down a flow catches up at what the target bears, in the order of each key (F91)', async () => {
  const time = new VirtualTime()
  const steady = 2
  const [downFrom, downUntil] = [60 * second, 60 * second + hour]
  const calls: { at: number; key: string; n: number; ok: boolean }[] = []
  const write = async (item: { data: { to: string; n: number } }): Promise<Answer> => {
    const ok = time.now < downFrom || time.now >= downUntil
    calls.push({ at: time.now, key: item.data.to, n: item.data.n, ok })
    await time.sleep(50)
    return ok ? { ok } : { ok, error: new IsthmusError('TARGET-UNAVAILABLE', 'connection refused') }
  }
  const { engine, intake, sent } = await startPost({
    host: new SimulatedProcess(time, new SeededRandom(91)).host(),
    governance: { quota: `${2 * steady}/s` },
    write,
  })
  let accepted = 0
  const end = downUntil + 60 * second
  const come = async () => {
    await intake.accept([note(`m${accepted}`, `k${accepted % 40}`, accepted)])
    accepted++
    if (time.now < end) time.after(second / steady, () => void come())
  }
  await come()
  await time.run(() => time.now > end && sent().length === accepted, end + 3 * hour)
  await within(time, engine.stop())

  const times = (from: number, to: number) =>
    calls.filter(({ at }) => at >= from && at < to).map(({ at }) => at)
  const probes = times(downFrom + 60 * second, downUntil)
  // One after each pause, which is 15 to 30 s long by then, and never the same twice.
  assert.ok(probes.length >= 118 && probes.length <= 240, `${probes.length} calls while it was down`)
  const pauses = probes.slice(1).map((at, n) => Math.round(at - (probes[n] as number)))
  assert.ok(new Set(pauses).size > pauses.length * 0.9, 'the pauses have no jitter')
  // What a second brings may be sent at once, and then as much again while that second passes.
  for (const seconds of [1, 10, 60]) {
    const most = fullest(times(downUntil, Number.POSITIVE_INFINITY), seconds * second)
    assert.ok(most <= 2 * steady * (seconds + 1), `${most} calls within ${seconds} s`)
  }
  const delivered = Map.groupBy(
    calls.filter(({ ok }) => ok),
    ({ key }) => key,
  )
  for (const ofKey of delivered.values()) {
    const order = ofKey.map(({ n }) => n)
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    )
  }
  assert.equal(new Set(sent()).size, accepted)
  assert.equal(sent().length, accepted)
})

test('10,000 delays that end while the process is away are each made up for once, and no more at a time than the channel takes (F76)', async () => {
  const time = new VirtualTime()
  const random = new SeededRandom(76)
  const world = new SagaWorld()
  const reminding = saga('reminding', Order)
    .delay('a-while', '30m')
    .step('remind', world.requester('remind'), s => s.input)
  const many = 10_000
  const events = { waiting: 0, completed: 0 }
  const count = () => {
    for (const event of world.events.splice(0))
      if (event.type === 'saga' && (event.status === 'waiting' || event.status === 'completed'))
        events[event.status]++
    return events
  }

  world.host = new SimulatedProcess(time, random).host()
  await world.start([reminding])
  for (let n = 0; n < many; n++) await world.put(reminding, { no: `O${n}`, quantity: 1 })
  await time.run(() => count().waiting === many, 20 * 60 * second)
  await within(time, world.stop())

  await within(time, time.sleep(hour))
  let [running, most] = [0, 0]
  world.behaviour.set('remind', async () => {
    most = Math.max(most, ++running)
    await time.sleep(20)
    running--
  })
  world.host = new SimulatedProcess(time, random).host()
  await world.start([reminding])
  await time.run(() => count().completed === many, time.now + hour)
  await within(time, world.stop())
  assert.equal(world.effects.length, many)
  assert.equal(new Set(world.effects).size, many)
  assert.equal(world.calls.length, many)
  assert.ok(most <= 10, `${most} calls at a time`)
})
