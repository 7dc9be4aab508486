import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryStore } from '../../store/memory/memory-store.ts'
import type { Settled, Unfinished } from '../../store/store.ts'
import { flowStatus, passedBeyond } from './flow-status.ts'

const head = { source: 's', type: 'T', time: 0, contentType: 'raw' }

/** Ten messages, as a process leaves them that was killed: the cursor is behind what has ended. */
async function tenMessages() {
  const store = memoryStore()
  const { token } = await store.claim('test')
  await store.accept(
    Array.from({ length: 10 }, (_, n) => ({
      flows: [{ flow: 'f', partition: 0, key: `k${n + 1}` }],
      id: `id${n + 1}`,
      head,
      body: Buffer.from('x'),
      acceptedAt: 1,
    })),
  )
  const settled = [1, 2, 4, 5, 8].map((seq): Settled => ({ seq, outcome: 'delivered', at: 1, attempts: 1 }))
  const row = (seq: number, status: Unfinished['status']): Unfinished => {
    return { seq, key: `k${seq}`, status, attempts: 1, crashes: 0, since: 1 }
  }
  const unfinished = [row(6, 'parked'), row(7, 'running')]
  await store.settle({ flow: 'f', partition: 0, token, cursor: 2, settled, unfinished })
  const [state] = await store.read.flows()
  return { store, state: state ?? assert.fail() }
}

test('of a flow that was killed each message is counted once, also beyond its cursor', async () => {
  const { store, state } = await tenMessages()
  const passed = await passedBeyond(store.read, state)
  const { accepted, ended, waiting, parked, catchingUp } = flowStatus('f', state, undefined, passed)
  assert.deepEqual([accepted, ended, waiting, parked, catchingUp], [10, 5, 4, 1, undefined])
})

test('a flow that runs says whether it is catching up', async () => {
  const { state } = await tenMessages()
  const live = {
    worksOff: true,
    inMemory: 0,
    again: 0,
    waiting: 8,
    paused: undefined,
    sourceFailed: undefined,
    perSecond: { accepted: 0, ended: 0 },
    sinceStart: { accepted: 0, delivered: 0, filtered: 0, discarded: 0 },
  }
  assert.equal(flowStatus('f', state, { ...live, isCatchingUp: true }).catchingUp, true)
  assert.equal(flowStatus('f', state, { ...live, isCatchingUp: false }).catchingUp, undefined)
})

test('who works off no partition tells what waits as the store has it', async () => {
  const { store, state } = await tenMessages()
  const live = {
    ...{ worksOff: false, inMemory: 0, again: 0, waiting: 10, isCatchingUp: true },
    ...{ paused: undefined, sourceFailed: undefined, perSecond: { accepted: 0, ended: 0 } },
    sinceStart: { accepted: 0, delivered: 0, filtered: 0, discarded: 0 },
  }
  const status = flowStatus('f', state, live, await passedBeyond(store.read, state))
  assert.deepEqual([status.ended, status.waiting, status.catchingUp], [5, 4, undefined])
})
