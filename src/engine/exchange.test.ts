import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../errors.ts'
import type { Answer, Outgoing } from '../system/roles.ts'
import { type Callee, Exchange } from './exchange.ts'
import { Governor } from './governance/governor.ts'
import { type Host, realHost } from './host.ts'

const item = (n: number): Outgoing => ({
  data: n,
  effectKey: `e${n}`,
  key: `k${n}`,
  messageId: `m${n}`,
  attempt: 1,
})
const ok: Answer = { ok: true }

function exchangeOver(send: Callee['send'], limits = { batch: 8, concurrency: 2 }, deadline = 60_000) {
  const callee = { ...limits, send }
  const host = realHost()
  return new Exchange({ host, callee: () => callee, ...governed(host, deadline), onCall: () => {} })
}

const governed = (host: Host, deadline = 60_000) => ({
  flow: 'flow',
  governor: new Governor('shop', { timeout: `${deadline}ms` }, host, () => {}),
})

const codeOf = (answer: Answer<unknown>) => (answer.ok ? 'ok' : (answer.error as IsthmusError).code)

test('a batch refused as a whole is halved until the bad item stands alone', async () => {
  const calls: unknown[][] = []
  const exchange = exchangeOver(async items => {
    calls.push(items.map(({ data }) => data))
    if (items.some(({ data }) => data === 5)) throw new IsthmusError('TARGET-REFUSED', 'bad record')
    return items.map(() => ok)
  })
  const answers = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(n => exchange.call(item(n))))
  assert.deepEqual(answers.map(codeOf), ['ok', 'ok', 'ok', 'ok', 'ok', 'TARGET-REFUSED', 'ok', 'ok'])
  assert.deepEqual(calls, [[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3], [4, 5, 6, 7], [4, 5], [4], [5], [6, 7]])
})

test('calls for which nobody waits go together soon after a batch; one that is awaited takes all along at once', async () => {
  const batches: number[] = []
  const pauses: (() => void)[] = []
  const host = {
    ...realHost(),
    monotonic: () => 1_000,
    after: (_: number, callback: () => void) => {
      pauses.push(callback)
      return () => {}
    },
  }
  const send: Callee['send'] = async items => {
    batches.push(items.length)
    return items.map(() => ok)
  }
  const callee = { send, batch: 8, concurrency: 1 }
  const exchange = new Exchange({ host, callee: () => callee, ...governed(host), onCall: () => {} })
  const turn = () => new Promise(resolve => setTimeout(resolve, 1))
  await exchange.call(item(1), 'later')
  const later = [2, 3].map(n => exchange.call(item(n), 'later'))
  await turn()
  assert.deepEqual(batches, [1])
  await Promise.all([...later, exchange.call(item(4), 'soon')])
  assert.deepEqual(batches, [1, 3])
  const last = exchange.call(item(5), 'later')
  await turn()
  assert.deepEqual(batches, [1, 3])
  host.monotonic = () => 1_020
  pauses.at(-1)?.()
  await last
  assert.deepEqual(batches, [1, 3, 1])
})

test('no more items and calls than the channel bears are under way', async () => {
  let underWay = 0
  let most = 0
  const exchange = exchangeOver(
    async items => {
      assert.ok(items.length <= 3)
      most = Math.max(most, ++underWay)
      await new Promise(setImmediate)
      underWay--
      return items.map(() => ok)
    },
    { batch: 3, concurrency: 2 },
  )
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => exchange.call(item(n))))
  assert.ok(answers.every(({ ok }) => ok))
  assert.equal(most, 2)
})

test('an item without an answer counts as sent and unanswered, and so does a call that hangs', async () => {
  const few = exchangeOver(async items => items.slice(1).map(() => ok))
  assert.deepEqual((await Promise.all([few.call(item(1)), few.call(item(2))])).map(codeOf), [
    'ok',
    'TARGET-UNANSWERED',
  ])
  let aborted = false
  const hanging = exchangeOver(
    (_, signal) => {
      signal.addEventListener('abort', () => {
        aborted = true
      })
      return new Promise(() => {})
    },
    { batch: 1, concurrency: 1 },
    20,
  )
  const answers = await Promise.all([hanging.call(item(1)), hanging.call(item(2))])
  assert.deepEqual(answers.map(codeOf), ['TARGET-UNANSWERED', 'TARGET-UNANSWERED'])
  assert.ok(aborted)
})

test('a connector that throws at once, or answers nonsense, answers every item', async () => {
  for (const send of [
    () => {
      throw new Error('broken')
    },
    async () => undefined as never,
    async () => [undefined] as never,
  ]) {
    const exchange = exchangeOver(send)
    for (const answer of await Promise.all([exchange.call(item(1)), exchange.call(item(2))]))
      assert.ok(!answer.ok && answer.error instanceof Error)
  }
})

test('what still waits for its place when the engine stops was not called, and is not counted', async () => {
  const host = realHost()
  const governor = new Governor('shop', { concurrency: 1 }, host, () => {})
  await governor.slot('other', new AbortController().signal)
  const callee = { batch: 1, concurrency: 2, send: async () => assert.fail('it is called') }
  const exchange = new Exchange({ host, callee: () => callee, flow: 'flow', governor, onCall: () => {} })
  const answer = exchange.call(item(1))
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  exchange.abort()
  const { error } = (await answer) as { error: IsthmusError }
  assert.deepEqual([error.code, error.detail.uncounted], ['TARGET-UNAVAILABLE', true])
})
