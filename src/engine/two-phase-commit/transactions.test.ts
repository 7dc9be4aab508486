import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { transaction } from '../../flow/transaction.ts'
import { model, Type } from '../../index.ts'
import { copyMemoryState, type MemoryState, memoryState } from '../../store/memory/memory-state.ts'
import { memoryStore } from '../../store/memory/memory-store.ts'
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
): Promise<Transactions> {
  const store = memoryStore(state)
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
  databases.north.standing.set('app-1', { branch: other, connection: 'c' })
  const to = await coordinator(memoryState(), databases)
  assert.deepEqual(await to.orphans(), [])
  assert.equal(databases.north.standing.size, 1)
})
