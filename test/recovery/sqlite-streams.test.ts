import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { IsthmusError } from '../../src/errors.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { verifySqliteStore } from '../../src/store/sqlite/verify.ts'
import type { StoreReader } from '../../src/store/store.ts'
import { appendOf, seeded, timeOf } from '../../src/testing/store-suite/fixture.ts'
import { inTemporary } from './sqlite-processes.ts'

const open = (path: string) => sqliteStore({ path, ballastBytes: 4096 })
const kind = 'saga/orders'

async function fill(path: string, streams: number): Promise<void> {
  const store = open(path)
  const { token } = await store.claim('filler')
  for (let n = 0; n < streams; n++)
    await store.append(
      [appendOf(`k${n}`, 0, 6, { state: n % 2 ? 'done' : 'running', open: n % 2 === 0, snapshot: { n } })],
      token,
    )
  await store.close()
}

function change(path: string, sql: string): void {
  const db = new DatabaseSync(join(path, 'journal.db'))
  db.exec(sql)
  db.close()
}

describe('damage of streams', () => {
  for (const seed of [1])
    it(`by a flipped bit in any block is never served (seed ${seed})`, () =>
      inTemporary(async path => {
        await fill(path, 120)
        const file = join(path, 'journal.db')
        const sound = readFileSync(file)
        const truth = await contents(path)
        assert.ok(truth !== 'refused')
        const random = seeded(seed)
        let [refused, right] = [0, 0]
        for (let block = 0; block < sound.length; block += 4096) {
          const bytes = Buffer.from(sound)
          const at = block + Math.floor(random() * 4096)
          bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
          writeFileSync(file, bytes)
          const got = await contents(path)
          if (got === 'refused') refused++
          else {
            assert.ok(isDeepStrictEqual(got.byName, truth.byName), `byte ${at} gives a wrong answer`)
            // An index that is damaged may hide a row from a list.
            if (!isDeepStrictEqual(got.listed, truth.listed))
              assert.notDeepEqual(verifySqliteStore(path), [], `byte ${at} is not found`)
            right++
          }
        }
        assert.ok(refused > right / 4, `${refused} refused, ${right} right`)
      }))

  const damages: readonly [string, string, RegExp][] = [
    [
      'an event',
      "update events set data = replace(data, '2', '3') where pos = 2",
      /saga\/orders k0.*event 2/,
    ],
    ['a missing event', 'delete from events where pos = 3', /event 3 is missing/],
    ['a last event that is gone', 'delete from events where pos = 6', /event 6 is missing/],
    ['a missing stream', 'delete from streams where no = 1', /counted/],
    ['a missing snapshot', 'delete from snapshots where stream = 2', /snapshot/],
    ['a count', 'update stream_counts set events = 7', /stream_counts/],
    [
      'a forged end',
      'delete from events where pos = 6; update streams set version = 5 where no = 1',
      /checksum/,
    ],
  ]
  for (const [what, sql, expected] of damages)
    it(`is found by verifying: ${what}`, () =>
      inTemporary(async path => {
        await fill(path, 3)
        assert.deepEqual(verifySqliteStore(path), [])
        change(path, sql)
        assert.match(verifySqliteStore(path).join('\n'), expected)
      }))

  it('keeps its owner from appending behind it', () =>
    inTemporary(async path => {
      await fill(path, 3)
      change(path, "update streams set version = 5 where key = 'k1'")
      const store = open(path)
      const { token } = await store.claim('test')
      await assert.rejects(store.append([appendOf('k1', 5)], token), { code: 'STORE-FAILED' })
      await store.close()
    }))

  it('that hides a name does not let the stream begin anew', () =>
    inTemporary(async path => {
      await fill(path, 3)
      change(path, "drop index streams_name; update streams set key = 'k9' where key = 'k1'")
      change(path, 'create unique index streams_name on streams (kind, key)')
      const store = open(path)
      const { token } = await store.claim('test')
      await assert.rejects(store.append([appendOf('k1', 0)], token), { code: 'STORE-FAILED' })
      await store.close()
    }))
})

it('goes by an index, however many streams there are', () =>
  inTemporary(async path => {
    await fill(path, 1)
    const db = new DatabaseSync(join(path, 'journal.db'))
    const plans = [
      'select * from streams where kind = 1 and key = 2',
      'select * from streams indexed by streams_state where state = 1 and kind = 2 and key > 3 order by kind, key limit 1',
      'select * from streams indexed by streams_open where open = 1 and kind = 2 and key > 3 order by kind, key limit 1',
      'select * from streams indexed by streams_name where (kind, key) > (1, 2) order by kind, key limit 1',
      'select * from streams indexed by streams_closed where open = 0 and changed < 1 order by changed limit 1',
      'select * from events where stream = 1 and version >= 2 order by version limit 1',
      'select * from events indexed by events_kind left join streams on no = stream where events.kind = 1 and pos > 2 order by pos limit 1',
    ]
    for (const sql of plans) {
      const details = db
        .prepare(`explain query plan ${sql}`)
        .all()
        .map(row => String(row.detail))
      assert.ok(
        details.every(each => /^SEARCH/.test(each)),
        `${sql}: ${details.join('; ')}`,
      )
    }
    db.close()
  }))

it('forgets nothing of an open stream when others retire, and counts rightly', () =>
  inTemporary(async path => {
    await fill(path, 100)
    const store = open(path)
    await store.claim('test')
    while ((await store.retire({ before: timeOf(99) })) > 0);
    await store.close()
    assert.notEqual(await contents(path), 'refused')
    assert.deepEqual(verifySqliteStore(path), [])
  }))

/** All that can be read of streams, or that it was refused. */
async function contents(path: string): Promise<Contents | 'refused'> {
  const store = open(path)
  try {
    return await everything(store.read)
  } catch (error) {
    if (error instanceof IsthmusError && error.code === 'STORE-FAILED') return 'refused'
    throw error
  } finally {
    await store.close()
  }
}

interface Contents {
  readonly byName: readonly unknown[]
  readonly listed: readonly unknown[]
}

async function everything({ streams }: StoreReader): Promise<Contents> {
  const byName: unknown[] = []
  for (let n = 0; n < 120; n++)
    byName.push(
      await streams.head({ kind, key: `k${n}` }),
      await streams.events({ kind, key: `k${n}`, limit: 100 }),
    )
  const open = await streams.heads({ open: true, limit: 1000 })
  const done = await streams.heads({ states: ['done'], limit: 1000 })
  return { byName, listed: [open, done, await streams.log({ kind, after: 0, limit: 10_000 })] }
}
