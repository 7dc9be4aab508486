import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { EntryQuery, Store, StoreReader, UnfinishedQuery } from '../../store/store.ts'
import type { StoreSubject } from './fixture.ts'
import {
  allEntries,
  cursorOf,
  ended,
  flowState,
  message,
  messages,
  plain,
  settlement,
  timeOf,
  to,
  waiting,
  withStore,
} from './fixture.ts'

export function readScenarios(subject: StoreSubject): void {
  it('reads messages after a number, up to a limit, in order', () =>
    withStore(subject, async ({ store }) => {
      await store.accept(messages(25))
      const seqs = seqsOf(store)
      assert.deepEqual(await seqs({ flow: 'orders', limit: 3 }), [1, 2, 3])
      assert.deepEqual(await seqs({ flow: 'orders', after: 20, limit: 3 }), [21, 22, 23])
      assert.deepEqual(await seqs({ flow: 'orders', after: 23, limit: 9 }), [24, 25])
      assert.deepEqual(await seqs({ flow: 'orders', after: 25, limit: 9 }), [])
      assert.deepEqual(await seqs({ flow: 'unknown', limit: 9 }), [])
    }))

  it('reads messages of chosen partitions, up to a number', () =>
    withStore(subject, async ({ store }) => {
      await store.accept(messages(40).map((each, n) => ({ ...each, flows: [to('orders', 'k', n % 4)] })))
      await store.accept([message(41, { at: [to('stock', 'k', 2)], body: new Uint8Array(5000) })])
      const seqs = seqsOf(store)
      const all = (...partitions: number[]) =>
        Array.from({ length: 40 }, (_, n) => n + 1).filter(seq => partitions.includes((seq - 1) % 4))
      assert.deepEqual(await seqs({ flow: 'orders', partitions: [2], limit: 99 }), all(2))
      assert.deepEqual(await seqs({ flow: 'orders', partitions: [3, 0], limit: 99 }), all(0, 3))
      const some = { flow: 'orders', partitions: [0, 1], after: 5, to: 17 }
      assert.deepEqual(await seqs({ ...some, limit: 99 }), [6, 9, 10, 13, 14, 17])
      assert.deepEqual(await seqs({ ...some, limit: 2 }), [6, 9])
      assert.deepEqual(await seqs({ ...some, limit: 99, bytes: 1 }), [6])
      assert.deepEqual(await seqs({ ...some, limit: 99, bytes: 1_000_000 }), [6, 9, 10, 13, 14, 17])
      assert.deepEqual(await seqs({ flow: 'orders', to: 3, limit: 99 }), [1, 2, 3])
      assert.deepEqual(await seqs({ flow: 'orders', partitions: [0], after: 5, to: 5, limit: 99 }), [])
      assert.deepEqual(await seqs({ flow: 'orders', partitions: [], limit: 99 }), [])
      assert.deepEqual(await seqs({ flow: 'orders', partitions: [7, 1023], limit: 99 }), [])
      assert.deepEqual(await seqs({ flow: 'stock', partitions: [2], limit: 99 }), [1])
    }))

  it('finds messages of one partition among many of others', () =>
    withStore(subject, async ({ store }) => {
      const count = 3000
      await store.accept(
        messages(count).map((each, n) => ({ ...each, flows: [to('orders', 'k', n % 997 === 5 ? 1 : 0)] })),
      )
      const seqs = seqsOf(store)
      assert.deepEqual(await seqs({ flow: 'orders', partitions: [1], limit: 9 }), [6, 1003, 2000, 2997])
      assert.deepEqual(
        await seqs({ flow: 'orders', partitions: [1], after: 1003, to: 2996, limit: 9 }),
        [2000],
      )
      assert.equal((await seqs({ flow: 'orders', partitions: [0], limit: count })).length, count - 4)
    }))

  it('says how far each flow has come', () =>
    withStore(subject, async opened => {
      const { store } = opened
      const heads = async (each: Store) =>
        Object.fromEntries((await each.read.heads()).map(({ flow, head }) => [flow, head]))
      assert.deepEqual(await heads(store), {})
      await store.accept(messages(3))
      await store.accept([message(4, { at: [to('orders'), to('stock', 'k', 5)] })])
      assert.deepEqual(await heads(store), { orders: 4, stock: 1 })
      if (subject.capabilities.durable)
        assert.deepEqual(await heads((await opened.reopen()).store), { orders: 4, stock: 1 })
    }))

  it('reads about as many bytes as asked for, and one message at least', () =>
    withStore(subject, async ({ store }) => {
      await store.accept(messages(10).map(each => ({ ...each, body: new Uint8Array(4000) })))
      const seqs = seqsOf(store)
      assert.deepEqual(await seqs({ flow: 'orders', after: 2, limit: 9, bytes: 1 }), [3])
      const some = await seqs({ flow: 'orders', limit: 9, bytes: 12_500 })
      assert.ok(some.length >= 2 && some.length <= 4, `${some.length} messages`)
      assert.deepEqual(await seqs({ flow: 'orders', limit: 4, bytes: 1_000_000 }), [1, 2, 3, 4])
    }))

  it('reads chosen numbers', () =>
    withStore(subject, async ({ store }) => {
      await store.accept(messages(30))
      const seqs = seqsOf(store)
      assert.deepEqual(await seqs({ flow: 'orders', seqs: [17, 3, 29, 31, 400, 3], limit: 9 }), [3, 17, 29])
      assert.deepEqual(await seqs({ flow: 'orders', seqs: [5, 4, 9], limit: 2 }), [4, 5])
      assert.deepEqual(await seqs({ flow: 'orders', seqs: [], limit: 9 }), [])
    }))

  it('reads many chosen numbers at once', () =>
    withStore(subject, async ({ store }) => {
      await store.accept(messages(3000))
      const wanted = Array.from({ length: 2500 }, (_, n) => n + 2)
      assert.deepEqual(await seqsOf(store)({ flow: 'orders', seqs: wanted, limit: 5000 }), wanted)
    }))

  it('finds messages by key and by id, in one flow or in all', () =>
    withStore(subject, async ({ store }) => {
      const both = [to('orders', 'WO-1'), to('stock', 'WO-1')]
      await store.accept([
        message(1, { at: both, id: 'shared' }),
        message(2, { at: [to('orders', 'WO-2')] }),
        message(3, { at: [to('orders', 'wo-1')] }),
        message(4, { at: [to('orders', 'WO-1')] }),
      ])
      const seqs = seqsOf(store)
      assert.deepEqual(await seqs({ flow: 'orders', key: 'WO-1', limit: 9 }), [1, 4])
      assert.deepEqual(await seqs({ flow: 'orders', key: 'WO-1', after: 1, limit: 9 }), [4])
      assert.deepEqual(await seqs({ flow: 'orders', key: 'WO-1', limit: 1 }), [1])
      assert.deepEqual(await seqs({ key: 'none', limit: 9 }), [])
      assert.deepEqual(await seqs({ flow: 'stock', id: 'shared', limit: 9 }), [1])
      assert.deepEqual(await seqs({ flow: 'stock', id: 'id-4', limit: 9 }), [])
      const found = await store.read.entries({ key: 'WO-1', limit: 9 })
      assert.deepEqual(found.map(each => `${each.flow} ${each.seq}`).sort(), [
        'orders 1',
        'orders 4',
        'stock 1',
      ])
      const shared = await store.read.entries({ id: 'shared', limit: 9 })
      assert.deepEqual(shared.map(each => each.flow).sort(), ['orders', 'stock'])
    }))

  it('finds messages by key and by id among many, also after a restart and after some are retired', () =>
    withStore(subject, async opened => {
      const { store, claim } = opened
      const count = 5000
      await store.accept(
        messages(count).map((each, n) => ({ ...each, flows: [to('orders', `key-${n % 1700}`)] })),
      )
      const check = async (each: Store, removed: number) => {
        const seqs = seqsOf(each)
        for (const n of [0, 41, 1699]) {
          const all = [n + 1, n + 1701, n + 3401].filter(seq => seq > removed && seq <= count)
          assert.deepEqual(await seqs({ flow: 'orders', key: `key-${n}`, limit: 9 }), all)
          const last = all.at(-1) ?? 0
          assert.deepEqual(await seqs({ key: `key-${n}`, after: last - 1, limit: 9 }), [last])
        }
        for (const n of [1, 1024, 1025, 4096, 4999, count]) {
          assert.deepEqual(await seqs({ id: `id-${n}`, limit: 9 }), n > removed ? [n] : [])
        }
        assert.deepEqual(await seqs({ key: 'key-1700', limit: 9 }), [])
      }
      await check(store, 0)
      const again = subject.capabilities.durable ? await opened.reopen() : { store, claim }
      await check(again.store, 0)
      const settled = Array.from({ length: 2100 }, (_, n) => ended(n + 1))
      await again.store.settle(settlement(again.claim, 2100, { settled }))
      while ((await again.store.retire({ before: timeOf(2101) })) > 0);
      await check(again.store, 2100)
      await again.store.accept([message(count + 1, { at: [to('orders', 'key-41')] })])
      const found = await seqsOf(again.store)({ flow: 'orders', key: 'key-41', limit: 9 })
      assert.deepEqual(found, [3442, count + 1])
    }))

  it('finds unfinished messages by status, key and number', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(8).map((each, n) => ({ ...each, flows: [to('orders', 'k', n % 2)] })))
      const status = ['retrying', 'held', 'parked', 'doubt', 'running', 'parked'] as const
      const rows = status.map((each, n) => waiting(n + 1, { status: each, key: n < 3 ? 'WO-1' : 'wo-1' }))
      await store.settle(settlement(claim, 5, { unfinished: rows.filter(row => row.seq % 2 === 1) }))
      await store.settle(
        settlement(claim, 6, { partition: 1, unfinished: rows.filter(row => row.seq % 2 === 0) }),
      )
      const find = async (query: Partial<UnfinishedQuery>) =>
        (await store.read.unfinished({ flow: 'orders', limit: 99, ...query })).map(each => each.seq)
      assert.deepEqual(await find({}), [1, 2, 3, 4, 5, 6])
      assert.deepEqual(await find({ status: ['parked'] }), [3, 6])
      assert.deepEqual(await find({ status: ['doubt', 'running'] }), [4, 5])
      assert.deepEqual(await find({ status: [] }), [])
      assert.deepEqual(await find({ key: 'WO-1' }), [1, 2, 3])
      assert.deepEqual(await find({ key: 'WO-1', status: ['parked'] }), [3])
      assert.deepEqual(await find({ after: 2, limit: 2 }), [3, 4])
      assert.deepEqual(await find({ partitions: [1] }), [2, 4, 6])
      assert.deepEqual(await find({ partitions: [0, 1], status: ['parked'] }), [3, 6])
      assert.deepEqual(await find({ partitions: [1], after: 2, limit: 1 }), [4])
      assert.deepEqual(await find({ partitions: [] }), [])
      assert.deepEqual(await find({ partitions: [5] }), [])
      assert.deepEqual(await find({ flow: 'unknown' }), [])
      const partitions = (await store.read.unfinished({ flow: 'orders', limit: 99 })).map(
        each => each.partition,
      )
      assert.deepEqual(partitions, [0, 1, 0, 1, 0, 1])
    }))

  it('reads what ended within a range, both ends included', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(9))
      await store.settle(settlement(claim, 9, { settled: [2, 3, 5, 8, 9].map(seq => ended(seq)) }))
      const find = async (from: number, to: number) =>
        (await store.read.settled({ flow: 'orders', from, to })).map(each => each.seq)
      assert.deepEqual(await find(3, 8), [3, 5, 8])
      assert.deepEqual(await find(6, 7), [])
      assert.deepEqual(await find(1, 1_000_000), [2, 3, 5, 8, 9])
      assert.deepEqual(await store.read.settled({ flow: 'unknown', from: 1, to: 9 }), [])
    }))

  it('says what each flow holds', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(10))
      const rows = [waiting(2), waiting(3, { status: 'held' }), waiting(4, { status: 'parked' })]
      const settled = [ended(1), ended(5, { outcome: 'filtered' })]
      await store.settle(settlement(claim, 5, { settled, unfinished: rows }))
      const state = await flowState(store.read)
      assert.equal(state.head, 10)
      assert.equal(state.entries, 10)
      assert.equal(cursorOf(state), 5)
      assert.deepEqual(state.unfinished, { retrying: 1, held: 1, parked: 1, doubt: 0, running: 0 })
      assert.deepEqual(state.retired, { delivered: 0, filtered: 0, discarded: 0 })
    }))

  it('says since when the oldest message waits that is neither ended nor parked', () =>
    withStore(subject, async ({ store, claim }) => {
      const oldest = async () => (await flowState(store.read)).oldestWaiting
      await store.accept(messages(10).map((each, n) => ({ ...each, flows: [to('orders', 'k', n % 2)] })))
      assert.equal(await oldest(), timeOf(1))
      await store.settle(settlement(claim, 1, { unfinished: [waiting(1, { status: 'parked' })] }))
      assert.equal(await oldest(), timeOf(2))
      await store.settle(settlement(claim, 4, { partition: 1, settled: [ended(2), ended(4)] }))
      assert.equal(await oldest(), timeOf(3))
      await store.settle(settlement(claim, 3, { unfinished: [waiting(3)], settled: [ended(5)] }))
      assert.equal(await oldest(), timeOf(3))
      await store.settle(settlement(claim, 5, { settled: [ended(3)] }))
      assert.equal(await oldest(), timeOf(6))
      await store.settle(settlement(claim, 10, { partition: 1, settled: [6, 8, 10].map(seq => ended(seq)) }))
      assert.equal(await oldest(), timeOf(7))
      await store.settle(settlement(claim, 9, { settled: [7, 9].map(seq => ended(seq)) }))
      assert.equal(await oldest(), undefined)
      await store.accept([message(11, { at: [to('orders', 'k', 5)] })])
      assert.equal(await oldest(), timeOf(11))
    }))

  snapshotScenarios(subject)
}

