import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Append, Store } from '../../store/store.ts'
import type { StreamEvent, StreamHead, StreamName, StreamQuery, StreamReader } from '../../store/streams.ts'
import type { Opened, StoreSubject, StreamDamage } from './fixture.ts'
import { allEntries, appendOf, message, rejectsWith, timeOf, withStore } from './fixture.ts'

const kind = 'saga/orders'

export function streamScenarios(subject: StoreSubject): void {
  it('gives the events of one stream behind a version, in order and no more than asked', () =>
    withStore(subject, async ({ store, claim }) => {
      const { streams } = store.read
      for (const key of ['a', 'b']) await store.append([appendOf(key, 0, 7)], claim.token)
      await store.append([appendOf('a', 7, 3)], claim.token)
      const versions = async (query: { after?: number; limit: number }) =>
        (await streams.events({ kind, key: 'a', ...query })).map(({ version }) => version)
      assert.deepEqual(await versions({ limit: 3 }), [1, 2, 3])
      assert.deepEqual(await versions({ after: 0, limit: 1 }), [1])
      assert.deepEqual(await versions({ after: 5, limit: 3 }), [6, 7, 8])
      assert.deepEqual(await versions({ after: 8, limit: 1_000_000 }), [9, 10])
      assert.deepEqual(await versions({ after: 10, limit: 9 }), [])
      assert.deepEqual(await versions({ after: 99, limit: 9 }), [])
      assert.deepEqual(await versions({ limit: 0 }), [])
      assert.deepEqual(await streams.events({ kind, key: 'none', limit: 9 }), [])
      assert.equal(await streams.head({ kind: 'none', key: 'a' }), undefined)
    }))

  it('finds streams by kind, state and openness, in order, page by page', () =>
    withStore(subject, async ({ store, claim }) => {
      const all = manyStreams()
      await store.append(all, claim.token)
      const queries: Omit<StreamQuery, 'limit'>[] = [
        {},
        ...['saga/orders', 'saga/stock', 'none'].map(each => ({ kind: each })),
        ...[true, false].flatMap(open => [{ open }, { open, kind }, { open, kind, states: ['running'] }]),
        ...[['running'], ['done', 'waiting'], ['running', 'running', 'none'], []].flatMap(states => [
          { states },
          { states, kind },
          { states, open: true },
        ]),
      ]
      for (const query of queries) {
        const expected = all.filter(each => fits(each, query)).sort(byName)
        for (const limit of [1000, 7]) {
          const found = await pages(store.read.streams, query, limit)
          assert.deepEqual(found.map(named), expected.map(named), JSON.stringify({ ...query, limit }))
        }
      }
      const [head] = await store.read.streams.heads({ states: ['running'], limit: 1 })
      const [first] = all.filter(each => fits(each, { states: ['running'] })).sort(byName)
      assert.equal(head?.snapshot?.data, first?.key)
      const between = await store.read.streams.heads({ after: { kind: 'saga/p', key: '' }, kind, limit: 9 })
      assert.deepEqual(between, [])
    }))

  it('tells any two names apart, and orders them by their bytes', () =>
    withStore(subject, async opened => {
      const { store, claim } = opened
      const long = 'k'.repeat(5000)
      const keys = [
        '',
        ' ',
        '!',
        '"',
        '#',
        "'",
        '\\',
        '\\"',
        'a',
        'a\0',
        'a\0b',
        'A',
        'ä',
        'a\u0308',
        '\t',
        '\x7f',
      ]
      keys.push(
        '\ue000',
        '🏭',
        '\ufeffa',
        '工单',
        long,
        `${long}1`,
        `${long}2`,
        `x${long}`,
        '\ud800',
        'b\udfff',
      )
      const names = keys.flatMap(key => [
        { kind, key },
        { kind: key, key: 'k' },
      ])
      const appends = names.map(
        (name, n): Append => ({ ...appendOf('', 0, 1, { state: 'ä"\0', snapshot: n }), ...name }),
      )
      await store.append(appends, claim.token)
      await store.append([{ ...appendOf('', 0), kind: 'a\0', key: 'b' }], claim.token)
      await store.append([{ ...appendOf('', 0), kind: 'a', key: '\0b' }], claim.token)
      const { streams } = (subject.capabilities.durable ? await opened.reopen() : opened).store.read
      for (const [n, name] of names.entries()) {
        const head = await streams.head(name)
        assert.deepEqual([head?.kind, head?.key, head?.snapshot?.data], [name.kind, name.key, n])
        assert.equal((await streams.events({ ...name, limit: 2 })).length, 1)
      }
      const found = await pages(streams, { states: ['ä"\0'] }, 5)
      assert.deepEqual(new Set(found.map(named)), new Set(names.map(named)))
      assert.equal(found.length, names.length)
      const ordinary = (name: StreamName) =>
        [name.kind, name.key].every(each => each.isWellFormed() && each.length < 900)
      assert.deepEqual(found.filter(ordinary).map(named), names.filter(ordinary).sort(byName).map(named))
    }))

  it('gives all events of a kind in the order of their positions', () =>
    withStore(subject, async opened => {
      const { store, claim } = opened
      for (let n = 0; n < 12; n++)
        await store.append(
          [appendOf(`k${n % 4}`, Math.floor(n / 4), 1), appendOf(`s${n}`, 0, 2, { kind: 'saga/stock' })],
          claim.token,
        )
      const { streams } = (subject.capabilities.durable ? await opened.reopen() : opened).store.read
      const orders = await streams.log({ kind, after: 0, limit: 99 })
      const stock = await streams.log({ kind: 'saga/stock', after: 0, limit: 99 })
      assert.deepEqual(
        orders.map(({ key, version }) => `${key} ${version}`),
        Array.from({ length: 12 }, (_, n) => `k${n % 4} ${Math.floor(n / 4) + 1}`),
      )
      assert.equal(stock.length, 24)
      const positions = [...orders, ...stock].map(({ position }) => position).sort((a, b) => a - b)
      assert.equal(new Set(positions).size, 36)
      assert.deepEqual(await streams.log({ kind: 'none', after: 0, limit: 9 }), [])
      assert.deepEqual(await streams.log({ kind, after: positions[35] ?? 0, limit: 9 }), [])
      assert.deepEqual(await wholeLog(streams, 5), orders)
      const byStream = await streams.events({ kind, key: 'k1', limit: 9 })
      assert.deepEqual(
        byStream,
        orders.filter(({ key }) => key === 'k1'),
      )
    }))

  it('never shows an event before one of a lower position', () =>
    withStore(subject, async ({ store, claim }) => {
      let writing = true
      const write = async (n: number) => {
        for (let version = 0; version < 15; version++)
          await store.append([appendOf(`k${n}`, version, 1 + (n % 2))], claim.token).then(([answer]) => {
            if (answer?.status === 'conflict') assert.equal(n % 2, 1)
          })
      }
      const follow = async () => {
        const seen: StreamEvent[] = []
        for (let last = false; !last; ) {
          last = !writing
          seen.push(...(await store.read.streams.log({ kind, after: seen.at(-1)?.position ?? 0, limit: 50 })))
        }
        for (let rest = 50; rest === 50; ) {
          const more = await store.read.streams.log({ kind, after: seen.at(-1)?.position ?? 0, limit: 50 })
          seen.push(...more)
          rest = more.length
        }
        return seen
      }
      const followed = follow()
      await Promise.all(Array.from({ length: 10 }, (_, n) => write(n)))
      writing = false
      assert.deepEqual(await followed, await wholeLog(store.read.streams, 1000))
    }))

  it('keeps a snapshot of streams to one moment', () =>
    withStore(subject, async ({ store, claim }) => {
      await store.append([appendOf('a', 0, 2, { messages: [message(1)] })], claim.token)
      await store.read.snapshot(async reader => {
        assert.equal((await reader.streams.head({ kind, key: 'a' }))?.version, 2)
        await store.append([appendOf('a', 2), appendOf('b', 0, 1, { messages: [message(2)] })], claim.token)
        assert.equal((await reader.streams.head({ kind, key: 'a' }))?.version, 2)
        assert.equal((await reader.streams.events({ kind, key: 'a', limit: 9 })).length, 2)
        assert.equal((await reader.streams.heads({ limit: 9 })).length, 1)
        assert.equal((await reader.streams.log({ kind, after: 0, limit: 9 })).length, 2)
        assert.equal((await allEntries(reader, 'orders')).length, 1)
        assert.equal((await store.read.streams.log({ kind, after: 0, limit: 9 })).length, 4)
      })
    }))

  it('retires closed streams that changed before a time, whole, and no others', () =>
    withStore(subject, async opened => {
      const { store, claim } = opened
      const closed = { open: false, snapshot: { a: 1 } }
      await store.append(
        [
          appendOf('old', 0, 5, closed),
          appendOf('open', 0, 5),
          appendOf('new', 0, 6, closed),
          appendOf('again', 0, 5, { ...closed, messages: [message(1)] }),
        ],
        claim.token,
      )
      await store.append(
        [appendOf('again', 5, 1, { events: [{ type: 'x', data: 1, at: timeOf(2) }] })],
        claim.token,
      )
      assert.equal(await store.retire({ before: timeOf(5) }), 0)
      assert.equal(await store.retire({ identitiesBefore: timeOf(99) }), 0)
      assert.equal(await store.retire({ before: timeOf(6) }), 1)
      assert.equal(await store.retire({ before: timeOf(6) }), 0)
      const { streams } = store.read
      assert.deepEqual(
        (await streams.heads({ limit: 9 })).map(({ key }) => key),
        ['again', 'new', 'open'],
      )
      assert.equal(await streams.head({ kind, key: 'old' }), undefined)
      assert.deepEqual(await streams.events({ kind, key: 'old', limit: 9 }), [])
      const log = await wholeLog(streams, 100)
      assert.equal(log.length, 17)
      const last = log.at(-1)?.position ?? 0
      const next = subject.capabilities.durable ? await opened.reopen() : opened
      const [answer] = await next.store.append([appendOf('old', 0)], next.claim.token)
      assert.equal(answer?.version, 1)
      const [anew] = await next.store.read.streams.events({ kind, key: 'old', limit: 9 })
      assert.ok((anew?.position ?? 0) > last, 'a position is never given twice')
      assert.equal((await next.store.read.streams.head({ kind, key: 'old' }))?.snapshot, undefined)
    }))

  it('retires many streams call by call, and gives no position again', () =>
    withStore(subject, async opened => {
      const { store, claim } = opened
      for (let n = 0; n < 24; n++)
        await store.append(
          Array.from({ length: 100 }, (_, m) => appendOf(`${n} ${m}`, 0, 2, { open: m === 0 })),
          claim.token,
        )
      const [last] = (await wholeLog(store.read.streams, 1000)).slice(-1)
      const counts = await retireAll(store, timeOf(99))
      assert.equal(
        counts.reduce((sum, count) => sum + count),
        24 * 99,
      )
      assert.equal((await store.read.streams.heads({ limit: 9999 })).length, 24)
      await store.append([appendOf('later', 0)], claim.token)
      const next = subject.capabilities.durable ? await opened.reopen() : opened
      const [later] = await next.store.read.streams.events({ kind, key: 'later', limit: 1 })
      assert.ok((later?.position ?? 0) > (last?.position ?? 0))
    }))

  const damages: readonly [StreamDamage, number][] = [
    ['data-changed', 3],
    ['removed', 3],
    ['removed', 5],
    ['swapped', 4],
    ['state-changed', 1],
    ['snapshot-changed', 1],
  ]
  for (const [what, version] of damages)
    it(`refuses a damaged stream: ${what}, event ${version}`, context =>
      withStore(subject, async opened => {
        const { store, claim, fixture } = opened
        if (fixture.damage === undefined) return context.skip('the store cannot be damaged')
        await store.append(
          [appendOf('a', 0, 5, { snapshot: 1 }), appendOf('b', 0, 5, { snapshot: 1 })],
          claim.token,
        )
        await store.close()
        await fixture.damage(what, { kind, key: 'a' }, version)
        const reads: ((streams: StreamReader) => Promise<unknown>)[] =
          what.endsWith('-changed') && what !== 'data-changed'
            ? [streams => streams.head({ kind, key: 'a' }), streams => streams.heads({ kind, limit: 9 })]
            : [
                streams => streams.events({ kind, key: 'a', limit: 9 }),
                streams => streams.events({ kind, key: 'a', after: version - 1, limit: 1 }),
                streams => streams.log({ kind, after: 0, limit: 99 }),
              ]
        for (const read of reads) await refusedBy(opened, read)
      }))
}

