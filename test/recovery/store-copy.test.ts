import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { storeEnd } from '../../src/server/moving/store-ends.ts'
import type { Progress, Target } from '../../src/store/copy/ends.ts'
import { verifySqliteStore } from '../../src/store/sqlite/verify.ts'
import type { Entry, Settled } from '../../src/store/store.ts'
import { rejectsWith } from '../../src/testing/store-suite/fixture.ts'
import {
  contents,
  dataOf,
  fill,
  freshPlace,
  type Kind,
  move,
  readAt,
  requireGoesOn,
  requireSoundProgress,
  withStoreAt,
} from './copied-stores.ts'
import { withoutPostgres } from './postgres-fixture.ts'

const emptied = (entry: Entry): Entry => ({ ...entry, body: new Uint8Array(0) })
const renamed = (entry: Entry): Entry => ({ ...entry, key: `${entry.key}.` })
const filtered = (settled: Settled): Settled => ({ ...settled, outcome: 'filtered' })
const kept = (progress: Progress): Progress => {
  return { ...progress, retired: { delivered: 0, filtered: 0, discarded: 0 } }
}

function spoiltBy(target: Target, spoil: (target: Target) => Partial<Target>): Target {
  return { ...target, ...spoil(target) }
}

/** One store is filled for all of these tests. */
let filled: string | undefined
after(() => filled && rmSync(filled, { recursive: true, force: true }))

async function cloned(url: string): Promise<void> {
  if (filled === undefined) {
    filled = mkdtempSync(join(tmpdir(), 'isthmus-filled-'))
    await fill(`sqlite://${filled}`, 31)
  }
  cpSync(filled, dataOf(url), { recursive: true })
}

const directions: readonly (readonly [from: Kind, to: Kind, partitions: number | undefined])[] = [
  ['sqlite', 'sqlite', undefined],
  ['sqlite', 'sqlite', 5],
  ['sqlite', 'postgres', undefined],
  ['postgres', 'sqlite', undefined],
  ['postgres', 'postgres', 3],
]

describe('a copy of a store', () => {
  for (const [seed, [from, to, partitions]] of directions.entries()) {
    const skip = [from, to].includes('postgres') && withoutPostgres
    const shares = partitions ?? { sqlite: 1, postgres: 16 }[to]
    it(`holds all that the other did: ${from} to ${to} in ${shares} partitions`, { skip }, async t => {
      const [source, target] = [freshPlace(t, from), freshPlace(t, to)]
      await fill(source, seed + 1)
      const before = await readAt(source, read => contents(read, shares))
      const moved = await move(source, target, { partitions })
      assert.deepEqual(moved.differences, [])
      assert.deepEqual(await readAt(target, read => contents(read, shares)), before)
      await readAt(target, read => requireSoundProgress(read, shares))
      if (to === 'sqlite') assert.deepEqual(verifySqliteStore(dataOf(target)), [])
      await requireGoesOn(target)
      if (to === 'sqlite') assert.deepEqual(verifySqliteStore(dataOf(target)), [])
      await rejectsWith(
        'STORE-MOVED',
        withStoreAt(source, async () => undefined),
      )
      await rejectsWith('STORE-MOVED', move(source, freshPlace(t, 'sqlite')))
    })
  }

  const losses: readonly (readonly [what: string, spoil: (target: Target) => Partial<Target>])[] = [
    ['a message', target => ({ entries: (flow, all) => target.entries(flow, all.slice(1)) })],
    ['a body', target => ({ entries: (flow, all) => target.entries(flow, all.map(emptied)) })],
    ['a key', target => ({ entries: (flow, all) => target.entries(flow, all.map(renamed)) })],
    ['an outcome', target => ({ settled: (flow, all) => target.settled(flow, all.map(filtered)) })],
    ['what was retired', target => ({ progress: (flow, all) => target.progress(flow, kept(all)) })],
    [
      'what waits',
      target => ({ progress: (flow, all) => target.progress(flow, { ...all, unfinished: [] }) }),
    ],
    ['an identity', target => ({ identities: all => target.identities(all.slice(1)) })],
    ['a position', target => ({ setPositions: all => target.setPositions(all.slice(1)) })],
    [
      'a stream',
      target => ({
        stream: async (head, all) => void (head.key === 'long' || (await target.stream(head, all))),
      }),
    ],
    ['a snapshot', target => ({ stream: ({ snapshot, ...head }, all) => target.stream(head, all) })],
    ['the last position', target => ({ complete: position => target.complete(position - 1) })],
  ]
  for (const [what, spoil] of losses)
    it(`that has lost ${what} is no copy, and the other goes on`, async t => {
      const [source, target] = [freshPlace(t, 'sqlite'), freshPlace(t, 'sqlite')]
      await cloned(source)
      const to = storeEnd(target)
      const spoilt = { ...to, target: () => spoiltBy(to.target(1), spoil) }
      const differences = await move(source, target, { to: spoilt }).then(
        moved => moved.differences,
        error => [String(error)],
      )
      assert.notDeepEqual(differences, [])
      await rejectsWith(
        'STORE-MOVED',
        withStoreAt(target, async () => undefined),
      )
      assert.equal(await storeEnd(source).origin().mark(), undefined)
    })

  it('goes there and back', { skip: withoutPostgres }, async t => {
    const places = [freshPlace(t, 'sqlite'), freshPlace(t, 'postgres'), freshPlace(t, 'sqlite')] as const
    await fill(places[0], 8)
    const before = await readAt(places[0], read => contents(read, 1))
    for (const [n, to] of [places[1], places[2]].entries())
      assert.deepEqual((await move(places[n] as string, to)).differences, [])
    assert.deepEqual(await readAt(places[2], read => contents(read, 1)), before)
    await requireGoesOn(places[2])
  })
})
