import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verify } from '../../src/engine/verify.ts'
import type { FlowBuilder } from '../../src/flow/flow-builder.ts'
import {
  type Flow,
  flow,
  IsthmusError,
  irreversible,
  landscape,
  type Outgoing,
  probed,
  type SinkChannel,
  topic,
} from '../../src/index.ts'
import type { LogEntry } from '../../src/observe/log.ts'
import { LocalOperations } from '../../src/server/operations/local-operations.ts'
import type { ReplayOrder } from '../../src/server/operations/replay-schemas.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Append, Appended } from '../../src/store/store.ts'
import { box, type Note, NoteModel, note, notes, startPost, until } from './harness.ts'

const letter: SinkChannel<Note, typeof irreversible> = { ...box, name: 'letter', effect: irreversible }
const last: SinkChannel<Note, typeof irreversible> = { ...letter, name: 'last' }
const askable = probed(irreversible)
const parcel: SinkChannel<Note, typeof askable> = { ...box, name: 'parcel', effect: askable }

type Post = Awaited<ReturnType<typeof startPost>>
const order = { by: 'ann', effects: 'kept' } as const satisfies Partial<ReplayOrder>

/** The operations of an engine that runs, as the instance has them. */
function operationsOf({ engine, store }: Post, options: { allowNewEffects?: boolean; flows?: Flow[] } = {}) {
  const log: LogEntry[] = []
  const operations = new LocalOperations({
    reader: store.read,
    landscape: options.flows
      ? landscape({ name: engine.landscape.name, systems: engine.landscape.systems, flows: options.flows })
      : engine.landscape,
    store: 'memory',
    log: entry => log.push(entry),
    allowNewEffects: options.allowNewEffects ?? false,
    apply: async (name, row, decided) => {
      const runner = engine.runner(name)
      await ('settled' in decided ? runner?.end(row, decided.settled) : runner?.resume(decided.unfinished))
    },
    append: append => engine.append(append),
    resync: async () => {},
    retry: async () => false,
    rebuild: async () => 0,
  })
  return { replays: operations.replays, operations, log }
}

async function atRest({ store }: Post, ended: number): Promise<void> {
  const flows = async () => (await verify(store.read)).flows
  await until(async () => {
    const balances = await flows()
    return balances.reduce((sum, { delivered, filtered }) => sum + delivered + filtered, 0) === ended
  })
  assert.ok((await verify(store.read)).balanced)
}

const all = (start: FlowBuilder<Note>) =>
  start
    .key(({ to }) => to)
    .to(box)
    .to(letter)
    .to(parcel)

test('a replay sends what its target can tell apart under the same key, and nothing else (G37)', async () => {
  const asked: Outgoing[] = []
  const post = await startPost({
    build: all,
    probe: item => {
      asked.push(item)
      return { outcome: 'done' }
    },
  })
  await post.intake.accept([note('a')])
  await atRest(post, 1)
  const { replays } = operationsOf(post)
  const filter = { flow: 'posting', seq: 1 }
  const { messages } = await replays.preview({ filter, effects: 'kept' })
  const [message] = messages
  assert.deepEqual(
    message?.effects.map(({ path, act }) => [path, act]),
    [
      ['post.box', 'same-key'],
      ['post.letter', 'known'],
      ['post.parcel', 'probe'],
    ],
  )
  assert.deepEqual([message?.end, message?.differences, message?.refused], ['delivered', [], undefined])
  assert.equal(post.written.length, 3)
  const report = await replays.run({ ...order, filter })
  assert.deepEqual(report.refused, [])
  await atRest(post, 2)
  const keysOf = (name: string) =>
    post.written.filter(item =>
      message?.effects.some(({ path, effectKey }) => path === name && effectKey === item.effectKey),
    )
  assert.deepEqual(
    ['post.box', 'post.letter', 'post.parcel'].map(name => keysOf(name).length),
    [2, 1, 1],
  )
  assert.equal(asked.length, 1)
  const [first, second] = await post.store.read.entries({ flow: 'posting', limit: 10 })
  assert.equal(second?.head.cause, first?.id)
  assert.equal(second?.head.replay?.by, 'ann')
  assert.equal(second?.id, report.done[0]?.id)
  await post.engine.stop()
})

test('a target that has lost its data gets them again, under the keys that it would know', async () => {
  const post = await startPost({
    build: start => start.key(({ to }) => to).to(parcel),
    probe: () => ({ outcome: 'absent' }),
  })
  await post.intake.accept([note('a'), note('b')])
  await atRest(post, 2)
  const { replays } = operationsOf(post)
  const { done } = await replays.run({ ...order, filter: { key: 'ann' } })
  assert.equal(done.length, 2)
  await atRest(post, 4)
  assert.deepEqual(post.sent(), ['a', 'b', 'a', 'b'])
  assert.equal(new Set(post.written.map(({ effectKey }) => effectKey)).size, 2)
  await post.engine.stop()
})

