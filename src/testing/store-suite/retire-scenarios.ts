import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { RetireLimits, Store } from '../../store/store.ts'
import type { StoreSubject } from './fixture.ts'
import {
  allEntries,
  ended,
  flowState,
  identified,
  message,
  messages,
  plain,
  retiredOf,
  settlement,
  timeOf,
  to,
  waiting,
  withStore,
} from './fixture.ts'

export function retireScenarios(subject: StoreSubject): void {
  it('removes finished messages that are old enough, and never an unfinished one', () =>
    withStore(subject, async opened => {
      const { store, claim } = opened
      await store.accept(messages(10))
      const settled = [
        ended(1),
        ended(3, { outcome: 'filtered' }),
        ended(5, { outcome: 'discarded' }),
        ended(6),
      ]
      const rows = [waiting(2), waiting(4, { status: 'parked' })]
      await store.settle(settlement(claim, 6, { settled, unfinished: rows }))
      assert.equal(await retireAll(store, { before: timeOf(6) }), 3)
      assert.equal(await retireAll(store, { before: timeOf(6) }), 0)
      const check = async (each: Store) => {
        assert.deepEqual(
          (await allEntries(each.read, 'orders')).map(entry => entry.seq),
          [2, 4, 6, 7, 8, 9, 10],
        )
        const state = await flowState(each.read)
        assert.deepEqual(state.retired, { delivered: 1, filtered: 1, discarded: 1 })
        assert.equal(state.entries + retiredOf(state), state.head)
        assert.deepEqual(plain(await each.read.settled({ flow: 'orders', from: 1, to: 99 })), [ended(6)])
        assert.deepEqual(
          (await each.read.unfinished({ flow: 'orders', limit: 9 })).map(row => row.seq),
          [2, 4],
        )
        const chosen = await each.read.entries({ flow: 'orders', seqs: [1, 2, 3, 6], limit: 9 })
        assert.deepEqual(
          chosen.map(entry => entry.seq),
          [2, 6],
        )
        assert.deepEqual(await each.read.entries({ id: 'id-3', limit: 9 }), [])
        assert.deepEqual(await each.read.entries({ flow: 'orders', key: 'key-3', limit: 1 }).then(seqs), [10])
      }
      await check(store)
      if (subject.capabilities.durable) await check((await opened.reopen()).store)
    }))

  it('goes on numbering after everything was removed', () =>
    withStore(subject, async opened => {
      const { store, claim } = opened
      await store.accept(messages(5))
      await store.settle(settlement(claim, 5, { settled: [1, 2, 3, 4, 5].map(seq => ended(seq)) }))
      assert.equal(await retireAll(store, { before: timeOf(100) }), 5)
      const again = subject.capabilities.durable ? (await opened.reopen()).store : store
      const [answer] = await again.accept([message(6)])
      assert.deepEqual(answer, { status: 'accepted', id: 'id-6', seqs: [6] })
      const state = await flowState(again.read)
      assert.equal(state.entries, 1)
      assert.equal(state.retired.delivered, 5)
      assert.equal(state.oldestWaiting, timeOf(6))
    }))

  it('leaves a message that has ended and gone as it was', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(3))
      const what = settlement(claim, 2, { settled: [ended(1), ended(2)] })
      await store.settle(what)
      assert.equal(await retireAll(store, { before: timeOf(3) }), 2)
      await store.settle(what)
      await store.settle(settlement(claim, 2, { unfinished: [waiting(1)] }))
      const state = await flowState(store.read)
      assert.deepEqual(await store.read.settled({ flow: 'orders', from: 1, to: 9 }), [])
      assert.deepEqual(await store.read.unfinished({ flow: 'orders', limit: 9 }), [])
      assert.equal(await retireAll(store, { before: timeOf(3) }), 0)
      assert.equal(state.retired.delivered, 2)
      assert.equal(state.entries, 1)
    }))

  it('removes the oldest while more bytes are held than allowed', () =>
    withStore(subject, async ({ store, claim }) => {
      const body = new Uint8Array(20_000).fill(7)
      const flowOf = (n: number) => (n % 3 === 0 ? 'stock' : 'orders')
      const sent = messages(150).map((each, n) => ({ ...each, body, flows: [to(flowOf(n))] }))
      await store.accept(sent)
      const kept = [1, 40]
      for (const flow of ['orders', 'stock']) {
        const entries = await allEntries(store.read, flow)
        const rows = flow === 'orders' ? kept.map(seq => waiting(seq, { status: 'parked' })) : []
        const settled = entries
          .filter(each => !rows.some(row => row.seq === each.seq))
          .map(each => ended(each.seq))
        await store.settle(settlement(claim, entries.length, { flow, settled, unfinished: rows }))
      }
      assert.equal(await retireAll(store, { bytes: 1e9 }), 0)
      const gone = await retireAll(store, { bytes: 1_500_000 })
      const left = [...(await allEntries(store.read, 'orders')), ...(await allEntries(store.read, 'stock'))]
      assert.equal(left.length, 150 - gone)
      assert.ok(left.length * body.length <= 1_500_000 && left.length > 20, `${left.length} left`)
      const finished = left.filter(each => each.flow !== 'orders' || !kept.includes(each.seq))
      assert.equal(left.length - finished.length, kept.length)
      const newest = sent.slice(-finished.length).map(each => each.id)
      assert.deepEqual(finished.map(each => each.id).sort(), newest.sort())
      assert.equal(await retireAll(store, { bytes: 0 }), finished.length)
      assert.deepEqual(
        (await allEntries(store.read, 'orders')).map(each => each.seq),
        kept,
      )
    }))

  it('forgets identities older than asked for, and no others', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept([identified(1, 'old'), identified(2, 'new')])
      await store.settle(settlement(claim, 2, { settled: [ended(1), ended(2)] }))
      await retireAll(store, { before: timeOf(9) })
      assert.deepEqual(await store.accept([identified(3, 'old')]), [{ status: 'duplicate', id: 'id-1' }])
      await retireAll(store, { identitiesBefore: timeOf(2) })
      const answers = await store.accept([identified(4, 'old'), identified(5, 'new')])
      assert.deepEqual(
        answers.map(answer => `${answer.status} ${answer.id}`),
        ['accepted id-4', 'duplicate id-2'],
      )
    }))

  it('removes many in several calls while others write', () =>
    withStore(subject, async ({ store, claim }) => {
      const count = 12_000
      for (let first = 1; first <= count; first += 3000) await store.accept(messages(3000, first))
      const all = Array.from({ length: count }, (_, n) => n + 1)
      const rows = all.filter(seq => seq % 1000 === 0).map(seq => waiting(seq))
      const settled = all.filter(seq => seq % 1000 !== 0).map(seq => ended(seq))
      await store.settle(settlement(claim, count, { settled, unfinished: rows }))
      const retiring = retireAll(store, { before: timeOf(count + 1) })
      for (let n = 1; n <= 20; n++) await store.accept([message(count + n)])
      assert.equal(await retiring, count - rows.length)
      const state = await flowState(store.read)
      assert.equal(state.entries, rows.length + 20)
      assert.equal((await allEntries(store.read, 'orders')).length, state.entries)
      assert.equal(state.retired.delivered + state.entries, state.head)
    }))
}

async function retireAll(store: Store, limits: RetireLimits): Promise<number> {
  let gone = 0
  for (let count = -1; count !== 0; gone += count) count = await store.retire(limits)
  return gone
}

const seqs = (entries: readonly { seq: number }[]): number[] => entries.map(each => each.seq)
