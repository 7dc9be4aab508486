import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Claim, Settled, StoreReader, Unfinished } from '../../store/store.ts'
import type { StoreSubject } from './fixture.ts'
import {
  allEntries,
  cursorOf,
  ended,
  flowState,
  message,
  messages,
  plain,
  rejectsWith,
  settlement,
  to,
  waiting,
  withStore,
} from './fixture.ts'

export function settleScenarios(subject: StoreSubject): void {
  it('keeps what became of messages, word for word', () =>
    withStore(subject, async opened => {
      await opened.store.accept(messages(12))
      const full: Settled[] = [
        ended(1),
        ended(2, { outcome: 'filtered', note: '数量为零' }),
        ended(3, { outcome: 'discarded', attempts: 4, note: 'by li@plant: test order' }),
        ended(4, { results: { cost: { amount: '12.30', lines: [1, null, 'x'] }, 'lines[3].cost': false } }),
        ended(8, { edited: { data: { qty: '2' }, by: 'li', at: 1_700_000_005_000, renewed: { mail: 2 } } }),
      ]
      const rows: Unfinished[] = [waiting(5), fullRow(6), waiting(7, { status: 'held', key: '工单 7' })]
      const what = settlement(opened.claim, 8, { settled: full, unfinished: rows })
      await opened.store.settle(what)
      const check = async (read: StoreReader) => {
        assert.deepEqual(plain(await read.settled({ flow: 'orders', from: 1, to: 12 })), full)
        const found = await read.unfinished({ flow: 'orders', limit: 99 })
        assert.deepEqual(
          plain(found),
          rows.map(row => ({ ...row, partition: 0 })),
        )
        assert.equal(cursorOf(await flowState(read)), 8)
      }
      await check(opened.store.read)
      if (subject.capabilities.durable) await check((await opened.reopen()).store.read)
    }))

  it('moves a cursor forward, never back, each partition for itself', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(
        Array.from({ length: 9 }, (_, n) => message(n + 1, { at: [to('orders', 'k', n % 3)] })),
      )
      await store.settle(settlement(claim, 6, { partition: 2 }))
      await store.settle(settlement(claim, 3, { partition: 2 }))
      await store.settle(settlement(claim, 4, { partition: 0 }))
      const state = await flowState(store.read)
      assert.deepEqual(
        [0, 1, 2].map(partition => cursorOf(state, partition)),
        [4, 0, 6],
      )
    }))

  it('removes the row of a message that ended and replaces that of one that goes on', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(3))
      await store.settle(settlement(claim, 3, { unfinished: [waiting(1), fullRow(2), waiting(3)] }))
      const again = waiting(2, { status: 'parked', attempts: 9, error: { code: 'STEP-FAILED', reason: 'x' } })
      await store.settle(settlement(claim, 3, { settled: [ended(1), ended(3)], unfinished: [again] }))
      assert.deepEqual(plain(await store.read.unfinished({ flow: 'orders', limit: 9 })), [
        { ...again, partition: 0 },
      ])
      const { unfinished } = await flowState(store.read)
      assert.deepEqual(unfinished, { retrying: 0, held: 0, parked: 1, doubt: 0, running: 0 })
    }))

  it('takes the same settlement twice as once', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(6))
      const what = settlement(claim, 4, {
        settled: [ended(1, { results: { a: 1 } }), ended(3, { outcome: 'filtered' }), ended(4)],
        unfinished: [fullRow(2)],
      })
      await store.settle(what)
      const before = await everything(store.read)
      await store.settle(what)
      await Promise.all([store.settle(what), store.settle(what)])
      assert.deepEqual(await everything(store.read), before)
    }))

  it('leaves a message that has ended as it was, also after a restart', () =>
    withStore(subject, async opened => {
      const { store, claim } = opened
      await store.accept(messages(4))
      await store.settle(settlement(claim, 2, { settled: [ended(1, { note: 'first' }), ended(2)] }))
      const before = await everything(store.read)
      const repeat = (token: Claim) =>
        settlement(token, 2, {
          settled: [ended(1, { outcome: 'discarded', note: 'second' })],
          unfinished: [waiting(2, { status: 'parked' })],
        })
      await store.settle(repeat(claim))
      assert.deepEqual(await everything(store.read), before)
      const again = subject.capabilities.durable ? await opened.reopen() : opened
      await again.store.settle(repeat(again.claim))
      assert.deepEqual(await everything(again.store.read), before)
      await again.store.settle(settlement(again.claim, 3, { settled: [ended(2, { attempts: 7 }), ended(3)] }))
      const settled = await again.store.read.settled({ flow: 'orders', from: 1, to: 4 })
      assert.deepEqual(plain(settled), [ended(1, { note: 'first' }), ended(2), ended(3)])
    }))

  it('takes messages that end out of order', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(30))
      const order = [9, 3, 27, 1, 2, 30, 4, 5, 28, 10, 6, 8, 7]
      for (const seq of order) await store.settle(settlement(claim, 0, { settled: [ended(seq)] }))
      for (const seq of order)
        await store.settle(settlement(claim, 0, { settled: [ended(seq, { attempts: 5 })] }))
      const settled = await store.read.settled({ flow: 'orders', from: 1, to: 30 })
      assert.deepEqual(
        plain(settled),
        order.sort((a, b) => a - b).map(seq => ended(seq)),
      )
    }))

  it('refuses a settlement with a token that is not the owner’s, as a whole', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(3))
      await store.settle(settlement(claim, 1, { unfinished: [waiting(1)] }))
      const before = await everything(store.read)
      for (const token of [claim.token - 1, claim.token + 1, 0]) {
        const what = {
          ...settlement(claim, 3, { settled: [ended(1), ended(2)], unfinished: [waiting(3)] }),
          token,
        }
        await rejectsWith('STORE-FENCED', store.settle(what))
      }
      assert.deepEqual(await everything(store.read), before)
    }))

  it('lets a refused settlement leave its neighbours alone', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(20))
      const calls = Array.from({ length: 20 }, (_, n) => {
        const what = settlement(claim, n + 1, { settled: [ended(n + 1)] })
        return store.settle(n % 4 === 0 ? { ...what, token: claim.token + 1 } : what)
      })
      const answers = await Promise.allSettled(calls)
      assert.equal(answers.filter(each => each.status === 'rejected').length, 5)
      assert.equal((await store.read.settled({ flow: 'orders', from: 1, to: 20 })).length, 15)
    }))

  it('settles what another call accepts at the same time', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept(messages(50))
      const work = Array.from({ length: 50 }, (_, n) => [
        store.settle(settlement(claim, n + 1, { settled: [ended(n + 1)] })),
        store.accept([message(n + 51)]),
      ])
      await Promise.all(work.flat())
      const state = await flowState(store.read)
      assert.equal(state.head, 100)
      assert.equal(cursorOf(state), 50)
      assert.equal((await store.read.settled({ flow: 'orders', from: 1, to: 100 })).length, 50)
    }))

  it('finds messages that ended long after their neighbours', () =>
    withStore(subject, async ({ store, claim }) => {
      const count = 6000
      const parts = Array.from({ length: count }, (_, n) =>
        message(n + 1, { at: [to('orders', 'k', n % 2)] }),
      )
      await store.accept(parts)
      const late = [1, 2, 77, 1024, 1025, 2999]
      await store.settle(settlement(claim, 2999, { unfinished: late.filter(odd).map(seq => waiting(seq)) }))
      await store.settle(
        settlement(claim, 2998, { partition: 1, unfinished: late.filter(even).map(s => waiting(s)) }),
      )
      const range = (from: number, to: number, which: (seq: number) => boolean) =>
        Array.from({ length: to - from + 1 }, (_, n) => from + n).filter(
          seq => which(seq) && !late.includes(seq),
        )
      for (let from = 1; from <= count; from += 500) {
        const to = from + 499
        await store.settle(settlement(claim, to, { settled: range(from, to, odd).map(seq => ended(seq)) }))
        await store.settle(
          settlement(claim, to, { partition: 1, settled: range(from, to, even).map(s => ended(s)) }),
        )
      }
      await store.accept(messages(3, count + 1))
      for (const [index, seq] of late.entries()) {
        const settled = [ended(seq, { note: 'late' }), ended(5900 + 2 * index + (seq % 2), { attempts: 9 })]
        await store.settle(settlement(claim, count, { partition: seq % 2 === 1 ? 0 : 1, settled }))
      }
      const all = await store.read.settled({ flow: 'orders', from: 1, to: count + 3 })
      assert.deepEqual(
        all.map(each => each.seq),
        Array.from({ length: count }, (_, n) => n + 1),
      )
      assert.deepEqual(
        all.filter(each => each.note === 'late').map(each => each.seq),
        late,
      )
      assert.ok(all.every(each => each.attempts === 1))
      for (const [from, to] of [
        [1, 1],
        [76, 78],
        [1000, 2050],
        [2999, 2999],
        [5999, 9000],
      ] as const) {
        const part = await store.read.settled({ flow: 'orders', from, to })
        assert.deepEqual(part, all.slice(from - 1, to))
      }
      assert.deepEqual((await flowState(store.read)).unfinished.retrying, 0)
    }))

  it('settles each flow for itself', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept([message(1, { at: [to('orders'), to('stock')] }), message(2, { at: [to('stock')] })])
      await store.settle(settlement(claim, 1, { flow: 'stock', settled: [ended(1, { note: 'stock' })] }))
      await store.settle(settlement(claim, 1, { unfinished: [waiting(1)] }))
      assert.deepEqual(await store.read.settled({ flow: 'orders', from: 1, to: 9 }), [])
      assert.deepEqual(await store.read.unfinished({ flow: 'stock', limit: 9 }), [])
      assert.equal((await store.read.settled({ flow: 'stock', from: 1, to: 9 }))[0]?.note, 'stock')
      assert.equal((await allEntries(store.read, 'stock')).length, 2)
    }))
}

const odd = (seq: number): boolean => seq % 2 === 1
const even = (seq: number): boolean => seq % 2 === 0

const fullRow = (seq: number): Unfinished => ({
  seq,
  key: '工单-7',
  status: 'doubt',
  attempts: 3,
  crashes: 2,
  since: 1_700_000_000_123,
  due: 1_700_000_009_999,
  error: { code: 'TARGET-UNANSWERED', reason: 'timeout “30 s”', step: 'lines[0].post' },
  results: { cost: { amount: 1.5 }, 'lines[0].stock': null },
  sent: ['lines[0].post', 'mail'],
  edited: { data: { qty: 2, note: ['x'] }, by: 'li@plant', at: 1_700_000_005_000, renewed: { mail: 1 } },
})

async function everything(read: StoreReader): Promise<unknown> {
  return plain({
    flows: await read.flows(),
    settled: await read.settled({ flow: 'orders', from: 1, to: 99 }),
    unfinished: await read.unfinished({ flow: 'orders', limit: 99 }),
  })
}
