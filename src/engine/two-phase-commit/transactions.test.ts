import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { transaction } from '../../flow/transaction.ts'
import { model, Type } from '../../index.ts'
import { copyMemoryState, type MemoryState, memoryState } from '../../store/memory/memory-state.ts'
import { memoryStore } from '../../store/memory/memory-store.ts'
import type { Store } from '../../store/store.ts'
import type { VotingChannel } from '../../system/channel.ts'
import { idempotent } from '../../system/effect.ts'
import type { Answer } from '../../system/roles.ts'
import type { EngineEvent } from '../events.ts'
import { realHost } from '../host.ts'
import { FakeDatabase } from './fake-databases.ts'
import { Transactions } from './transactions.ts'

const Transfer = model('Transfer', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Type.String(),
    bad: Type.Optional(Type.Boolean()),
    idle: Type.Optional(Type.Boolean()),
  }),
})
type TransferData = { no: string; bad?: boolean; idle?: boolean }
const Row = model('Row', { version: 1, schema: Type.Any() })

function channel(system: string): VotingChannel<unknown> {
  return {
    role: 'sink',
    system,
    name: 'rows',
    model: Row as never,
    options: {},
    effect: idempotent,
    votes: true,
  }
}

const transfer = transaction('transfer', Transfer)
  .write(channel('north'), ({ no }) => ({ take: no }))
  .write(channel('south'), ({ no, bad, idle }) => ({ put: no, poison: bad, nothing: idle }))

/** A process with its coordinator; the databases and the store outlive it. */
async function coordinator(
  state: MemoryState,
  databases: Readonly<Record<string, FakeDatabase>>,
  events: EngineEvent[] = [],
  wrap: (store: Store) => Store = store => store,
): Promise<Transactions> {
  const store = wrap(memoryStore(state))
  const { token } = await store.claim('test')
  return new Transactions({
    cluster: 'test',
    store,
    token,
    host: realHost(),
    watch: event => events.push(event),
    systems: Object.keys(databases),
    participant: system => databases[system] as FakeDatabase,
    turn: async () => () => {},
  })
}

async function put(
  to: Transactions,
  data: TransferData,
  effectKey = 'e'.repeat(51) + data.no,
): Promise<Answer> {
  const item = { data, effectKey, key: data.no, messageId: 'm', attempt: 1 }
  const [answer] = await to.sink(transfer).write([item], new AbortController().signal)
  return answer as Answer
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 1))
}

function pair() {
  return { north: new FakeDatabase(), south: new FakeDatabase() }
}

test('all branches are committed, once for each effect key', async () => {
  const databases = pair()
  const to = await coordinator(memoryState(), databases)
  assert.equal((await put(to, { no: '1' })).ok, true)
  assert.equal((await put(to, { no: '1' })).ok, true)
  assert.deepEqual(databases.north.rows, [{ take: '1' }])
  assert.equal(databases.south.rows.length, 1)
})

test('a branch that refuses rolls back the others', async () => {
  const databases = pair()
  const to = await coordinator(memoryState(), databases)
  const answer = await put(to, { no: '1', bad: true })
  assert.ok(!answer.ok && (answer.error as IsthmusError).code === 'TARGET-REFUSED')
  assert.deepEqual([databases.north.rows, databases.north.standing.size], [[], 0])
})

test('a branch that changes nothing is not ended, and nothing odd is seen in it', async () => {
  const databases = pair()
  const to = await coordinator(memoryState(), databases)
  assert.equal((await put(to, { no: '1', idle: true })).ok, true)
  assert.deepEqual(databases.south.calls, ['prepare'])
  assert.deepEqual(databases.north.rows, [{ take: '1' }])
})

test('one database needs one phase', async () => {
  const databases = pair()
  const to = await coordinator(memoryState(), databases)
  const one = transaction('one', Transfer).write(channel('north'), ({ no }) => ({ take: no }))
  const item = { data: { no: '1' }, effectKey: 'k'.repeat(52), key: '1', messageId: 'm', attempt: 1 }
  const [answer] = await to.sink(one).write([item], new AbortController().signal)
  assert.equal(answer?.ok, true)
  assert.deepEqual(databases.north.calls, ['prepare'])
})

/** Every place where a coordinator can die, with what must be the outcome. */
const points = [
  ['north', 'before prepare', 'rolled back'],
  ['north', 'after prepare', 'rolled back'],
  ['south', 'before prepare', 'rolled back'],
  ['south', 'after prepare', 'rolled back'],
  ['north', 'before commit', 'committed'],
  ['north', 'after commit', 'committed'],
  ['south', 'before commit', 'committed'],
  ['south', 'after commit', 'committed'],
] as const

