import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { sql } from '../../src/connectors/sql/index.ts'
import { realHost } from '../../src/engine/host.ts'
import { outgoingOf } from '../../src/engine/outgoing.ts'
import { type Delivery, flow, model, type Outgoing, system, Type } from '../../src/index.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Entry } from '../../src/store/store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { box, type Note, NoteModel, note, notes, startPost, until } from './harness.ts'

const folderOf = async (t: TestContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-keys-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

/** A table that any number of engines insert into, once for an effect key. */
async function ledgerIn(folder: string) {
  const url = join(folder, 'ledger.db')
  const database = new DatabaseSync(url)
  database.exec('create table notes (id text, n integer)')
  const Line = model('Line', {
    version: 1,
    schema: Type.Object({ id: Type.String(), n: Type.Number() }),
  })
  const ledger = system('ledger', { kind: 'other', connector: sql({ url }) })
  const channel = ledger.table('notes', Line, { table: 'notes', mode: 'insert' })
  const connection = await ledger.connector.connect(connectContext({ system: 'ledger' }))
  const sink = connection.sink?.(channel as never)
  return {
    async write({ data, ...item }: Outgoing<Note>) {
      const { id, n } = data
      const answers = await sink?.write([{ ...item, data: { id, n } }], AbortSignal.timeout(60_000))
      return answers?.[0] ?? assert.fail('no answer')
    },
    rows: () =>
      database
        .prepare('select id, n from notes order by id, n')
        .all()
        .map(row => ({ ...row })),
    async close() {
      await connection.close()
      database.close()
    },
  }
}

test('two engines with stores of their own that took the same messages have each effect once (G5)', async t => {
  const folder = await folderOf(t)
  const ledger = await ledgerIn(folder)
  const twins = await Promise.all(
    ['one', 'two'].map(name =>
      startPost({
        store: sqliteStore({ path: join(folder, `${name}.db`) }),
        write: ledger.write,
        build: start =>
          start.split('parts', ({ id, n }) => [0, 1].map(i => ({ id, to: `${i}`, n: n + i }))).to(box),
      }),
    ),
  )
  const named = [note('a', 'ann', 1), note('b', 'bob', 10)]
  const knownByKeyField = { data: { id: 'c', to: 'cid', n: 20 } }
  for (const { intake } of twins) await intake.accept([...named, knownByKeyField])
  await until(() => twins.every(({ written }) => written.length >= 6))
  for (const { engine } of twins) await engine.stop()
  const [first, second] = twins.map(({ written }) => written.map(({ effectKey }) => effectKey).sort())
  assert.deepEqual(first, second)
  assert.equal(new Set(first).size, first?.length)
  assert.deepEqual(
    ledger.rows(),
    [
      ['a', 1],
      ['a', 2],
      ['b', 10],
      ['b', 11],
      ['c', 20],
      ['c', 21],
    ].map(([id, n]) => ({ id, n })),
  )
  await ledger.close()
})

const Unkeyed = model('Unkeyed', { version: 1, schema: NoteModel.jsonSchema as never })

/** The effect key that a store of its own makes for a delivery whose model has no key. */
async function keyOf(delivery: Delivery, position?: number): Promise<string> {
  const build = () =>
    flow('posting')
      .from({ ...notes, model: Unkeyed as typeof NoteModel })
      .to(box)
  const { engine, intake, written } = await startPost({ build })
  await intake.accept([delivery], position === undefined ? {} : { position })
  await until(() => written.length === 1)
  await engine.stop()
  return written[0]?.effectKey ?? ''
}

test('other content under one identity, another identity, and no identity make other keys (G18)', async () => {
  const unnamed: Delivery = { data: { id: 'a', to: 'ann', n: 1 } }
  const keys = await Promise.all([
    keyOf(note('a')),
    keyOf(note('a', 'ann', 2)),
    keyOf(note('b')),
    keyOf(unnamed, 1),
    keyOf(unnamed, 2),
    keyOf(unnamed),
    keyOf(unnamed),
  ])
  assert.equal(new Set(keys).size, keys.length)
  assert.equal(await keyOf(note('a')), keys[0])
  assert.equal(await keyOf(unnamed, 2), keys[4])
})

test('what comes again after its identity was forgotten is the same effect (G18)', async () => {
  let now = Date.now()
  const host = { ...realHost(), now: () => now }
  const { engine, intake, store, written } = await startPost({ host, identityWindow: 1_000 })
  await intake.accept([note('a')], { position: 1 })
  await until(() => written.length === 1)
  now += 5_000
  await store.retire({ identitiesBefore: now - 1_000 })
  const [receipt] = await intake.accept([note('a')], { position: 2 })
  assert.equal(receipt?.status, 'accepted')
  await until(() => written.length === 2)
  await engine.stop()
  assert.equal(written[0]?.effectKey, written[1]?.effectKey)
})

test('what was accepted without an identity, or may be a repeat that a person lets run, goes by our own id', () => {
  const stale = { code: 'MESSAGE-STALE', reason: 'old' }
  const key = (id: string, head: object) => {
    const entry = { flow: 'f', id, key: 'k', head: { source: 's', ...head }, body: Buffer.from('{}') }
    return outgoingOf('l', entry as unknown as Entry)('box', {}, 1).effectKey
  }
  assert.notEqual(key('1', {}), key('2', {}))
  assert.equal(key('1', { identity: '=a' }), key('2', { identity: '=a' }))
  assert.notEqual(key('1', { identity: '=a', defect: stale }), key('2', { identity: '=a', defect: stale }))
})