function snapshotScenarios(subject: StoreSubject): void {
  it('shows one moment to all reads of a snapshot while writing goes on', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(5), { source: 'mes', position: 5 })
      await store.settle(settlement(claim, 2, { settled: [ended(1)], unfinished: [waiting(2)] }))
      const given = await store.read.snapshot(async reader => {
        const before = await flowState(reader)
        await store.accept(messages(5, 6), { source: 'mes', position: 10 })
        await store.settle(settlement(claim, 10, { settled: [ended(2), ended(3)], unfinished: [waiting(4)] }))
        assert.deepEqual(await flowState(reader), before)
        assert.equal((await allEntries(reader, 'orders')).length, 5)
        assert.equal(await reader.position('mes'), 5)
        assert.deepEqual(
          (await reader.settled({ flow: 'orders', from: 1, to: 99 })).map(each => each.seq),
          [1],
        )
        assert.deepEqual(
          (await reader.unfinished({ flow: 'orders', limit: 9 })).map(each => each.seq),
          [2],
        )
        await reader.snapshot(async inner => assert.deepEqual(await flowState(inner), before))
        return 'given'
      })
      assert.equal(given, 'given')
      assert.equal((await flowState(store.read)).head, 10)
      assert.equal(await store.read.position('mes'), 10)
    }))

  it('passes on what a snapshot throws, and allows several at once', () =>
    withStore(subject, async ({ store }) => {
      await store.accept(messages(2))
      const failing = store.read.snapshot(async () => {
        throw new TypeError('mine')
      })
      await assert.rejects(failing, { message: 'mine' })
      const heads = await store.read.snapshot(async one => {
        await flowState(one)
        await store.accept([message(3)])
        return await store.read.snapshot(async two => [
          (await flowState(one)).head,
          (await flowState(two)).head,
        ])
      })
      assert.deepEqual(heads, [2, 3])
    }))

  it('balances in every snapshot: what was accepted is ended, unfinished or not begun', () =>
    withStore(subject, async ({ store, claim }) => {
      const writing = async () => {
        for (let n = 1; n <= 60; n++) {
          await store.accept(messages(5, n * 5 - 4))
          const settled = [ended(n * 5 - 4), ended(n * 5 - 3)]
          await store.settle(settlement(claim, n * 5 - 2, { settled, unfinished: [waiting(n * 5 - 2)] }))
        }
      }
      let busy = true
      const reading = async () => {
        while (busy) {
          await store.read.snapshot(requireBalance)
          await new Promise(setImmediate)
        }
      }
      const done = reading()
      await writing().finally(() => {
        busy = false
      })
      await done
    }))

  it('gives copies: what a reader changes does not change the store', () =>
    withStore(subject, async ({ store }) => {
      await store.accept(messages(1))
      const first = (await allEntries(store.read, 'orders'))[0]
      const before = plain(first)
      first?.body.fill(0)
      Object.assign(first?.head ?? {}, { type: 'changed' })
      assert.deepEqual(plain((await allEntries(store.read, 'orders'))[0]), before)
    }))
}

async function requireBalance(reader: StoreReader): Promise<void> {
  const state = (await reader.flows())[0]
  if (state === undefined) return
  const settled = await reader.settled({ flow: 'orders', from: 1, to: state.head })
  const rows = await reader.unfinished({ flow: 'orders', limit: 9999 })
  const begun = Math.ceil(cursorOf(state) / 5) * 3
  assert.equal(settled.length + rows.length, begun)
  assert.equal(rows.length, state.unfinished.retrying)
  assert.equal((await allEntries(reader, 'orders')).length, state.head)
}

const seqsOf =
  (store: Store) =>
  async (query: EntryQuery): Promise<number[]> =>
    (await store.read.entries(query)).map(entry => entry.seq)