for (const [name, point, outcome] of points)
  test(`a coordinator that dies ${point} at ${name} leaves everything ${outcome}`, async () => {
    const databases = pair()
    const state = memoryState()
    const first = await coordinator(state, databases)
    let dead = false
    const died = Promise.withResolvers<void>()
    for (const [each, database] of Object.entries(databases))
      database.trouble = now => {
        if (dead || (each === name && now === point)) {
          dead = true
          died.resolve()
          return new Promise(() => {})
        }
      }
    void put(first, { no: '1' })
    await died.promise
    for (const database of Object.values(databases)) database.trouble = () => {}
    const second = await coordinator(copyMemoryState(state), databases)
    second.start()
    await until(async () => (await second.log.open()).length === 0)
    const done = outcome === 'committed' ? 1 : 0
    assert.deepEqual([databases.north.rows.length, databases.south.rows.length], [done, done])
    assert.equal((await put(second, { no: '1' })).ok, true)
    assert.deepEqual([databases.north.rows.length, databases.south.rows.length], [1, 1])
    await second.stop()
  })

test('a branch that an administrator rolled back is reported, and nothing is repaired', async () => {
  const databases = pair()
  const events: EngineEvent[] = []
  const to = await coordinator(memoryState(), databases, events)
  databases.south.trouble = point => {
    if (point === 'before commit') databases.south.rollBackByHand()
  }
  const answer = await put(to, { no: '1' })
  assert.ok(!answer.ok && /committed in north, rolled back in south/.test(String(answer.error)))
  assert.deepEqual(events.filter(({ type }) => type === 'in doubt').length, 1)
  const [open] = await to.log.open()
  await to.acknowledge(open?.state.gid ?? '', 'ann', 'booked by hand')
  assert.equal((await to.log.open()).length, 0)
})

test('a decision that cannot be carried out now is, once the database answers again', async () => {
  const databases = pair()
  const to = await coordinator(memoryState(), databases)
  let down = false
  databases.south.trouble = point => {
    if (point === 'before commit') down = true
    if (down) throw new IsthmusError('TARGET-UNAVAILABLE', 'down')
  }
  assert.equal((await put(to, { no: '1' })).ok, false)
  down = false
  databases.south.trouble = () => {}
  assert.equal((await put(to, { no: '1' })).ok, true)
  assert.deepEqual([databases.north.rows.length, databases.south.rows.length], [1, 1])
})

test('branches that no log knows are never rolled back: another database decides, or a person', async () => {
  const databases = pair()
  const lost = await coordinator(memoryState(), databases)
  databases.south.trouble = point => {
    if (point === 'before commit') return new Promise(() => {})
  }
  void put(lost, { no: '1' })
  await until(() => databases.north.rows.length === 1 && databases.south.calls.includes('commit'))
  databases.south.trouble = point => {
    if (point === 'after prepare') return new Promise(() => {})
  }
  void put(lost, { no: '2' })
  await until(() => databases.south.standing.size === 2)
  databases.south.trouble = () => {}
  const again = await coordinator(memoryState(), databases)
  const orphans = await again.orphans()
  assert.equal(databases.south.rows.length, 1, 'the marker in north shows that the first one was committed')
  assert.deepEqual(
    orphans.map(({ system }) => system),
    ['north', 'south'],
  )
  for (const { id } of orphans) await again.resolve(id, 'roll back', 'ann', 'the log was lost')
  assert.deepEqual(await again.orphans(), [])
  assert.equal(databases.north.rows.length, 1)
})

test('an orphan whose outcome is known is ended once, though several look for it', async () => {
  const databases = pair()
  const lost = await coordinator(memoryState(), databases)
  databases.south.trouble = point => {
    if (point === 'before commit') return new Promise(() => {})
  }
  void put(lost, { no: '1' })
  await until(() => databases.north.rows.length === 1 && databases.south.calls.includes('commit'))
  databases.south.trouble = () => {}
  const again = await coordinator(memoryState(), databases)
  assert.deepEqual(await Promise.all([again.orphans(), again.orphans(), again.orphans()]), [[], [], []])
  assert.equal(databases.south.rows.length, 1)
})

test('what others have prepared is left alone', async () => {
  const databases = pair()
  const other = { id: 'app-1', effectKey: 'x', work: [], alone: false }
  databases.north.standing.set('app-1', other)
  const to = await coordinator(memoryState(), databases)
  assert.deepEqual(await to.orphans(), [])
  assert.equal(databases.north.standing.size, 1)
})

test('what was committed by hand before, and is refused elsewhere now, is mixed, and not just refused', async () => {
  const databases = pair()
  const events: EngineEvent[] = []
  const to = await coordinator(memoryState(), databases, events)
  databases.north.markers.add(`${'e'.repeat(51)}1`)
  const answer = await put(to, { no: '1', bad: true })
  assert.ok(!answer.ok && /committed in north, rolled back in south/.test(String(answer.error)))
  assert.equal((answer.error as IsthmusError).code, 'TARGET-CONTRACT')
  assert.equal(events.filter(({ type }) => type === 'in doubt').length, 1)
  const [open] = await to.log.open()
  assert.equal(open?.state.outcome, 'mixed')
  const again = await put(to, { no: '1' })
  assert.ok(!again.ok && /Nothing was repaired/.test(String(again.error)))
  assert.equal(databases.south.rows.length, 0)
})

