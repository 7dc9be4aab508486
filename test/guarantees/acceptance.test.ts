import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realHost } from '../../src/engine/host.ts'
import { IsthmusError } from '../../src/errors.ts'
import { lowerCase, trim } from '../../src/model/clean/index.ts'
import { LocalOperations } from '../../src/server/operations/local-operations.ts'
import { copyMemoryState, memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { box, note, startPost, until } from './harness.ts'

test('ten deliveries of one message at the same time are one message (G13)', async () => {
  const { engine, intake, sent } = await startPost()
  const receipts = await Promise.all(Array.from({ length: 10 }, () => intake.accept([note('a')])))
  const statuses = receipts.flat().map(({ status }) => status)
  assert.deepEqual(statuses.sort(), ['accepted', ...Array(9).fill('duplicate')])
  assert.equal(new Set(receipts.flat().map(({ id }) => id)).size, 1)
  await until(() => sent().length > 0)
  await engine.stop()
  assert.deepEqual(sent(), ['a'])
})

test('what cannot run is kept and parked with its reason: nothing blocks the source', async () => {
  const { engine, intake, rows } = await startPost({
    build: start =>
      start
        .key(({ to }) => {
          if (to === 'nobody') throw new Error('no such person')
          return to
        })
        .to(box),
  })
  const receipts = await intake.accept([
    { id: 'torn', body: Buffer.from('{"id":') },
    { id: 'defect', body: Buffer.from('?'), defect: 'row 7 has 3 of 4 columns' },
    { id: 'unwritable', data: { id: 'unwritable', to: 'b', n: 1n } },
    note('keyless', 'nobody'),
    { ...note('old', 'c'), time: Date.now() - 8 * 86_400_000 },
    note('a', 'd', 1),
    note('a', 'e', 2),
  ])
  assert.equal(receipts.filter(({ status }) => status === 'accepted').length, 7)
  await until(async () => (await rows()).length === 6)
  const codes = (await rows()).map(({ error }) => error?.code)
  assert.deepEqual(codes, [
    'MSG-DECODE',
    'SOURCE-DEFECT',
    'MSG-ENCODE',
    'STEP-KEY',
    'MESSAGE-STALE',
    'MESSAGE-CONFLICT',
  ])
  await engine.stop()
})

test('the same data in other bytes are the same message, and no conflict', async () => {
  const { engine, intake, store } = await startPost()
  const [first] = await intake.accept([{ id: 'a', body: Buffer.from('{"id":"a","to":"ann","n":1}') }])
  const [again] = await intake.accept([
    { id: 'a', body: Buffer.from('{ "n": 1, "to": "ann", "id": "a" }\n') },
  ])
  assert.deepEqual(again, { status: 'duplicate', id: first?.id })
  const [other] = await intake.accept([
    { id: 'a', body: Buffer.from('{ "n": 2, "to": "ann", "id": "a" }\n') },
  ])
  assert.equal(other?.status, 'accepted')
  const [, conflict] = await store.read.entries({ flow: 'posting', limit: 10 })
  assert.match(conflict?.head.defect?.reason ?? '', /under its identity \(a\) before/)
  await engine.stop()
})

test('a key behind clean and map is made of what they give', async () => {
  const { engine, intake, store } = await startPost({
    build: start =>
      start
        .filter('nothing', ({ n }) => n > 0)
        .clean({ to: [trim, lowerCase] })
        .key(({ to }) => to)
        .to(box),
  })
  await intake.accept([note('a', ' Ann'), note('b', 'ann'), note('c', 'bob', 0)])
  const entries = await store.read.entries({ flow: 'posting', limit: 10 })
  const [, , filtered] = entries
  assert.deepEqual(
    entries.map(({ key }) => key),
    ['ann', 'ann', filtered?.id],
  )
  await engine.stop()
})

test('a message is found by the name that its source gave it, also where its key is another', async () => {
  const { engine, intake, store } = await startPost()
  const [receipt] = await intake.accept([note('a', 'ann')])
  await engine.stop()
  const { landscape } = engine
  const operations = new LocalOperations({
    reader: store.read,
    landscape,
    store: 'memory',
    log: () => {},
    apply: async () => {},
    append: async () => ({ status: 'conflict', version: 0 }),
    allowNewEffects: false,
    resync: async () => {},
    retry: async () => false,
    rebuild: async () => 0,
  })
  for (const key of ['ann', 'a']) {
    const found = await operations.messages({ key })
    assert.deepEqual(
      found.map(({ id }) => id),
      [receipt?.id],
    )
  }
  assert.deepEqual(await operations.messages({ key: 'b' }), [])
})

test('a conflict can be refused instead, and then nothing of it is kept', async () => {
  const { engine, intake, store } = await startPost()
  const [first] = await intake.accept([note('a')])
  const [second] = await intake.accept([note('a', 'ann', 2)], { conflict: 'refuse' })
  assert.deepEqual(second, { status: 'conflict', id: first?.id })
  assert.equal((await store.read.entries({ flow: 'posting', limit: 10 })).length, 1)
  await engine.stop()
})

test('a source never goes on behind a conflict that is not kept, wherever the process dies', async () => {
  const state = memoryState()
  const inner = memoryStore(state)
  const lives = [copyMemoryState(state)]
  const { engine, intake } = await startPost({
    store: {
      ...inner,
      accept: async (messages, position) => {
        const accepted = await inner.accept(messages, position)
        lives.push(copyMemoryState(state))
        return accepted
      },
    },
  })
  await intake.accept([note('a')], { position: 1 })
  await intake.accept([note('b'), note('a', 'ann', 2)], { position: 3 })
  await engine.stop()
  for (const life of lives) {
    const reader = memoryStore(life).read
    if ((await reader.position('post.notes')) !== 3) continue
    assert.equal((await reader.entries({ flow: 'posting', limit: 10 })).length, 3)
  }
  assert.equal(await memoryStore(lives.at(-1) ?? state).read.position('post.notes'), 3)
})

test('messages and the place behind them are kept in one transaction', async () => {
  const inner = memoryStore()
  const calls: [messages: number, position: unknown][] = []
  const { engine, intake } = await startPost({
    store: {
      ...inner,
      accept: (messages, at) => {
        calls.push([messages.length, at?.position])
        return inner.accept(messages, at)
      },
    },
  })
  await intake.accept([note('a'), note('b')], { position: 2 })
  await intake.accept([note('b'), note('c')], { position: 4 })
  await engine.stop()
  assert.deepEqual(calls, [
    [2, 2],
    [2, 4],
  ])
})

test('admission closes while the disk is low or too much is under way, and opens by itself (G47)', async () => {
  let free = 2 ** 40
  const gate = Promise.withResolvers<void>()
  const inner = memoryStore()
  const { engine, intake, events } = await startPost({
    host: { ...realHost(), freeDisk: async () => free },
    limits: { admission: { pendingBytes: 50 } },
    store: {
      ...inner,
      accept: async (messages, position) => {
        await gate.promise
        return inner.accept(messages, position)
      },
    },
  })
  const closed = (error: unknown) =>
    error instanceof IsthmusError && error.code === 'ADMISSION-CLOSED' && error.retryAfter === 1000
  const first = intake.accept([note('a')])
  await assert.rejects(intake.accept([note('b')]), closed)
  gate.resolve()
  await first
  await intake.accept([note('b')])
  free = 1
  await until(() => engine.closed() !== undefined)
  await assert.rejects(intake.accept([note('c')]), closed)
  free = 2 ** 40
  await until(() => engine.closed() === undefined)
  await intake.accept([note('c')])
  assert.deepEqual(
    events.flatMap(event => (event.type === 'admission' ? [event.open] : [])),
    [false, true],
  )
  await engine.stop()
})
