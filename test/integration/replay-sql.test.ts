import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sql, sqlText } from '../../src/connectors/sql/index.ts'
import { verify } from '../../src/engine/verify.ts'
import { system } from '../../src/index.ts'
import { LocalOperations } from '../../src/server/operations/local-operations.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { NoteModel, note, startPost, until } from '../guarantees/harness.ts'

test('a replay into a database happens once while it knows the keys, and again where it has lost its rows and keys', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-replay-'))
  const file = join(folder, 'books.db')
  const setup = [sqlText`create table if not exists notes (id text, "to" text, n real)`]
  const books = system('books', { kind: 'finance', connector: sql({ url: `sqlite:${file}`, setup }) })
  const rows = books.table('notes', NoteModel, { table: 'notes', mode: 'insert' })
  const post = await startPost({
    systems: [books],
    connectContext: ({ name }) => connectContext({ system: name }),
    build: start => start.key(({ to }) => to).to(rows),
  })
  t.after(async () => {
    await post.engine.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const { replays } = new LocalOperations({
    reader: post.store.read,
    landscape: post.engine.landscape,
    store: 'memory',
    log: () => {},
    allowNewEffects: false,
    apply: async () => {},
    append: append => post.engine.append(append),
    resync: async () => {},
    retry: async () => false,
    rebuild: async () => 0,
  })
  const balanced = async (delivered: number) => {
    await until(async () => (await verify(post.store.read)).flows[0]?.delivered === delivered)
    assert.ok((await verify(post.store.read)).balanced)
  }
  const database = () => {
    const opened = new DatabaseSync(file)
    t.after(() => opened.close())
    return opened
  }
  const count = () => database().prepare('select count(*) as n from notes').get()?.n
  await post.intake.accept(['a', 'b', 'c'].map(id => note(id)))
  await balanced(3)
  const order = { by: 'ann', effects: 'kept', filter: { flow: 'posting' } } as const
  assert.equal((await replays.run(order)).done.length, 3)
  await balanced(6)
  assert.equal(count(), 3)

  // Restored from a backup that knew one of them.
  database().exec("delete from notes where id <> 'a'")
  const kept = (await replays.preview({ filter: { flow: 'posting', seq: 1 }, effects: 'kept' })).messages[0]
  const effectKey = kept?.effects[0]?.effectKey ?? ''
  database().prepare('delete from isthmus_effects where effect_key <> ?').run(effectKey)
  assert.equal((await replays.run(order)).done.length, 3)
  await balanced(9)
  assert.equal(count(), 3)
})
