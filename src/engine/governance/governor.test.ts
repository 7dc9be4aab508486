import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import type { Governance } from '../../system/governance.ts'
import { VirtualTime } from '../../testing/simulation/virtual-time.ts'
import { type Host, realHost } from '../host.ts'
import { Governor } from './governor.ts'

const never = new AbortController().signal
const down = () => new IsthmusError('TARGET-UNAVAILABLE', 'connection refused')

function governed(governance: Governance) {
  const time = new VirtualTime()
  const host: Host = {
    ...realHost(),
    monotonic: () => time.now,
    now: () => time.now,
    after: (ms, run) => time.after(ms, run),
    random: () => 1,
  }
  const told: (string | undefined)[] = []
  const governor = new Governor('erp', governance, host, reason => told.push(reason))
  governor.start()
  /** When each call of a name was admitted, in order. */
  const admitted: { readonly name: string; readonly at: number }[] = []
  const ask = (name: string, repeat = false) => {
    const waiting = governor.admit(name, repeat, never) ?? Promise.resolve()
    return waiting.then(() => void admitted.push({ name, at: time.now }))
  }
  const until = (count: number, limit = 3_600_000) => time.run(() => admitted.length >= count, limit)
  return { time, governor, told, admitted, ask, until }
}

test('a quota is kept to over any stretch of time, and what a second brings may come at once', async () => {
  const { ask, admitted, until } = governed({ quota: '5/s' })
  for (let n = 0; n < 25; n++) void ask('orders')
  await until(25)
  for (const { at } of admitted)
    assert.ok(admitted.filter(other => other.at >= at && other.at < at + 1000).length <= 10, `at ${at}`)
  const last = admitted.at(-1)?.at ?? 0
  assert.ok(last >= 4000 && last <= 4200, `the last of 25 goes after 4 s, not ${last}`)
})

test('a quota is shared by the members that call, as many as there are, and each may always call once', async () => {
  const { governor, ask, admitted, until } = governed({ quota: '8/s' })
  governor.sharers = 4
  for (let n = 0; n < 20; n++) void ask('orders')
  await until(20)
  for (const { at } of admitted)
    assert.ok(admitted.filter(other => other.at >= at && other.at < at + 1000).length <= 4, `at ${at}`)
  const alone = governed({ quota: '1/s' })
  alone.governor.sharers = 4
  for (let n = 0; n < 4; n++) void alone.ask('orders')
  await alone.until(4)
  assert.ok((alone.admitted.at(-1)?.at ?? 0) >= 12_000)
})

test('who is left behind by other members may call more at once', async () => {
  const { governor, ask, admitted, time, until } = governed({ quota: '10/s', concurrency: 4 })
  governor.sharers = 10
  for (let n = 0; n < 40; n++) void ask('orders')
  await until(3)
  governor.sharers = 1
  const from = time.now
  await until(40)
  assert.ok((admitted.at(-1)?.at ?? 0) - from <= 4_000)
})

test('calls at a time are shared by members; those under way when one joins may end', async () => {
  const { governor } = governed({ concurrency: 4 })
  const ends = await Promise.all([1, 2, 3, 4].map(() => governor.slot('a', never)))
  governor.sharers = 2
  const begun: number[] = []
  for (const n of [5, 6, 7]) void Promise.resolve(governor.slot('a', never)).then(() => begun.push(n))
  const settle = () => new Promise(setImmediate)
  for (const end of ends.slice(0, 2)) end()
  await settle()
  assert.deepEqual(begun, [])
  ends[2]?.()
  await settle()
  assert.deepEqual(begun, [5])
  governor.sharers = 1
  await settle()
  assert.deepEqual(begun, [5, 6, 7])
})

test('flows take turns, however many messages one of them has', async () => {
  const { ask, admitted, until } = governed({ quota: '1/s' })
  for (let n = 0; n < 50; n++) void ask('flood')
  for (let n = 0; n < 3; n++) void ask('trickle')
  await until(8)
  assert.equal(admitted.slice(0, 8).filter(({ name }) => name === 'trickle').length, 3)
})