test('what was committed by hand before, and cannot be asked for elsewhere, is tried again', async () => {
  const databases = pair()
  const to = await coordinator(memoryState(), databases)
  databases.north.markers.add(`${'e'.repeat(51)}1`)
  databases.south.trouble = () => {
    throw new IsthmusError('TARGET-UNAVAILABLE', 'down')
  }
  const answer = await put(to, { no: '1' })
  assert.equal(!answer.ok && (answer.error as IsthmusError).code, 'TARGET-UNAVAILABLE')
  databases.south.markers.add(`${'e'.repeat(51)}1`)
  databases.south.trouble = () => {}
  assert.equal((await put(to, { no: '1' })).ok, true)
})

test('a coordinator that dies while it ends an orphan leaves it decided', async () => {
  const databases = pair()
  const lost = await coordinator(memoryState(), databases)
  databases.south.trouble = point => {
    if (point === 'before commit') return new Promise(() => {})
  }
  void put(lost, { no: '1' })
  await until(() => databases.north.rows.length === 1 && databases.south.calls.includes('commit'))
  databases.south.trouble = () => {}
  const state = memoryState()
  const written = Promise.withResolvers<MemoryState>()
  const dying = await coordinator(state, databases, [], store => ({
    ...store,
    async append(...given) {
      await store.append(...given)
      written.resolve(copyMemoryState(state))
      return new Promise(() => {})
    },
  }))
  void dying.orphans()
  const next = await coordinator(await written.promise, databases)
  next.start()
  await until(async () => databases.south.standing.size === 0 && (await next.log.open()).length === 0)
  await next.stop()
  assert.equal(databases.south.rows.length, 1)
})

test('a database that is away for long makes the log no longer each time it is tried', async () => {
  const databases = pair()
  const state = memoryState()
  const to = await coordinator(state, databases)
  databases.south.trouble = point => {
    if (point.endsWith('commit')) throw new IsthmusError('TARGET-UNAVAILABLE', 'down')
  }
  for (let time = 0; time < 5; time++) assert.equal((await put(to, { no: '1' })).ok, false)
  const [open] = await to.log.open()
  assert.equal(open?.state.version, 3)
})

test('a log is read to its end, however long it is', async () => {
  const to = await coordinator(memoryState(), pair())
  let state = await to.log.add('e', undefined, { type: 'begun', transaction: 't', gid: 'g', branches: [] })
  const facts = Array.from(
    { length: 999 },
    (_, n) => ({ type: 'ended', branch: `${n}`, found: 'rolled back' }) as const,
  )
  state = await to.log.add('e', state, ...facts)
  assert.equal((await to.log.read('e'))?.version, 1000)
  await to.log.add('e', state, { type: 'decided', decision: 'roll back' })
  const [open] = await to.log.open()
  assert.deepEqual([open?.state.version, open?.state.decision], [1001, 'roll back'])
})

test('a promise that comes late to a transaction that came out mixed is taken back', async () => {
  const databases = pair()
  const state = memoryState()
  const dying = await coordinator(state, databases)
  databases.south.trouble = point => {
    if (point === 'before prepare') return new Promise(() => {})
  }
  void put(dying, { no: '1' })
  await until(() => databases.south.calls.includes('prepare'))
  const [[id, branch] = []] = [...databases.north.standing]
  assert.ok(id !== undefined && branch !== undefined)
  await databases.north.end(id, 'commit')
  databases.south.trouble = () => {}
  const next = await coordinator(copyMemoryState(state), databases)
  assert.equal((await put(next, { no: '1' })).ok, false)
  assert.equal((await next.log.open())[0]?.state.outcome, 'mixed')
  databases.south.standing.set(id.replace(/0$/, '1'), branch)
  assert.deepEqual(await next.orphans(), [])
  assert.deepEqual([databases.south.standing.size, databases.south.rows.length], [0, 0])
})

test('a process that does not own the store any more ends no branch of the one that does', async () => {
  const databases = pair()
  const state = memoryState()
  const former = await coordinator(state, databases)
  state.owner = undefined
  const owner = await coordinator(state, databases)
  const go = Promise.withResolvers<void>()
  databases.south.trouble = point => (point === 'before prepare' ? go.promise : undefined)
  const put1 = put(owner, { no: '1' })
  await until(() => databases.south.calls.includes('prepare'))
  former.start()
  await new Promise(resolve => setTimeout(resolve, 20))
  go.resolve()
  assert.equal((await put1).ok, true)
  await former.stop()
  assert.deepEqual(databases.south.calls, ['prepare', 'commit'])
})
