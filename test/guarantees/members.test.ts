import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realHost } from '../../src/engine/host.ts'
import { decide } from '../../src/engine/person.ts'
import { IsthmusError } from '../../src/errors.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { shareStore } from '../../src/store/shared/share-store.ts'
import { note, until } from './harness.ts'
import { startWorker, type Worker, type Written } from './members-world.ts'

const keys = 40

/** A memory store that several engines share. */
async function sharedMemory(partitions: number) {
  const inner = memoryStore()
  const claim = await inner.claim('test')
  return shareStore(inner, { ...claim, partitions }, realHost())
}

/** So many notes to each key, in order. */
async function tell(workers: readonly Worker[], from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++)
    await Promise.all(
      Array.from({ length: keys }, (_, key) => {
        const { intake } = workers[(n + key) % workers.length] as Worker
        return intake.accept([note(`k${key}-${n}`, `k${key}`, n)])
      }),
    )
}

const heldBy = (worker: Worker): number =>
  worker.engine.tenure.partitions -
  Array.from({ length: worker.engine.tenure.partitions }, (_, n) =>
    worker.engine.tenure.tokenOf(`partition/${n}`),
  ).filter(token => token === undefined).length

function assertOnceInOrder(written: readonly Written[], each: number): void {
  const ids = written.map(({ item }) => item.data.id)
  assert.equal(new Set(ids).size, ids.length, 'an effect happened twice')
  for (let key = 0; key < keys; key++) {
    const ns = written.filter(({ item }) => item.data.to === `k${key}`).map(({ item }) => item.data.n)
    assert.deepEqual(
      ns,
      Array.from({ length: each }, (_, n) => n),
      `key k${key}`,
    )
  }
}

test('members share the keys of a flow: whoever accepts, each message has one effect, in the order of its key', async () => {
  const store = await sharedMemory(16)
  const written: Written[] = []
  const workers = [await startWorker({ name: 'a', store, written })]
  await tell(workers, 0, 5)
  for (const name of ['b', 'c']) workers.push(await startWorker({ name, store, written }))
  await until(() => workers.every(worker => heldBy(worker) >= 5))
  await tell(workers, 5, 20)
  await until(() => written.length === keys * 25)
  assertOnceInOrder(written, 25)
  assert.deepEqual(
    workers.map(heldBy).sort((a, b) => a - b),
    [5, 5, 6],
  )
  assert.equal(new Set(written.map(({ by }) => by)).size, 3, 'all have worked')
  await (workers.pop() as Worker).engine.stop()
  await tell(workers, 25, 5)
  await until(() => written.length === keys * 30)
  assertOnceInOrder(written, 30)
  assert.deepEqual(workers.map(heldBy), [8, 8])
  await Promise.all(workers.map(({ engine }) => engine.stop()))
  assert.deepEqual(
    workers.flatMap(({ fatal }) => fatal),
    [],
  )
})

test('what a member leaves behind when it dies is taken over, and what it does afterwards changes nothing', async () => {
  const store = await sharedMemory(8)
  const written: Written[] = []
  const stuck = Promise.withResolvers<void>()
  const a = await startWorker({ name: 'a', store, written, lease: 2_000, write: () => stuck.promise })
  await tell([a], 0, 2)
  // It shows no sign of life any more, and knows nothing of that.
  a.member.beat = () => new Promise(() => {})
  const b = await startWorker({ name: 'b', store, written, lease: 2_000 })
  await until(() => heldBy(b) === 8)
  await until(() => written.filter(({ by }) => by === 'b').length === keys * 2)
  assertOnceInOrder(written, 2)
  stuck.resolve()
  await until(() => a.fatal.length > 0)
  assert.equal((a.fatal[0] as { code: string }).code, 'STORE-FENCED')
  await tell([b], 2, 3)
  await until(() => written.filter(({ by }) => by === 'b').length === keys * 5)
  assertOnceInOrder(
    written.filter(({ by }) => by === 'b'),
    5,
  )
  await Promise.all([a.engine.stop(0), b.engine.stop()])
  assert.deepEqual(b.fatal, [])
})

test('what a member accepts for keys that it is about to give away is left to who takes them', async () => {
  const store = await sharedMemory(16)
  const written: Written[] = []
  const gate = Promise.withResolvers<void>()
  const write = ({ data }: { data: { n: number } }) => (data.n === 0 ? gate.promise : undefined)
  const a = await startWorker({ name: 'a', store, written, lease: 500, write })
  await tell([a], 0, 1)
  const b = await startWorker({ name: 'b', store, written, lease: 500 })
  // Then it knows of the other, but cannot give anything away before what it has begun has ended.
  let beats = 0
  const beat = a.member.beat.bind(a.member)
  a.member.beat = async vitals => {
    const answer = await beat(vitals)
    beats++
    return answer
  }
  await until(() => beats >= 3)
  await tell([a], 1, 4)
  gate.resolve()
  await until(() => heldBy(b) === 8 && written.length === keys * 5)
  assertOnceInOrder(written, 5)
  await Promise.all([a.engine.stop(), b.engine.stop()])
})

test('a decision about a message is carried out where its key is worked off, at whichever member it is given', async () => {
  const store = await sharedMemory(16)
  const written: Written[] = []
  const refused = new Set(Array.from({ length: keys }, (_, key) => `k${key}-0`))
  const write = ({ data }: { data: { id: string } }) => {
    if (refused.has(data.id)) throw new IsthmusError('TARGET-REFUSED', 'not yet')
  }
  const workers = [
    await startWorker({ name: 'a', store, written, write }),
    await startWorker({ name: 'b', store, written, write }),
  ]
  await until(() => workers.every(worker => heldBy(worker) === 8))
  await tell(workers, 0, 1)
  const parked = () => store.read.unfinished({ flow: 'posting', status: ['parked'], limit: 100 })
  await until(async () => (await parked()).length === keys)
  refused.clear()
  const [a] = workers as [Worker, Worker]
  for (const row of await parked())
    await a.engine.requests.decide('posting', row, decide(row, { do: 'retry' }, 'ann', Date.now()))
  await until(() => written.length === keys)
  assert.equal(new Set(written.map(({ by }) => by)).size, 2, 'both have worked')
  await Promise.all(workers.map(({ engine }) => engine.stop()))
})