async function refusedBy(
  { fixture }: Opened,
  read: (streams: StreamReader) => Promise<unknown>,
): Promise<void> {
  const other = await fixture.open()
  try {
    await rejectsWith('STORE-FAILED', read(other.read.streams))
  } finally {
    await other.close()
  }
}

function manyStreams(): Append[] {
  return Array.from({ length: 60 }, (_, n) => {
    const key = `k${String((n * 37) % 60).padStart(2, '0')}`
    const state = ['running', 'waiting', 'done'][n % 3] ?? ''
    const open = state !== 'done' && n % 7 !== 0
    return appendOf(key, 0, 1, { state, open, snapshot: key, ...(n % 4 === 0 && { kind: 'saga/stock' }) })
  })
}

const fits = (append: Append, { kind, states, open }: Omit<StreamQuery, 'limit'>): boolean =>
  append.kind === (kind ?? append.kind) &&
  (states?.includes(append.state ?? '') ?? true) &&
  append.open === (open ?? append.open)

const named = (name: StreamName): string =>
  [name.kind, name.key].map(each => `"${each.slice(0, 30)}" ${each.length} ${each.slice(-1)}`).join(' ')

const byName = (a: StreamName, b: StreamName): number =>
  Buffer.compare(Buffer.from(a.kind), Buffer.from(b.kind)) ||
  Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))

async function pages(
  streams: StreamReader,
  query: Omit<StreamQuery, 'limit'>,
  limit: number,
): Promise<StreamHead[]> {
  const all: StreamHead[] = []
  for (;;) {
    const page = await streams.heads({ ...query, after: all.at(-1), limit })
    all.push(...page)
    if (page.length < limit) return all
  }
}

async function wholeLog(streams: StreamReader, limit: number): Promise<StreamEvent[]> {
  const all: StreamEvent[] = []
  for (;;) {
    const page = await streams.log({ kind, after: all.at(-1)?.position ?? 0, limit })
    all.push(...page)
    if (page.length < limit) return all
  }
}

async function retireAll(store: Store, before: number): Promise<number[]> {
  const counts: number[] = []
  do counts.push(await store.retire({ before }))
  while (counts.at(-1) !== 0)
  return counts
}