test('no more calls than allowed are under way, and the next begins when one ends', async () => {
  const { governor } = governed({ concurrency: 2 })
  const first = await governor.slot('a', never)
  await governor.slot('a', never)
  let third = false
  const waiting = Promise.resolve(governor.slot('b', never)).then(() => {
    third = true
  })
  await new Promise(setImmediate)
  assert.equal(third, false)
  first()
  first() // ends once
  await waiting
  let fourth = false
  void Promise.resolve(governor.slot('b', never)).then(() => {
    fourth = true
  })
  await new Promise(setImmediate)
  assert.equal(fourth, false)
})

test('after failures in a row the circuit opens: calls wait, one tries after each growing pause, a success frees all', async () => {
  const { governor, ask, admitted, told, time, until } = governed({
    breaker: { failures: 3, first: '1s', longest: '4s' },
  })
  for (let n = 0; n < 3; n++) governor.told(down())
  assert.deepEqual(told, ['connection refused'])
  assert.equal(governor.state.reason, 'connection refused')
  for (let n = 0; n < 5; n++) void ask('orders')
  await new Promise(setImmediate)
  assert.equal(admitted.length, 0)
  assert.equal(governor.state.waiting, 5)
  await until(1)
  assert.equal(admitted[0]?.at, 1000)
  governor.told(down())
  await until(2)
  assert.equal(admitted[1]?.at, 3000)
  governor.told(down())
  await until(3)
  assert.equal(admitted[2]?.at, 7000)
  governor.told(undefined)
  await until(5)
  assert.equal(admitted[4]?.at, 7000)
  assert.deepEqual(told, ['connection refused', undefined])
  assert.equal(time.now, 7000)
})

test('a refusal is an answer: it does not open the circuit, and it closes one', async () => {
  const { governor } = governed({ breaker: { failures: 2 } })
  governor.told(down())
  governor.told(new IsthmusError('TARGET-REFUSED', 'no such article'))
  governor.told(down())
  assert.equal(governor.state.reason, undefined)
  governor.told(down())
  assert.notEqual(governor.state.reason, undefined)
  governor.told(new IsthmusError('TARGET-CHANGED', 'another version'))
  assert.equal(governor.state.reason, undefined)
})

test('what happens to a message because its system is down is not counted, and the failures before are', () => {
  const { governor } = governed({ breaker: { failures: 2 } })
  const counted = (error: unknown) => !(governor.judged(error) as IsthmusError).detail.uncounted
  governor.told(down())
  assert.equal(counted(down()), true)
  governor.told(down())
  assert.equal(counted(down()), false)
  assert.equal(counted(new IsthmusError('TARGET-REFUSED', 'no')), true)
})

test('Retry-After holds back every flow until then', async () => {
  const { governor, ask, admitted, until } = governed({})
  await ask('orders')
  governor.told(new IsthmusError('TARGET-UNAVAILABLE', 'busy', { retryAfter: 30_000 }))
  assert.match(governor.state.reason ?? '', /30 s/)
  void ask('orders')
  void ask('stock')
  await until(3)
  assert.ok(admitted.slice(1).every(({ at }) => at >= 30_000))
})

test('"too many requests" halves what is sent, and the lesson is forgotten little by little', async () => {
  const { governor, ask, admitted, time, until } = governed({})
  for (let n = 0; n < 40; n++) await ask('orders')
  governor.told(new IsthmusError('TARGET-UNAVAILABLE', 'slow down', { detail: { status: 429 } }))
  for (let n = 0; n < 200; n++) void ask('orders')
  const in1s = () => admitted.filter(({ at }) => at > 0 && at <= 1000).length
  await until(240)
  assert.ok(in1s() <= 21, `20 in the second after 40 were too many, not ${in1s()}`)
  assert.ok(time.now > 4_000 && time.now < 20_000, `recovers in seconds: ${time.now}`)
})

test('many such answers at once are one lesson', async () => {
  const { governor, ask, admitted, until } = governed({})
  for (let n = 0; n < 64; n++) await ask('orders')
  const tooMany = new IsthmusError('TARGET-UNAVAILABLE', 'slow down', { detail: { status: 429 } })
  for (let n = 0; n < 64; n++) governor.told(tooMany)
  for (let n = 0; n < 100; n++) void ask('orders')
  await until(164, 10_000)
  assert.equal(admitted.length, 164)
})

