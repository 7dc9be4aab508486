import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { partitionOf } from '../../src/message/partition.ts'
import { type MoveOptions, moveStore } from '../../src/server/moving/move-store.ts'
import { type StoreEnd, storeEnd } from '../../src/server/moving/store-ends.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Accepted, NewMessage, Store, StoreReader } from '../../src/store/store.ts'
import { eventsBehind, headsOf } from '../../src/store/stream-pages.ts'
import {
  allEntries,
  appendOf,
  ended,
  identified,
  message,
  plain,
  seeded,
  settlement,
  timeOf,
  to,
  waiting,
} from '../../src/testing/store-suite/fixture.ts'
import { randomAction } from '../../src/testing/store-suite/random-scenarios.ts'
import { randomStreamAction } from '../../src/testing/store-suite/random-stream-scenarios.ts'
import { dropSchema, freshSchema, testUrl } from './postgres-fixture.ts'

export type Kind = 'sqlite' | 'postgres'

/** A place for a store that is gone after the test. */
export function freshPlace(t: TestContext, kind: Kind): string {
  if (kind === 'postgres') {
    const schema = freshSchema()
    t.after(() => dropSchema(schema))
    const url = new URL(testUrl)
    url.searchParams.set('schema', schema)
    return url.href
  }
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-copy-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return `sqlite://${join(folder, 'data')}`
}

export const dataOf = (url: string): string => url.replace('sqlite://', '')

export async function withStoreAt<T>(
  url: string,
  use: (store: Store, token: number) => Promise<T>,
): Promise<T> {
  const store = storeEnd(url).open()
  try {
    return await use(store, (await store.claim('test')).token)
  } finally {
    await store.close()
  }
}

export const readAt = async <T>(url: string, use: (read: StoreReader) => Promise<T>): Promise<T> => {
  const store = storeEnd(url).open()
  return await use(store.read).finally(() => store.close())
}

export function move(from: string, to: string, more: Partial<MoveOptions> = {}) {
  const ends: { from: StoreEnd; to: StoreEnd } = { from: storeEnd(from), to: storeEnd(to) }
  return moveStore({ ...ends, live: false, say: () => undefined, ...more })
}

const kind = 'thing/long'

/** Names that no index takes, of which some store keeps a digest only; each belongs to a message. */
export const oddNames = [
  'n'.repeat(201),
  `${'"'.repeat(120)}long where quotes are escaped`,
  'lone \ud800 half',
  `${'长'.repeat(250)}`,
  'with \u0000 and \u0001 and \\',
]

/** Fills a store with whatever the scenarios of the suite do, and with what is hard to carry. */
export async function fill(url: string, seed: number): Promise<void> {
  await withStoreAt(url, async (store, token) => {
    const random = seeded(seed)
    const model = memoryStore()
    const modelToken = (await model.claim('model')).token
    for (let step = 0; step < 40; step++) {
      const choose = random() < 0.6 ? randomAction : randomStreamAction
      const action = await choose(random, model, step)
      await action(store, token)
      await action(model, modelToken)
    }
    await odd(store, token)
  })
}

async function odd(store: Store, token: number): Promise<void> {
  const strange = oddNames.map((name, n) => identified(9000 + n, name, `content ${n}`))
  await store.accept(strange, { source: 'lone \ud800', position: null })
  const at = [to('only-retired', 'x')]
  await store.accept([message(1, { at, acceptedAt: 1 }), message(2, { at, acceptedAt: 2 })])
  const claim = { token, clean: true }
  const flow = 'only-retired'
  await store.settle(settlement(claim, 2, { flow, settled: [ended(1), ended(2, { outcome: 'filtered' })] }))
  while ((await store.retire({ before: 1000 })) > 0);
  const key = 'k\ud800"\u0000'
  await store.accept([message(3, { at: [to('odd', key)], id: 'id \u0000 \udfff', body: new Uint8Array(0) })])
  const edited = { data: { b: 1, a: [null, '\u0000'] }, by: 'x', at: 5 }
  const row = waiting(1, { key, status: 'running', sent: ['a'], results: { z: 1, a: null }, edited })
  await store.settle(settlement(claim, 1, { flow: 'odd', unfinished: [row] }))
  await store.append([appendOf('a'.repeat(1200), 0, 3, { kind, open: false, state: 'done \ud800' })], token)
  await store.append([appendOf('long', 0, 1200, { kind, snapshot: { n: 1 } })], token)
}

