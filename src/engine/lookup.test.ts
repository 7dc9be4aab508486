import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../errors.ts'
import type { Answer, Outgoing } from '../system/roles.ts'
import { type Host, realHost } from './host.ts'
import { lookupChannel } from './lookup.ts'

const item = (data: unknown, attempt = 1): Outgoing => ({
  data,
  effectKey: 'e',
  key: 'k',
  messageId: 'm',
  attempt,
})

/** A lookup under a clock of the test, and what its system was asked. */
function lookup(
  rule: { cache?: number; entries?: number; parks?: boolean },
  answerTo: (data: unknown) => Answer<unknown>,
) {
  let now = 0
  const asked: unknown[] = []
  const host: Host = { ...realHost(), monotonic: () => now }
  const inner = {
    admit: () => undefined,
    call: async ({ data }: Outgoing) => {
      asked.push(data)
      await Promise.resolve()
      return answerTo(data)
    },
    probe: async () => ({ outcome: 'unknown' as const }),
  }
  const channel = lookupChannel('partner', inner, { cache: 1000, entries: 10, parks: false, ...rule }, host)
  const ask = (data: unknown, attempt?: number) => channel.call(item(data, attempt), 'soon')
  return { ask, asked, channel, pass: (ms: number) => (now += ms) }
}

test('an answer is used again until it is old, also that there is none', async () => {
  const { ask, asked, pass } = lookup({}, data => ({
    ok: true,
    result: data === 'x' ? undefined : { of: data },
  }))
  assert.deepEqual(await ask('a'), { ok: true, result: { of: 'a' } })
  assert.deepEqual(await ask('a'), { ok: true, result: { of: 'a' } })
  assert.deepEqual([await ask('x'), await ask('x')], Array(2).fill({ ok: true, result: null }))
  pass(999)
  await ask('a')
  assert.deepEqual(asked, ['a', 'x'])
  pass(1)
  await Promise.all([ask('a'), ask('x')])
  assert.deepEqual(asked, ['a', 'x', 'a', 'x'])
})

test('messages that ask the same at once share one call, without a cache too', async () => {
  const { ask, asked } = lookup({ cache: 0 }, data => ({ ok: true, result: data }))
  await Promise.all([ask({ no: 1 }), ask({ no: 2 }), ask({ no: 1 })])
  assert.equal(asked.length, 2)
  await ask({ no: 1 })
  assert.equal(asked.length, 3)
})

test('the answer that was not used for longest makes room', async () => {
  const { ask, asked } = lookup({ entries: 2 }, data => ({ ok: true, result: data }))
  for (const data of ['a', 'b', 'a', 'c', 'a', 'b']) await ask(data)
  assert.deepEqual(asked, ['a', 'b', 'c', 'b'])
})

test('a failure is nobody else’s answer, and is not kept', async () => {
  let isDown = true
  const down = new IsthmusError('TARGET-UNAVAILABLE', 'down')
  const { ask, asked } = lookup({}, data =>
    isDown ? { ok: false, error: down } : { ok: true, result: data },
  )
  assert.deepEqual(await ask('a'), { ok: false, error: down })
  isDown = false
  assert.deepEqual(await ask('a'), { ok: true, result: 'a' })
  assert.equal(asked.length, 2)
})

test('what a system calls absent is a miss; what it refuses is not', async () => {
  const refused = (detail: Record<string, unknown>) => new IsthmusError('TARGET-REFUSED', 'no', { detail })
  const answers: Record<string, Answer<unknown>> = {
    row: { ok: false, error: refused({ absent: true }) },
    http: { ok: false, error: refused({ status: 404 }) },
    list: { ok: true, result: [] },
    wrong: { ok: false, error: refused({ status: 400 }) },
  }
  const { ask } = lookup({}, data => answers[data as string] as Answer<unknown>)
  for (const data of ['row', 'http', 'list'])
    assert.deepEqual(await ask(data), { ok: true, result: null }, data)
  assert.equal((await ask('wrong')).ok, false)
})

test('a miss that parks is asked anew when the message is tried again', async () => {
  let found: unknown
  const { ask, asked } = lookup({ parks: true }, () => ({ ok: true, result: found }))
  const first = await ask('a')
  assert.ok(!first.ok && first.error instanceof IsthmusError && first.error.code === 'MAP-VALUE')
  assert.equal((await ask('a')).ok, false)
  assert.equal(asked.length, 1)
  found = { no: 7 }
  assert.deepEqual(await ask('a', 2), { ok: true, result: { no: 7 } })
  assert.equal(asked.length, 2)
})