test('repeats have a budget: after an outage they do not double the load', async () => {
  const { ask, admitted, until } = governed({})
  for (let n = 0; n < 500; n++) void ask('orders', true)
  await until(500)
  const firstSecond = admitted.filter(({ at }) => at < 1000).length
  assert.ok(firstSecond <= 61, `${firstSecond} in the first second`)
  for (let n = 0; n < 5; n++) await ask('orders')
  assert.equal(admitted.length, 505)
})

test('while there is no connection everything waits, and goes on when there is one', async () => {
  const { governor, ask, admitted } = governed({})
  governor.unreachable = 'ECONNREFUSED'
  void ask('orders')
  await new Promise(setImmediate)
  assert.equal(admitted.length, 0)
  assert.deepEqual(governor.state, { reason: 'ECONNREFUSED', waiting: 1 })
  governor.unreachable = undefined
  await new Promise(setImmediate)
  assert.equal(admitted.length, 1)
})

test('whoever waits is told when the engine stops, or when its own signal aborts', async () => {
  const { governor } = governed({ breaker: { failures: 1 } })
  governor.told(down())
  const own = new AbortController()
  const given = governor.admit('orders', false, own.signal)
  own.abort(new Error('given up'))
  await assert.rejects(given ?? Promise.resolve(), /given up/)
  const waiting = governor.admit('orders', false)
  governor.stop()
  await assert.rejects(waiting ?? Promise.resolve(), {
    code: 'TARGET-UNAVAILABLE',
    detail: { uncounted: true },
  })
})

test('a circuit that one passes who learns nothing lets others try: nobody waits for ever', async () => {
  const { governor, ask, time, until } = governed({ breaker: { failures: 1 } })
  governor.told(down())
  time.after(5_000, () => void ask('orders'))
  await until(1)
  governor.told(new IsthmusError('TARGET-CREDENTIALS', 'who are you?'))
  void ask('orders')
  void ask('stock')
  await until(3, 120_000)
})

test('what waits for the quota when the circuit opens is not sent', async () => {
  const { governor, ask, admitted, until } = governed({
    quota: '1/s',
    breaker: { failures: 1, first: '60s', longest: '60s' },
  })
  for (let n = 0; n < 6; n++) void ask('orders', n % 2 === 1)
  await until(2)
  governor.told(down())
  await until(3)
  assert.ok((admitted[2]?.at ?? 0) >= 60_000, `called at ${admitted[2]?.at} ms`)
  governor.told(undefined)
  await until(6)
})

test('what a system taught us is not forgotten while it rests', async () => {
  const { governor, ask, admitted, until } = governed({})
  for (let n = 0; n < 40; n++) await ask('orders')
  const text = { detail: { status: 429 }, retryAfter: 60_000 }
  governor.told(new IsthmusError('TARGET-UNAVAILABLE', 'slow down', text))
  for (let n = 0; n < 200; n++) void ask('orders')
  await until(240)
  const first = admitted.filter(({ at }) => at >= 60_000 && at < 61_000).length
  assert.ok(first <= 25, `${first} in the first second`)
})

test('a refusal holds nobody back, whatever Retry-After it carries', () => {
  const { governor } = governed({})
  governor.told(new IsthmusError('TARGET-REFUSED', 'no', { detail: { status: 409 }, retryAfter: 3_600_000 }))
  assert.equal(governor.state.reason, undefined)
})

test('before the start nobody waits for a system that is not to be called', async () => {
  const governor = new Governor('erp', { quota: '1/h' }, realHost(), () => {})
  assert.equal(governor.admit('orders', false), undefined)
  const refused = { code: 'TARGET-UNAVAILABLE', detail: { uncounted: true } }
  await assert.rejects(Promise.resolve(governor.admit('orders', false)), refused)
  governor.unreachable = 'ECONNREFUSED'
  await assert.rejects(Promise.resolve(governor.admit('orders', true)), refused)
  assert.equal(governor.state.waiting, 0)
})
