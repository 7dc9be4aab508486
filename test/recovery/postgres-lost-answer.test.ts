import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { Store } from '../../src/store/store.ts'
import {
  appendOf,
  ended,
  flowState,
  identified,
  message,
  messages,
  rejectsWith,
  settlement,
  waiting,
} from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from './postgres-fixture.ts'
import type { Accident, PostgresProxy } from './postgres-proxy.ts'
import { startProxy } from './postgres-proxy.ts'

const accidents: readonly Accident[] = ['lost', 'torn', 'unanswered', 'late']

describe('PostgreSQL store whose connection breaks around a commit', { skip: withoutPostgres }, () => {
  for (const accident of accidents) {
    it(`answers rightly and keeps each message once: the statement is ${accident}`, () =>
      withProxiedStore(async (store, proxy) => {
        await store.accept([identified(1, 'known')], { source: 'mes', position: 1 })
        const broken = proxy.next(accident, 'id-4')
        const sent = [
          identified(2, 'known'),
          identified(3, 'known', 'other'),
          message(4),
          identified(5, 'new'),
        ]
        const twin = identified(6, 'new')
        const answers = await store.accept([...sent, twin], { source: 'mes', position: 2 })
        await broken
        assert.deepEqual(answers, [
          { status: 'duplicate', id: 'id-1' },
          { status: 'conflict', id: 'id-1' },
          { status: 'accepted', id: 'id-4', seqs: [2] },
          { status: 'accepted', id: 'id-5', seqs: [3] },
          { status: 'duplicate', id: 'id-5' },
        ])
        if (accident === 'late') await proxy.release()
        await store.accept([message(7)])
        const entries = await store.read.entries({ flow: 'orders', limit: 99 })
        assert.deepEqual(
          entries.map(entry => `${entry.seq} ${entry.id}`),
          ['1 id-1', '2 id-4', '3 id-5', '4 id-7'],
        )
        assert.equal(await store.read.position('mes'), 2)
      }))

    it(`records a settlement once and in order: the statement is ${accident}`, () =>
      withProxiedStore(async (store, proxy) => {
        const claim = await store.claim('test')
        await store.accept(messages(3))
        const broken = proxy.next(accident, 'first try')
        const error = { code: 'STEP-FAILED', reason: 'first try' }
        await store.settle(
          settlement(claim, 3, { settled: [ended(1)], unfinished: [waiting(2, { error }), waiting(3)] }),
        )
        await broken
        const parked = waiting(2, { status: 'parked', attempts: 2 })
        await store.settle(settlement(claim, 3, { settled: [ended(3)], unfinished: [parked] }))
        if (accident === 'late') await proxy.release()
        const rows = await store.read.unfinished({ flow: 'orders', limit: 9 })
        assert.deepEqual(rows, [{ ...parked, partition: 0 }], 'what came late did not come back')
        assert.deepEqual(await store.read.settled({ flow: 'orders', from: 1, to: 9 }), [ended(1), ended(3)])
        assert.equal((await flowState(store.read)).entries, 3)
      }))
  }

  for (const accident of accidents)
    it(`appends once, with its messages, and says what became of each: the statement is ${accident}`, () =>
      withProxiedStore(async (store, proxy) => {
        const { token } = await store.claim('test')
        await store.append([appendOf('a', 0, 2, { messages: [identified(1, 'known')] })], token)
        const broken = proxy.next(accident, 'id-4')
        const sent = [identified(2, 'known'), identified(3, 'known', 'other'), message(4)]
        const answers = await store.append(
          [
            appendOf('a', 2, 1, { messages: sent }),
            appendOf('a', 0, 1, { messages: [message(5)] }),
            appendOf('b', 0),
          ],
          token,
        )
        await broken
        const accepted = [
          { status: 'duplicate', id: 'id-1' },
          { status: 'conflict', id: 'id-1' },
          { status: 'accepted', id: 'id-4', seqs: [2] },
        ]
        assert.deepEqual(answers, [
          { status: 'appended', version: 3, accepted },
          { status: 'conflict', version: 3 },
          { status: 'appended', version: 1, accepted: [] },
        ])
        if (accident === 'late') await proxy.release()
        await store.append([appendOf('a', 3, 1, { messages: [message(7)] })], token)
        const log = await store.read.streams.log({ kind: 'saga/orders', after: 0, limit: 99 })
        assert.deepEqual(
          log.map(({ key, version }) => `${key} ${version}`),
          ['a 1', 'a 2', 'a 3', 'b 1', 'a 4'],
        )
        const entries = await store.read.entries({ flow: 'orders', limit: 99 })
        assert.deepEqual(
          entries.map(({ seq, id }) => `${seq} ${id}`),
          ['1 id-1', '2 id-4', '3 id-7'],
        )
      }))

  it('answers a call in doubt when the server is back, however late, and rejects those behind it in time', () =>
    withProxiedStore(async (store, proxy) => {
      await store.accept([message(1)])
      const broken = proxy.next('unanswered', 'id-2')
      proxy.open = false
      const doubtful = store.accept([message(2)])
      await broken
      await rejectsWith('STORE-UNAVAILABLE', store.accept([message(3)]))
      await rejectsWith('STORE-UNAVAILABLE', store.accept([message(4)]))
      proxy.open = true
      assert.deepEqual(await doubtful, [{ status: 'accepted', id: 'id-2', seqs: [2] }])
      const entries = await store.read.entries({ flow: 'orders', limit: 9 })
      assert.deepEqual(
        entries.map(entry => entry.id),
        ['id-1', 'id-2'],
      )
    }, 2000))

  it('refuses in time while the server cannot be reached, with no more connections than before, and goes on', () =>
    withProxiedStore(async (store, proxy) => {
      await store.accept([message(1)])
      await store.read.flows()
      proxy.open = false
      const broken = proxy.next('lost', 'id-2')
      const first = store.accept([message(2)]).catch(() => undefined)
      await broken
      const refused: Promise<void>[] = []
      for (let n = 0; n < 200; n++) refused.push(rejectsWith('STORE-UNAVAILABLE', store.accept([message(3)])))
      await Promise.all(refused)
      assert.ok(proxy.most <= 20, `${proxy.most} connections at once`)
      proxy.open = true
      await first
      const [answer] = await store.accept([message(4)])
      const entries = await store.read.entries({ flow: 'orders', limit: 9 })
      assert.equal(answer?.status === 'accepted' && answer.seqs[0], entries.length)
      assert.ok(
        entries.every(({ id }) => id !== 'id-3'),
        'what was refused was not kept',
      )
    }, 2000))

  it('says that an outcome is unknown if it is closed before it could be found out', () =>
    withProxiedStore(async (store, proxy) => {
      await store.accept([message(1)])
      const broken = proxy.next('unanswered', 'id-2')
      proxy.open = false
      const doubtful = rejectsWith('STORE-FAILED', store.accept([message(2)]))
      await broken
      await store.close()
      await doubtful
    }, 2000))
})

async function withProxiedStore(
  use: (store: Store, proxy: PostgresProxy) => Promise<void>,
  patience = 20_000,
): Promise<void> {
  const schema = freshSchema()
  const proxy = await startProxy(testUrl)
  const store = postgresStore({ url: proxy.url, schema, patience })
  try {
    await use(store, proxy)
  } finally {
    await store.close()
    await proxy.close()
    await dropSchema(schema)
  }
}
