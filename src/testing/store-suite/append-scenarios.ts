import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Append, Appended, StoreReader } from '../../store/store.ts'
import type { StreamHead } from '../../store/streams.ts'
import type { StoreSubject } from './fixture.ts'
import {
  allEntries,
  appendOf,
  event,
  eventsOf,
  identified,
  message,
  plain,
  rejectsWith,
  sameEntry,
  seqsOf,
  timeOf,
  to,
  withoutPosition,
  withStore,
} from './fixture.ts'

const kind = 'saga/orders'

export function appendScenarios(subject: StoreSubject): void {
  it('keeps events and what is said of their stream, word for word', () =>
    withStore(subject, async opened => {
      const values = [
        null,
        0,
        -1.5,
        '',
        'zero \0',
        '\ud800',
        true,
        [],
        {},
        { a: [1, { b: null }] },
        '数量 🏭',
      ]
      const append: Append = {
        kind,
        key: 'SO-4711',
        version: 0,
        events: values.map((data, n) => ({ type: `type ${n} “"\\`, data, at: timeOf(n) })),
        state: 'waiting',
        open: false,
        snapshot: { total: '12.30', lines: [1, 2, 'x'] },
      }
      const [answer] = await opened.store.append([append], opened.claim.token)
      assert.deepEqual(answer, { status: 'appended', version: values.length, accepted: [] })
      const check = async (read: StoreReader) => {
        const found = await read.streams.events({ kind, key: 'SO-4711', limit: 99 })
        assert.deepEqual(withoutPosition(found), plain(eventsOf(append)))
        assert.deepEqual(plain(await read.streams.head(append)), {
          kind,
          key: 'SO-4711',
          version: values.length,
          state: 'waiting',
          open: false,
          began: timeOf(0),
          changed: timeOf(values.length - 1),
          snapshot: { version: values.length, data: append.snapshot },
        })
      }
      await check(opened.store.read)
      if (subject.capabilities.durable) await check((await opened.reopen()).store.read)
    }))

  it('keeps state and snapshot that are not said anew, and opens a stream unless told', () =>
    withStore(subject, async ({ store, claim }) => {
      const head = async () => plain(await store.read.streams.head({ kind, key: 'a' })) as StreamHead
      await store.append([appendOf('a', 0)], claim.token)
      assert.deepEqual(
        [(await head()).state, (await head()).open, (await head()).snapshot],
        ['', true, undefined],
      )
      await store.append([appendOf('a', 1, 2, { state: 'done', open: false, snapshot: null })], claim.token)
      const done = await head()
      assert.deepEqual([done.state, done.open, done.snapshot], ['done', false, { version: 3, data: null }])
      await store.append([appendOf('a', 3)], claim.token)
      assert.deepEqual(await head(), { ...done, version: 4, open: true, changed: timeOf(4) })
    }))

  it('answers a conflict to what does not follow, and changes nothing', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.append([appendOf('a', 0, 3, { state: 'running' })], claim.token)
      const before = await everything(store.read)
      const wrong = [
        appendOf('a', 0),
        appendOf('a', 2, 2, { state: 'stolen', messages: [message(1)] }),
        appendOf('a', 4),
        appendOf('a', 3, 0),
      ]
      const answers = await store.append([...wrong, appendOf('new', 1)], claim.token)
      assert.deepEqual(answers, [
        ...wrong.map(() => ({ status: 'conflict', version: 3 })),
        { status: 'conflict', version: 0 },
      ])
      assert.deepEqual(await everything(store.read), before)
      assert.equal(await store.read.streams.head({ kind, key: 'new' }), undefined)
      assert.deepEqual(await store.read.flows(), [])
    }))

  it('lets one of many that append at once to one stream win, each time', () =>
    withStore(subject, async ({ store, claim }) => {
      for (let version = 0; version < 5; version++) {
        const rivals = Array.from({ length: 12 }, (_, n) =>
          store.append([appendOf('a', version, 1, { events: [event(n, { by: n })] })], claim.token),
        )
        const answers = (await Promise.all(rivals)).flat()
        assert.equal(answers.filter(({ status }) => status === 'appended').length, 1)
        assert.ok(answers.every(answer => answer.version === version + 1))
        const [last] = await store.read.streams.events({ kind, key: 'a', after: version, limit: 9 })
        const winner = answers.findIndex(({ status }) => status === 'appended')
        assert.deepEqual(last?.data, { by: winner })
      }
    }))

  it('binds the appends of one call neither to each other nor to those of another', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.append([appendOf('a', 0)], claim.token)
      const [first, second] = await Promise.all([
        store.append(
          [appendOf('a', 0), appendOf('b', 0, 2), appendOf('b', 2), appendOf('b', 2)],
          claim.token,
        ),
        store.append([appendOf('a', 1), appendOf('c', 7), appendOf('c', 0)], claim.token),
      ])
      assert.deepEqual(states(first), ['conflict 1', 'appended 2', 'appended 3', 'conflict 3'])
      assert.deepEqual(states(second), ['appended 2', 'conflict 0', 'appended 1'])
      assert.deepEqual(await store.append([], claim.token), [])
    }))

  it('refuses a token that is not the owner’s, as a whole, and leaves its neighbours alone', () =>
    withStore(subject, async ({ store, claim }) => {
      const calls = Array.from({ length: 12 }, (_, n) => {
        const token = n % 4 === 0 ? claim.token + 1 - (n % 8) / 2 : claim.token
        const call = store.append([appendOf(`k${n}`, 0, 1, { messages: [message(n)] })], token)
        return n % 4 === 0 ? rejectsWith('STORE-FENCED', call) : call
      })
      await Promise.all(calls)
      const heads = await store.read.streams.heads({ limit: 99 })
      assert.equal(heads.length, 9)
      assert.ok(heads.every(({ key }) => !['k0', 'k4', 'k8'].includes(key)))
      assert.equal((await allEntries(store.read, 'orders')).length, 9)
    }))

  it('refuses the owner before, whose store has been claimed by another', () =>
    withStore(subject, async ({ store, claim, fixture }) => {
      await store.append([appendOf('a', 0)], claim.token)
      await store.close()
      const second = await fixture.open()
      const next = await second.claim('second')
      await rejectsWith('STORE-FENCED', second.append([appendOf('a', 1)], claim.token))
      assert.deepEqual(states(await second.append([appendOf('a', 1)], next.token)), ['appended 2'])
      await second.close()
    }))

  it('accepts messages with the events, answered as by accept', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.accept([identified(1, 'known'), message(2)])
      const sent = [
        identified(3, 'known'),
        identified(4, 'known', 'other'),
        message(5, { at: [to('orders', 'x', 1), to('stock')] }),
        identified(6, 'new'),
        identified(7, 'new'),
      ]
      const [answer, , twin] = await store.append(
        [
          appendOf('a', 0, 2, { messages: sent }),
          appendOf('a', 0, 1, { messages: [identified(8, 'never')] }),
          appendOf('b', 0, 1, { messages: [identified(9, 'new'), identified(10, 'never')] }),
        ],
        claim.token,
      )
      assert.deepEqual(answer, {
        status: 'appended',
        version: 2,
        accepted: [
          { status: 'duplicate', id: 'id-1' },
          { status: 'conflict', id: 'id-1' },
          { status: 'accepted', id: 'id-5', seqs: [3, 1] },
          { status: 'accepted', id: 'id-6', seqs: [4] },
          { status: 'duplicate', id: 'id-6' },
        ],
      })
      assert.deepEqual(acceptedOf(twin), [
        { status: 'duplicate', id: 'id-6' },
        { status: 'accepted', id: 'id-10', seqs: [5] },
      ])
      const orders = await allEntries(store.read, 'orders')
      assert.deepEqual(
        orders.map(({ id }) => id),
        ['id-1', 'id-2', 'id-5', 'id-6', 'id-10'],
      )
      sameEntry(orders[2], sent[2] as never, 0, 3)
      assert.equal(await store.read.identified('never'), 'id-10')
    }))

  it('numbers messages of appends and of accept in one row, also when both come at once', () =>
    withStore(subject, async opened => {
      const { store, claim } = opened
      const work = Array.from({ length: 40 }, (_, n) =>
        n % 2 === 0
          ? store.accept([message(n)]).then(([answer]) => seqsOf(answer))
          : store
              .append([appendOf(`k${n}`, 0, 1, { messages: [message(n)] })], claim.token)
              .then(([answer]) => seqsOf(acceptedOf(answer)[0])),
      )
      const seqs = (await Promise.all(work)).flat().sort((a, b) => a - b)
      assert.deepEqual(
        seqs,
        Array.from({ length: 40 }, (_, n) => n + 1),
      )
      const read = subject.capabilities.durable ? (await opened.reopen()).store.read : store.read
      const entries = await allEntries(read, 'orders')
      assert.equal(new Set(entries.map(({ id }) => id)).size, 40)
      assert.equal((await read.streams.heads({ kind, limit: 99 })).length, 20)
    }))

  it('takes many appends at a time, of many and of large events', () =>
    withStore(subject, async opened => {
      const large = 'x'.repeat(300_000)
      const { store, claim } = opened
      const worker = async (n: number) => {
        for (let version = 0; version < 12; version += 3) {
          const events = [event(version + 1), event(version + 2, n === 0 ? large : n), event(version + 3)]
          const [answer] = await store.append([appendOf(`k${n}`, version, 3, { events })], claim.token)
          assert.equal(answer?.status, 'appended')
        }
      }
      await Promise.all(Array.from({ length: 32 }, (_, n) => worker(n)))
      await store.append([appendOf('long', 0, 3000)], claim.token)
      const { streams } = (subject.capabilities.durable ? await opened.reopen() : opened).store.read
      assert.equal((await streams.heads({ kind, limit: 99 })).length, 33)
      const found = await streams.events({ kind, key: 'k0', limit: 99 })
      assert.equal(found.length, 12)
      assert.equal(found.filter(({ data }) => data === large).length, 4)
      const all = await streams.events({ kind, key: 'long', limit: 9999 })
      assert.deepEqual(withoutPosition(all), plain(eventsOf(appendOf('long', 0, 3000))))
    }))
}

const states = (answers: readonly Appended[]): string[] =>
  answers.map(({ status, version }) => `${status} ${version}`)

const acceptedOf = (answer: Appended | undefined) => {
  assert.equal(answer?.status, 'appended')
  return answer.accepted
}

async function everything({ streams }: StoreReader): Promise<unknown> {
  return plain([await streams.heads({ limit: 99 }), await streams.log({ kind, after: 0, limit: 99 })])
}