/** Everything that a reader tells, with partitions as they are among so many. */
export async function contents(read: StoreReader, partitions: number): Promise<unknown> {
  const flows = []
  for (const { cursors, oldestWaiting, ...state } of (await read.flows()).sort((a, b) =>
    a.flow < b.flow ? -1 : 1,
  )) {
    const { flow, head } = state
    flows.push({
      ...state,
      entries: (await allEntries(read, flow)).map(entry => {
        const body = Buffer.from(entry.body).toString('hex')
        return { ...entry, body, partition: partitionOf(entry.key, partitions) }
      }),
      settled: (await read.settled({ flow, from: 1, to: head })).map(sorted),
      unfinished: (await read.unfinished({ flow, limit: 1e6 })).map(row =>
        sorted({ ...row, partition: partitionOf(row.key, partitions) }),
      ),
    })
  }
  const streams = []
  for await (const head of headsOf(read, {})) {
    const events = []
    for await (const event of eventsBehind(read, head)) events.push(event)
    streams.push({ head, events })
  }
  const identities = []
  for (const name of [...oddNames, ...Array.from({ length: 60 }, (_, n) => `name-${n}`)])
    identities.push((await read.identified(name)) ?? null)
  const positions = [await read.position('mes'), await read.position('lone \ud800')]
  return plain({ flows, streams, identities, positions })
}

const sorted = (row: object): object =>
  Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Cursors pass no message of which nothing is known, and every message is in the partition of its key. */
export async function requireSoundProgress(read: StoreReader, partitions: number): Promise<void> {
  for (const { flow, head, cursors } of await read.flows()) {
    const ended = new Set((await read.settled({ flow, from: 1, to: head })).map(({ seq }) => seq))
    const begun = new Set((await read.unfinished({ flow, limit: 1e6 })).map(({ seq }) => seq))
    for (const { seq, key, partition } of await allEntries(read, flow)) {
      assert.equal(partition, partitionOf(key, partitions))
      const cursor = cursors.find(each => each.partition === partition)?.cursor ?? 0
      assert.ok(seq > cursor || ended.has(seq) || begun.has(seq), `${flow}/${seq} is passed over`)
    }
  }
}

/** The copy goes on where the origin was: with dedup, numbers, and streams. */
export async function requireGoesOn(url: string): Promise<void> {
  await withStoreAt(url, async (store, token) => {
    const strange = oddNames.map((name, n) => identified(9000 + n, name, `content ${n}`))
    const others = oddNames.map((name, n) => identified(9000 + n, name, `other ${n}`))
    const kinds = (answers: Accepted[]) => answers.map(({ status, id }) => [status, id])
    assert.deepEqual(
      kinds(await store.accept(strange)),
      strange.map(({ id }) => ['duplicate', id]),
    )
    const guarded = { source: 'guarded', position: 1, unlessConflict: true }
    assert.deepEqual(
      kinds(await store.accept(others, guarded)),
      others.map(({ id }) => ['conflict', id]),
    )
    assert.equal(await store.read.position('guarded'), undefined)
    await store.accept(strange, guarded)
    assert.equal(await store.read.position('guarded'), 1)
    const next: NewMessage = message(5, { at: [to('only-retired', 'y')], id: 'next' })
    assert.deepEqual(await store.accept([next]), [{ status: 'accepted', id: 'next', seqs: [3] }])
    const before = await store.read.streams.events({ kind, key: 'long', after: 1199, limit: 9 })
    const [appended] = await store.append([appendOf('long', 1200, 1, { kind })], token)
    assert.equal(appended?.status, 'appended')
    const [event] = await store.read.streams.events({ kind, key: 'long', after: 1200, limit: 9 })
    assert.ok((event?.position ?? 0) > (before[0]?.position ?? 0))
    assert.equal(timeOf(1201), event?.at)
  })
}
