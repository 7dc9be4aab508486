import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../src/engine/person.ts'
import { traceKey } from '../../src/engine/trace.ts'
import { type Answer, IsthmusError } from '../../src/index.ts'
import { box, note, startPost, until } from './harness.ts'

const failed = (
  options: { retryAfter?: number } = {},
  code: 'TARGET-UNAVAILABLE' | 'TARGET-UNANSWERED' = 'TARGET-UNAVAILABLE',
): Answer => ({
  ok: false,
  error: new IsthmusError(code, 'not now', options),
})

test('the attempts that a step may take are its own, and a decision gives them anew', async () => {
  const calls = { first: 0, second: 0 }
  const retry = { attempts: 2, first: '1ms', longest: '1ms' }
  const { engine, intake, rows, store } = await startPost({
    build: start =>
      start
        .to(
          box,
          { id: () => 'first', to: o => o.to, n: o => o.n },
          { id: 'first', retry: { ...retry, attempts: 5 } },
        )
        .to(box, { id: () => 'second', to: o => o.to, n: o => o.n }, { id: 'second', retry }),
    write: ({ data }) => {
      const times = ++calls[data.id as 'first' | 'second']
      return times > 3 ? { ok: true } : failed()
    },
  })
  await intake.accept([note('a')])
  await until(async () => (await rows())[0]?.status === 'parked')
  const [row] = await rows()
  assert.ok(row)
  assert.deepEqual(
    [calls, row.error?.code, row.error?.step],
    [{ first: 4, second: 2 }, 'RETRY-EXHAUSTED', 'second'],
  )
  assert.match(row.error?.reason ?? '', /Failed 2 times/)
  const again = decide(row, { do: 'retry' }, 'ann', Date.now())
  if ('unfinished' in again) await engine.runner('posting')?.resume(again.unfinished)
  await until(async () => (await store.read.settled({ flow: 'posting', from: 1, to: 1 })).length === 1)
  assert.deepEqual(calls, { first: 4, second: 4 })
  await engine.stop()
})

test('how long a target asks us to wait is heeded, also when its answer leaves the outcome open', async () => {
  const { engine, intake, rows } = await startPost({
    write: () => failed({ retryAfter: 60_000 }, 'TARGET-UNANSWERED'),
  })
  await intake.accept([note('a')])
  await until(async () => (await rows())[0]?.status === 'retrying')
  assert.ok(((await rows())[0]?.due ?? 0) - Date.now() > 50_000)
  await engine.stop()
})

test('a tap that fails lets the message go on, and the trace says that it failed', async () => {
  const { engine, intake, store } = await startPost({
    build: start => start.tap(box, ({ to, n }) => ({ id: 'copy', to, n })).to(box, undefined, { id: 'main' }),
    write: ({ data }) => (data.id === 'copy' ? failed() : { ok: true }),
  })
  await intake.accept([note('a')])
  await until(async () => (await store.read.settled({ flow: 'posting', from: 1, to: 1 })).length === 1)
  const [trace] = await traceKey(store.read, engine.landscape, 'a')
  const calls = trace?.hops.flatMap(({ path, call }) => (call ? [[path, call.state, call.answer]] : []))
  assert.deepEqual(calls, [
    ['post.box', 'failed', 'TARGET-UNAVAILABLE not now'],
    ['main', 'done', undefined],
  ])
  await engine.stop()
})
