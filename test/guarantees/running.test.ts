import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Host, realHost } from '../../src/engine/host.ts'
import { traceKey } from '../../src/engine/trace.ts'
import { verify } from '../../src/engine/verify.ts'
import { IsthmusError } from '../../src/errors.ts'
import { copyMemoryState, type MemoryState, memoryState } from '../../src/store/memory/memory-state.ts'
import { box, note, startPost, until } from './harness.ts'

const refusesZero = (item: { data: { n: number } }) =>
  item.data.n === 0
    ? ({ ok: false, error: new IsthmusError('TARGET-REFUSED', 'nothing in it') } as const)
    : ({ ok: true } as const)

/** The host of a process that dies in the middle: its timers keep nobody waiting. */
function mortal(): Host {
  const after: Host['after'] = (ms, callback) => {
    const timer = setTimeout(callback, ms).unref()
    return () => clearTimeout(timer)
  }
  return { ...realHost(), after }
}

test('a flow never holds more messages in memory than it may, with retries and held keys (G50)', async () => {
  let failing = true
  let most = 0
  const { engine, intake, sent } = await startPost({
    limits: { flow: { messages: 16 } },
    write: item => {
      most = Math.max(most, engine.runner('posting')?.state.inMemory ?? 0)
      return failing && item.data.n % 3 === 0
        ? { ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', 'down') }
        : { ok: true }
    },
  })
  await intake.accept(Array.from({ length: 400 }, (_, n) => note(`m${n}`, `k${n % 40}`, n)))
  await until(() => sent().length > 20)
  failing = false
  await until(() => sent().length === 400)
  assert.ok(most <= 16, `${most} were in memory`)
  await engine.stop()
})

test('a key that fails for ever holds back none of the others, however many messages it has (G9)', async () => {
  const { engine, intake, sent, rows } = await startPost({
    limits: { flow: { messages: 16 } },
    write: ({ data }) =>
      data.to === 'bad'
        ? { ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', 'this key fails for ever') }
        : { ok: true },
  })
  const notes = Array.from({ length: 300 }, (_, n) => note(`m${n}`, n % 3 === 0 ? 'bad' : `k${n % 20}`))
  await intake.accept(notes)
  await until(() => sent().length === 200)
  await engine.stop()
  assert.deepEqual(
    new Set(sent()),
    new Set(notes.filter(({ data }) => data.to !== 'bad').map(({ id }) => id)),
  )
  assert.ok((await rows()).every(({ key }) => key === 'bad'))
})

test('where a batch fails in part, what follows under a failing key is sent when that has ended (G8)', async () => {
  let failures = 3
  const { engine, intake, calls, sent } = await startPost({
    batch: 10,
    build: start => start.key(({ to }) => to).to(box, undefined, { retry: { first: '1ms', longest: '1ms' } }),
    write: ({ data }) =>
      data.id === 'ann 1' && failures-- > 0
        ? { ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', 'not now') }
        : { ok: true },
  })
  const all = [1, 2, 3].flatMap(n => ['ann', 'ben', 'cay'].map(to => note(`${to} ${n}`, to)))
  await intake.accept(all)
  await until(() => sent().length === all.length)
  await engine.stop()
  assert.ok(
    calls.some(ids => ids.length > 1),
    'nothing went together',
  )
  for (const ids of calls)
    assert.equal(new Set(ids.map(id => id.slice(0, 3))).size, ids.length, `one key twice in ${ids}`)
  // What was called, not what was answered: the second was not even tried before the first had come through.
  const ann = calls.flat().filter(id => id.startsWith('ann'))
  assert.deepEqual(ann, ['ann 1', 'ann 1', 'ann 1', 'ann 1', 'ann 2', 'ann 3'])
})

test('what fails is called as often as the flow says, and memory stays bounded (G49)', async () => {
  const calls = new Map<string, number>()
  let most = 0
  const { engine, intake, rows } = await startPost({
    limits: { flow: { messages: 16 } },
    // While a circuit is open attempts are not counted; here it never opens.
    governance: { breaker: { failures: 1_000_000 } },
    write: ({ data }) => {
      calls.set(data.id, (calls.get(data.id) ?? 0) + 1)
      most = Math.max(most, engine.runner('posting')?.state.inMemory ?? 0)
      return { ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', 'down') }
    },
    build: start =>
      start.key(({ id }) => id).to(box, undefined, { retry: { attempts: 3, first: '1ms', longest: '2ms' } }),
  })
  await intake.accept(Array.from({ length: 100 }, (_, n) => note(`m${n}`)))
  await until(async () => (await rows()).filter(({ status }) => status === 'parked').length === 100)
  await engine.stop()
  assert.deepEqual([...calls.values()], Array(100).fill(3))
  assert.ok(most <= 16, `${most} were in memory`)
})

test('data that do not fit their model are reported with the paths of the fields', async () => {
  const { engine, intake, events } = await startPost()
  await intake.accept([{ id: 'a', data: { id: 'a', to: 'k', n: 'many' } }])
  await until(() => events.some(({ type }) => type === 'setback'))
  await engine.stop()
  const told = events.find(event => event.type === 'setback')
  assert.deepEqual([told?.code, told?.fields], ['MODEL-INVALID', ['n']])
})

test('behind a parked message the key goes on where the flow says so, and the gap is marked', async () => {
  const { engine, intake, store, sent } = await startPost({
    write: refusesZero,
    build: start => start.key(({ to }) => to, { afterPark: 'continue' }).to(box),
  })
  await intake.accept([note('a', 'k', 1), note('b', 'k', 0), note('c', 'k', 1), note('d', 'other', 1)])
  await until(() => sent().length === 3)
  await engine.stop()
  const settled = await store.read.settled({ flow: 'posting', from: 1, to: 4 })
  assert.deepEqual(
    settled.map(({ seq, note: text }) => [seq, text]),
    [
      [1, undefined],
      [3, 'gap before'],
      [4, undefined],
    ],
  )
})

test('of two decisions about one message at the same time one is carried out', async () => {
  const { engine, intake, rows, sent } = await startPost({ write: refusesZero })
  await intake.accept([note('a', 'k', 0)])
  await until(async () => (await rows())[0]?.status === 'parked')
  const [row] = await rows()
  assert.ok(row)
  const again = {
    ...row,
    status: 'retrying' as const,
    due: 0,
    edited: { data: { id: 'a', to: 'k', n: 1 }, by: 'x', at: 0 },
  }
  const runner = engine.runner('posting') ?? assert.fail()
  const done = await Promise.allSettled([
    runner.resume(again),
    runner.end(row, { seq: row.seq, outcome: 'discarded', at: 0, attempts: 1 }),
  ])
  assert.deepEqual(
    done.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  await until(() => sent().length === 1)
  await engine.stop()
})

test('a message that kills the process each time is parked after three deaths; the others go on', async () => {
  let disk: MemoryState = memoryState()
  for (let deaths = 0; deaths < 3; deaths++) {
    const died = Promise.withResolvers<void>()
    const life = await Promise.race([
      startPost({
        state: disk,
        host: mortal(),
        write: ({ data }) => {
          if (data.id !== 'poison') return { ok: true }
          died.resolve()
          return new Promise<never>(() => {})
        },
      }),
      died.promise,
    ])
    if (deaths === 0 && life) await life.intake.accept([note('poison', 'p'), note('good', 'g')])
    await died.promise
    disk = copyMemoryState(disk)
  }
  const { engine, intake, rows, store } = await startPost({ state: disk })
  await intake.accept([note('later', 'l')])
  await until(async () => (await store.read.settled({ flow: 'posting', from: 2, to: 3 })).length === 2)
  assert.deepEqual(
    (await rows()).map(({ seq, status, error }) => [seq, status, error?.code]),
    [[1, 'parked', 'MESSAGE-CRASHED']],
  )
  await engine.stop()
})

test('a stop lets what is running end, and the next start finds nothing half done (G44)', async () => {
  const gate = Promise.withResolvers<void>()
  const { engine, intake, store, state } = await startPost({
    write: async () => {
      await gate.promise
      return { ok: true }
    },
  })
  await intake.accept([note('a', 'k1'), note('b', 'k2'), note('c', 'k1')])
  await until(() => engine.runner('posting')?.state.inMemory === 3)
  const stopped = engine.stop()
  await assert.rejects(intake.accept([note('d')]), /stopping/)
  gate.resolve()
  await stopped
  const [flow] = (await verify(store.read)).flows
  assert.deepEqual([flow?.delivered, flow?.inFlight, flow?.broken.length, state.clean], [2, 1, 0, true])
  const next = await startPost({ state: copyMemoryState(state) })
  await until(() => next.sent().length === 1)
  assert.deepEqual(next.sent(), ['c'])
  await next.engine.stop()
})

test('a trace computes again exactly what was sent, with its effect key (G36)', async () => {
  let down = true
  const { engine, intake, written, store } = await startPost({
    write: () => {
      if (!down) return { ok: true }
      down = false
      return { ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', 'down') }
    },
    build: start =>
      start.key(({ to }) => to).to(box, { id: o => `${o.id}!`, to: o => o.to, n: o => o.n / 3 }),
  })
  await intake.accept([note('a', 'k', 1)])
  await until(() => written.length === 1)
  await engine.stop()
  assert.equal(written[0]?.attempt, 2)
  const [trace] = await traceKey(store.read, engine.landscape, 'k')
  const call = trace?.hops.find(hop => hop.call)?.call
  assert.deepEqual(
    [call?.effectKey, call?.request, call?.state],
    [written[0]?.effectKey, written[0]?.data, 'done'],
  )
})

test('after a crash a busy key goes on where it was, not with what was held behind', async () => {
  const dead = Promise.withResolvers<{ readonly ok: true }>()
  const before = await startPost({ write: () => dead.promise })
  const ids = Array.from({ length: 40 }, (_, n) => `n${n}`)
  await before.intake.accept(ids.map(id => note(id)))
  // So many as one key may have in memory are in no row yet.
  await until(async () => (await before.rows()).length > 0)
  const after = await startPost({ state: copyMemoryState(before.state) })
  await until(() => after.sent().length === ids.length)
  assert.deepEqual(after.sent(), ids)
  await after.engine.stop()
  dead.resolve({ ok: true })
  await before.engine.stop()
})
