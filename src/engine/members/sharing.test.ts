import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Connection,
  type Connector,
  flow,
  type Intake,
  idempotent,
  landscape,
  model,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from '../../index.ts'
import type { Role } from '../../store/members.ts'
import { memoryStore } from '../../store/memory/memory-store.ts'
import { shareStore } from '../../store/shared/share-store.ts'
import { startEngine } from '../engine.ts'
import { realHost } from '../host.ts'

const Order = model('Order', { version: 1, key: 'id', schema: Type.Object({ id: Type.String() }) })

/** A landscape whose system bears four calls at a time, and how many were under way at once at most. */
function member() {
  const intakes: Intake[] = []
  const calls = { underWay: 0, most: 0, done: 0 }
  const connection: Connection = {
    source: () => ({
      run: (intake, signal) => {
        intakes.push(intake)
        return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
      },
    }),
    sink: () => ({
      concurrency: 8,
      write: async items => {
        calls.most = Math.max(calls.most, ++calls.underWay)
        await delay(2)
        calls.underWay--
        calls.done++
        return items.map(() => ({ ok: true }))
      },
    }),
    check: async () => {},
    close: async () => {},
  }
  const connector: Connector<Record<never, never>> = {
    name: 'shop',
    summary: {},
    channels: () => ({}),
    connect: async () => connection,
  }
  const base = { system: 'shop', options: {}, model: Order }
  const orders: SourceChannel<{ id: string }> = { ...base, role: 'source', name: 'orders' }
  const sink: SinkChannel<{ id: string }, typeof idempotent> = {
    ...base,
    role: 'sink',
    name: 'posted',
    effect: idempotent,
  }
  const flows = [
    flow('orders')
      .from(orders)
      .key(({ id }) => id)
      .to(sink),
  ]
  const systems = [system('shop', { kind: 'other', connector, concurrency: 4 })]
  return { landscape: landscape({ name: 'test', systems, flows }), intakes, calls }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(1)
}

/** Members of one store in this process. */
async function shared(halted: ReadonlySet<string> = new Set()) {
  const host = realHost()
  const inner = memoryStore()
  const store = shareStore(inner, await inner.claim('test', { partitions: 16 }), host)
  const start = async (id: string, roles: readonly Role[]) => {
    const { landscape, intakes, calls } = member()
    const claim = await store.join({ id, name: id, roles, version: '1' })
    const engine = await startEngine({
      ...{ landscape, claim, host, halted },
      store: { ...store, close: async () => {} },
      connectContext: () => ({}) as never,
      onFatal: error => assert.fail(String(error)),
    })
    return { engine, intakes, calls }
  }
  return { store, start }
}

test('members that call a system share what it bears at a time, and who only accepts has no part in it', async () => {
  const { store, start } = await shared()
  const accepting = await start('intake', ['intake'])
  const members = [await start('a', ['worker', 'scheduler']), await start('b', ['worker'])]
  await until(() => members.some(({ intakes }) => intakes.length > 0))
  const [intake] = members.flatMap(({ intakes }) => intakes)
  let accepted = 0
  const done = () => members.reduce((sum, { calls }) => sum + calls.done, 0)
  /** Gives both something to do until each has done so much more, and gives how many calls each had under way at most. */
  const work = async (count: number): Promise<number[]> => {
    const before = members.map(({ calls }) => calls.done)
    for (const { calls } of members) calls.most = 0
    while (members.some(({ calls }, at) => calls.done < (before[at] as number) + count)) {
      const ids = Array.from({ length: 40 }, () => `id-${accepted++}`)
      await intake?.accept(ids.map(id => ({ id, data: { id } })))
      await delay(5)
    }
    await until(() => done() === accepted)
    return members.map(({ calls }) => calls.most)
  }
  // Whoever has been given partitions is known to the other from then on.
  await work(1)
  const most = await work(60)
  for (const { engine } of [accepting, ...members]) await engine.stop()
  await store.close()
  assert.ok(Math.max(...most) <= 2, `at a time: ${most}`)
})

test('of members that are in step each knows of all that waits, whoever is to work it off', async () => {
  const { store, start } = await shared(new Set(['orders']))
  const members = [await start('a', ['worker', 'scheduler']), await start('b', ['worker'])]
  await until(() => members.every(({ engine }) => engine.tenure.outlook.held.partition === 8))
  await until(() => members.some(({ intakes }) => intakes.length > 0))
  const [intake] = members.flatMap(({ intakes }) => intakes)
  await intake?.accept(Array.from({ length: 300 }, (_, n) => ({ id: `id-${n}`, data: { id: `id-${n}` } })))
  await until(() => members.every(({ engine }) => engine.runner('orders')?.state.waiting === 300))
  for (const { engine } of members) await engine.stop()
  await store.close()
})
