import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { FindQuery, Store } from '../../store/store.ts'
import type { StoreSubject } from './fixture.ts'
import { ended, message, messages, settlement, timeOf, to, withStore } from './fixture.ts'

export function findScenarios(subject: StoreSubject): void {
  it('finds by whole keys, the newest first, in all flows or in one', () =>
    withStore(subject, async ({ store }) => {
      await store.accept([
        message(1, { at: [to('orders', 'SO-1'), to('stock', 'SO-1')], acceptedAt: timeOf(1) }),
        message(2, { at: [to('orders', 'SO-10')], acceptedAt: timeOf(2) }),
        message(3, { at: [to('stock', 'so-1')], acceptedAt: timeOf(3) }),
        message(4, { at: [to('orders', 'SO-1')], acceptedAt: timeOf(4) }),
      ])
      const names = namesOf(store)
      assert.deepEqual(await names({ keys: ['SO-1'], limit: 9 }), ['orders/3', 'orders/1', 'stock/1'])
      assert.deepEqual(await names({ keys: ['SO-1'], flow: 'stock', limit: 9 }), ['stock/1'])
      assert.deepEqual(await names({ keys: ['SO-10', 'so-1', 'none'], limit: 9 }), ['stock/2', 'orders/2'])
      assert.deepEqual(await names({ keys: ['SO'], limit: 9 }), [])
      assert.deepEqual(await names({ keys: [], limit: 9 }), [])
      assert.deepEqual(await names({ keys: ['SO-1'], flow: 'unknown', limit: 9 }), [])
      const { messages, next, unsearched } = await store.read.find({ keys: ['so-1'], limit: 9 })
      assert.deepEqual(messages, [
        { flow: 'stock', seq: 2, key: 'so-1', id: message(3).id, acceptedAt: timeOf(3) },
      ])
      assert.deepEqual([next, unsearched], [undefined, 0])
    }))

  it('finds by the beginning of a key, whatever characters it is made of', () =>
    withStore(subject, async ({ store }) => {
      const keys = [
        '订单-1',
        '订单-2',
        '订',
        'a"b',
        'a"',
        'x\u0000y',
        '😀1',
        '😁',
        'é',
        '%_',
        'long'.repeat(100),
      ]
      await store.accept(
        keys.map((key, n) => message(n + 1, { at: [to('orders', key)], acceptedAt: timeOf(n) })),
      )
      const keysOf = async (prefix: string) =>
        (await store.read.find({ prefix, limit: 99 })).messages.map(({ key }) => key)
      const expected = (prefix: string) => keys.filter(key => key.startsWith(prefix)).reverse()
      const asked = ['订单', '订', 'a"', 'a', 'x\u0000', '😀', '\ud83d', 'é', 'e', '%', '_', '', 'Z']
      for (const prefix of [...asked, 'long'.repeat(60), `${'long'.repeat(60)}x`])
        assert.deepEqual(await keysOf(prefix), expected(prefix), JSON.stringify(prefix))
    }))

  it('gives what it found in pages, of which each goes on where the one before ended', () =>
    withStore(subject, async ({ store }) => {
      await store.accept(
        messages(300).map((each, n) => ({
          ...each,
          flows: [to(n % 3 === 0 ? 'stock' : 'orders', `key-${n % 50}`)],
          // Some at the same moment.
          acceptedAt: timeOf(Math.floor(n / 7)),
        })),
      )
      for (const question of [
        { prefix: 'key-1' },
        { keys: ['key-3', 'key-4'] },
        { prefix: 'key-1', flow: 'stock' },
      ]) {
        const whole = await namesOf(store)({ ...question, limit: 999 })
        assert.ok(whole.length >= 12)
        const paged: string[] = []
        for (let after: string | undefined; ; ) {
          const { messages: found, next } = await store.read.find({ ...question, limit: 5, after })
          paged.push(...found.map(({ flow, seq }) => `${flow}/${seq}`))
          if (next === undefined) break
          after = next
        }
        assert.deepEqual(paged, whole)
      }
    }))

  it('goes on in the middle of a moment in which many were accepted', () =>
    withStore(subject, async ({ store }) => {
      const both = (n: number) => [to('orders', `key-${n}`), to('stock', `key-${n}`)]
      await store.accept(messages(150).map((each, n) => ({ ...each, flows: both(n), acceptedAt: timeOf(1) })))
      await store.accept([message(999, { at: [to('orders', 'key-old')], acceptedAt: timeOf(0) })])
      const whole = await namesOf(store)({ prefix: 'key-', limit: 999 })
      assert.equal(whole.length, 301)
      const paged: string[] = []
      for (let after: string | undefined; ; ) {
        const { messages: found, next } = await store.read.find({ prefix: 'key-', limit: 50, after })
        paged.push(...found.map(({ flow, seq }) => `${flow}/${seq}`))
        if (next === undefined) break
        after = next
      }
      assert.deepEqual(paged, whole)
    }))

  it('does not find what is retired', () =>
    withStore(subject, async ({ store, claim, reopen }) => {
      await store.accept(messages(20).map((each, n) => ({ ...each, flows: [to('orders', `key-${n}`)] })))
      const settled = Array.from({ length: 10 }, (_, n) => ended(n + 1))
      await store.settle(settlement(claim, 10, { settled }))
      while ((await store.retire({ before: timeOf(999) })) > 0);
      const left = Array.from({ length: 10 }, (_, n) => `orders/${20 - n}`)
      assert.deepEqual(await namesOf(store)({ prefix: 'key-', limit: 99 }), left)
      if (!subject.capabilities.durable) return
      assert.deepEqual(await namesOf((await reopen()).store)({ prefix: 'key-', limit: 99 }), left)
    }))
}

function namesOf(store: Store) {
  return async (query: FindQuery) =>
    (await store.read.find(query)).messages.map(({ flow, seq }) => `${flow}/${seq}`)
}
