import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, IsthmusError, irreversible, type SinkChannel } from '../../src/index.ts'
import { box, type Note, note, startPost, until } from './harness.ts'

const breaker = { failures: 2, first: '5ms', longest: '20ms' }
const unavailable = (options: { retryAfter?: number; detail?: Record<string, unknown> } = {}): Answer => ({
  ok: false,
  error: new IsthmusError('TARGET-UNAVAILABLE', 'connection refused', options),
})

test('a target that is down uses up no attempts: messages wait, visible as such, and go on by themselves (G49)', async () => {
  let down = true
  let calls = 0
  const { engine, intake, rows, sent, events } = await startPost({
    governance: { breaker },
    build: start =>
      start.key(({ id }) => id).to(box, undefined, { retry: { attempts: 3, first: '1ms', longest: '1ms' } }),
    write: () => {
      calls++
      return down ? unavailable() : { ok: true }
    },
  })
  await intake.accept(['a', 'b', 'c', 'd'].map(id => note(id)))
  // Far more failures than any message has attempts.
  await until(() => calls >= 20)
  assert.deepEqual(
    (await rows()).filter(({ status }) => status === 'parked'),
    [],
  )
  assert.equal(engine.calls('post').reason, 'connection refused')
  await until(() => engine.calls('post').waiting > 0)
  down = false
  await until(() => sent().length === 4)
  assert.deepEqual(sent().sort(), ['a', 'b', 'c', 'd'])
  await until(() => engine.calls('post').reason === undefined)
  const states = events.flatMap(event => (event.type === 'system' ? [event.state] : []))
  assert.deepEqual(states, ['open', 'unreachable', 'open'])
  await engine.stop()
})

test('what waits for a target is not noted as sent, so that a crash does not put it in doubt', async () => {
  const letter: SinkChannel<Note, typeof irreversible> = { ...box, name: 'letter', effect: irreversible }
  const { engine, intake, rows, sent } = await startPost({
    governance: { breaker: { failures: 1, first: '1h', longest: '1h' } },
    build: start => start.key(({ id }) => id).to(letter),
    write: () => unavailable(),
  })
  await intake.accept([note('a')])
  await until(() => engine.calls('post').reason !== undefined)
  await intake.accept([note('b')])
  await until(() => engine.calls('post').waiting > 0)
  assert.deepEqual(
    (await rows()).flatMap(({ sent = [] }) => sent),
    [],
  )
  assert.deepEqual(sent(), [])
  await engine.stop()
  assert.deepEqual(
    (await rows()).map(({ status }) => status),
    ['retrying', 'retrying'],
  )
})

test('the engine stops at once while messages wait for a target, and takes them up again', async () => {
  const { engine, intake, state } = await startPost({
    governance: { breaker: { failures: 1, first: '1h', longest: '1h' } },
    write: () => unavailable(),
  })
  await intake.accept([note('a', 'ann'), note('b', 'bob')])
  await until(() => engine.calls('post').reason !== undefined)
  await engine.stop(60_000)
  const next = await startPost({ state })
  await until(() => next.sent().length === 2)
  await next.engine.stop()
})

test('an answer that asks for a rest holds back all flows of the system, and costs no attempt', async () => {
  let busy = 3
  const { engine, intake, sent } = await startPost({
    build: start =>
      start.key(({ id }) => id).to(box, undefined, { retry: { attempts: 1, first: '1ms', longest: '1ms' } }),
    write: () => (busy-- > 0 ? unavailable({ retryAfter: 5, detail: { status: 429 } }) : { ok: true }),
  })
  await intake.accept([note('a'), note('b')])
  await until(() => sent().length === 2)
  await engine.stop()
})

test('a quota is kept to by what is sent', async () => {
  const times: number[] = []
  const { engine, intake, sent } = await startPost({
    governance: { quota: '50/s', concurrency: 3 },
    build: start => start.key(({ id }) => id).to(box),
    write: () => {
      times.push(performance.now())
      return { ok: true }
    },
  })
  const began = performance.now()
  await intake.accept(Array.from({ length: 100 }, (_, n) => note(`n${n}`)))
  await until(() => sent().length === 100)
  await engine.stop()
  // 50 at once, and then one each 20 ms. A busy machine makes calls later than they may be, never earlier.
  for (const [index, time] of times.entries())
    assert.ok(time - began >= (index - 49) * 20 - 1, `${index + 1} within ${time - began} ms`)
})