test('the replay of a replay has the keys of the first; an order given twice is carried out once', async () => {
  const post = await startPost()
  await post.intake.accept([note('a')])
  await atRest(post, 1)
  const { replays } = operationsOf(post)
  const once = { ...order, filter: { flow: 'posting', seq: 1 }, order: 'o-1' }
  await replays.run(once)
  await replays.run(once)
  await atRest(post, 2)
  await replays.run({ ...order, filter: { flow: 'posting', seq: 2 } })
  await atRest(post, 3)
  assert.equal(post.written.length, 3)
  assert.equal(new Set(post.written.map(({ effectKey }) => effectKey)).size, 1)
  // A walk over the flow meets the first message alone.
  assert.equal((await replays.preview({ filter: { flow: 'posting' }, effects: 'kept' })).messages.length, 1)
  await post.engine.stop()
})

test('new effects are refused unless allowed and reasoned, and then have keys of their own (G37)', async () => {
  const post = await startPost({ build: all })
  await post.intake.accept([note('a')])
  await atRest(post, 1)
  const filter = { flow: 'posting', seq: 1 }
  const wanted = { ...order, effects: 'new', filter } as const
  await assert.rejects(
    operationsOf(post).replays.run({ ...wanted, why: 'lost letters' }),
    /ISTHMUS_ALLOW_NEW_EFFECTS/,
  )
  const { replays, log } = operationsOf(post, { allowNewEffects: true })
  await assert.rejects(replays.run(wanted), /need a reason/)
  const preview = await replays.preview({ filter, effects: 'new' })
  assert.deepEqual(
    preview.messages[0]?.effects.map(({ act, mayDouble }) => [act, mayDouble]),
    [
      ['anew', true],
      ['anew', true],
      ['anew', true],
    ],
  )
  await replays.run({ ...wanted, why: 'lost letters' })
  await atRest(post, 2)
  assert.equal(new Set(post.written.map(({ effectKey }) => effectKey)).size, 6)
  const audited = log.find(({ event }) => event === 'decided')
  assert.match(audited?.text ?? '', /posting\/1: replay with new effects by ann: lost letters/)
  const [, second] = await post.store.read.entries({ flow: 'posting', limit: 10 })
  assert.deepEqual([second?.head.replay?.by, second?.head.replay?.why], ['ann', 'lost letters'])
  await post.engine.stop()
})

test('a mapping that uses the clock stops a replay with the difference (G36)', async () => {
  const build = (start: FlowBuilder<Note>) =>
    start.key(({ to }) => to).to(box, data => ({ ...data, n: Date.now() }))
  const post = await startPost({ build })
  await post.intake.accept([note('a')])
  await atRest(post, 1)
  const { replays } = operationsOf(post)
  const filter = { flow: 'posting', seq: 1 }
  const { messages } = await replays.preview({ filter, effects: 'kept' })
  const [difference] = messages[0]?.differences ?? []
  assert.equal(difference?.at, 'post.box')
  assert.notDeepEqual(difference?.was, difference?.now)
  const { refused } = await replays.run({ ...order, filter })
  assert.match(refused[0]?.reason ?? '', /does not come out as it did \(post.box\)/)
  assert.equal(post.written.length, 1)
  await post.engine.stop()
})

test('a flow that was changed lets through what it filtered, once that is accepted (G36)', async () => {
  const build = (filtered: boolean) => (start: FlowBuilder<Note>) =>
    start
      .key(({ to }) => to)
      .to(letter)
      .filter('wanted', ({ n }) => !filtered || n > 1)
      .to(last)
  const before = await startPost({ build: build(true) })
  await before.intake.accept([note('a')])
  await atRest(before, 1)
  await before.engine.stop()
  const post = await startPost({ build: build(false), state: before.state })
  const { replays } = operationsOf(post)
  const filter = { flow: 'posting', outcome: 'filtered' } as const
  const { messages } = await replays.preview({ filter, effects: 'kept' })
  assert.deepEqual(
    messages[0]?.effects.map(({ path, act }) => [path, act]),
    [
      ['post.letter', 'known'],
      ['post.last', 'first'],
    ],
  )
  assert.deepEqual(messages[0]?.differences, [{ at: 'end', was: 'filtered: wanted', now: 'delivered' }])
  assert.match((await replays.run({ ...order, filter })).refused[0]?.reason ?? '', /accept the changes/)
  assert.equal((await replays.run({ ...order, filter, acceptChanges: true })).done.length, 1)
  await atRest(post, 2)
  assert.equal(post.written.length, 1)
  // What the replay has done is done, also for who replays the filtered message once more.
  assert.equal((await replays.run({ ...order, filter, acceptChanges: true })).done.length, 1)
  await atRest(post, 3)
  assert.equal(post.written.length, 1)
  await post.engine.stop()
})

test('what was published is not published twice; published data that would differ stop the replay (G36)', async () => {
  const news = topic('news', NoteModel)
  const build = (add: number) => (start: FlowBuilder<Note>) =>
    start.key(({ to }) => to).to(news, data => ({ ...data, n: data.n + add }))
  const reader = flow('reading')
    .from(news.source)
    .key(({ to }) => to)
    .to(box)
  const before = await startPost({ build: build(1), others: [reader] })
  await before.intake.accept([note('a')])
  await atRest(before, 2)
  const same = operationsOf(before).replays
  await same.run({ ...order, filter: { flow: 'posting', seq: 1 } })
  await atRest(before, 3)
  assert.equal(before.written.length, 1)
  const changed = [build(2)(flow('posting').from(notes)), reader]
  const { replays } = operationsOf(before, { flows: changed })
  const { messages } = await replays.preview({ filter: { flow: 'posting', seq: 1 }, effects: 'kept' })
  assert.deepEqual(messages[0]?.differences, [
    { at: 'topics.news', was: { id: 'a', to: 'ann', n: 2 }, now: { id: 'a', to: 'ann', n: 3 } },
  ])
  await before.engine.stop()
})

test('a message that was discarded may have been in doubt: it is said that its effect may double', async () => {
  const post = await startPost({
    build: start => start.key(({ to }) => to).to(letter),
    write: () => ({ ok: false, error: new IsthmusError('TARGET-UNANSWERED', 'no answer') }),
  })
  await post.intake.accept([note('a')])
  await until(async () => (await post.rows())[0]?.status === 'doubt')
  const { replays, operations } = operationsOf(post)
  const doubt = await replays.preview({ filter: { flow: 'posting', seq: 1 }, effects: 'kept' })
  assert.match(doubt.messages[0]?.refused ?? '', /in doubt/)
  await operations.decisions.one({ flow: 'posting', seq: 1 }, { do: 'discard', by: 'ann', why: 'a test' })
  const { messages } = await replays.preview({
    filter: { flow: 'posting', outcome: 'discarded' },
    effects: 'kept',
  })
  assert.deepEqual(
    messages[0]?.effects.map(({ act, mayDouble }) => [act, mayDouble]),
    [['unsure', true]],
  )
  await post.engine.stop()
})

test('what was edited runs again with the data of the edit; what is parked is retried', async () => {
  let refuses = true
  const post = await startPost({
    write: ({ data }) =>
      refuses && data.n === 1 ? { ok: false, error: new IsthmusError('TARGET-REFUSED', 'no') } : { ok: true },
  })
  await post.intake.accept([note('a'), note('b', 'bob')])
  await until(async () => (await post.rows()).filter(({ status }) => status === 'parked').length === 2)
  const { replays, operations } = operationsOf(post)
  await operations.decisions.one(
    { flow: 'posting', seq: 1 },
    { do: 'edit', by: 'ann', data: { id: 'a', to: 'ann', n: 2 } },
  )
  await atRest(post, 1)
  await replays.run({ ...order, filter: { flow: 'posting', seq: 1 } })
  await atRest(post, 2)
  assert.deepEqual(
    post.written.map(({ data }) => data.n),
    [2, 2],
  )
  assert.equal(post.written[0]?.effectKey, post.written[1]?.effectKey)
  refuses = false
  const { done } = await replays.run({ ...order, filter: { outcome: 'parked' } })
  assert.deepEqual(
    done.map(({ seq }) => seq),
    [2],
  )
  await atRest(post, 3)
  const { flows } = await verify(post.store.read)
  assert.equal(flows[0]?.accepted, 3)
  await post.engine.stop()
})

test('a message whose data retention has removed cannot run again, and the reason is told (G38)', async () => {
  const post = await startPost()
  await post.intake.accept([note('a')])
  await atRest(post, 1)
  while ((await post.store.retire({ before: Date.now() + 1_000 })) > 0);
  const { replays } = operationsOf(post)
  const filter = { flow: 'posting', seq: 1 }
  await assert.rejects(
    replays.preview({ filter, effects: 'kept' }),
    /has been retired \(ISTHMUS_KEEP\): its data are gone/,
  )
  await assert.rejects(replays.run({ ...order, filter }), /has been retired/)
  await assert.rejects(
    replays.run({ ...order, filter: { flow: 'posting', seq: 9 } }),
    /There is no message posting\/9/,
  )
  await assert.rejects(replays.run({ ...order, filter: {} }), /at least one part/)
  await post.engine.stop()
})

test('a replay that dies before it runs asks its target first all the same', async () => {
  const asked: string[] = []
  const build = (start: FlowBuilder<Note>) => start.key(({ to }) => to).to(parcel)
  const post = await startPost({ build })
  await post.intake.accept([note('a')])
  await atRest(post, 1)
  await post.engine.stop()
  // Accepted on a stopped store, as by a command beside no instance.
  const store = memoryStore(post.state)
  const { token } = await store.claim('a command')
  const append = async (asked: Append) => (await store.append([asked], token))[0] as Appended
  const stopped = { ...post, store, engine: { ...post.engine, append } }
  await operationsOf(stopped).replays.run({ ...order, filter: { flow: 'posting', seq: 1 } })
  await store.close()
  const next = await startPost({
    build,
    state: post.state,
    probe: item => {
      asked.push(item.effectKey)
      return { outcome: 'done' }
    },
  })
  await atRest(next, 2)
  assert.deepEqual([asked.length, next.written.length], [1, 0])
  await next.engine.stop()
})
