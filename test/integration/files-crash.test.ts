import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { namesIn, putFile, testFolder, until } from './files-harness.ts'

const script = fileURLToPath(new URL('./files-reader.ts', import.meta.url))

/** A reading process, which ends with the test at the latest. */
function reader(
  t: TestContext,
  folder: string,
  database: string,
): { child: ChildProcess; batch(): Promise<unknown> } {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, folder, database], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
  return { child, batch: () => lines.next() }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

function taken(database: string): { n: number; deliveries: number }[] {
  const db = new DatabaseSync(database, { readOnly: true })
  try {
    return db.prepare('select n, deliveries from taken order by n').all() as never
  } finally {
    db.close()
  }
}

const lines = (first: number, count: number) =>
  Array.from(
    { length: count },
    (_, index) => `${JSON.stringify({ n: first + index, text: 'x'.repeat(99) })}\n`,
  ).join('')

test('a reader that is killed again and again in the middle of files loses nothing', async t => {
  const folder = await testFolder(t)
  const database = join(await testFolder(t), 'taken.db')
  const random = new SeededRandom(1)
  const sizes = [9_000, 1, 1_500, 0, 200, 3_000, 7]
  let total = 0
  for (const [index, size] of sizes.entries()) {
    await putFile(folder, `rows-${index}.jsonl`, lines(total, size))
    total += size
  }
  for (let kills = 0; kills < 12; kills++) {
    const { child, batch } = reader(t, folder, database)
    for (let batches = random.int(0, 6); batches > 0; batches--) await batch()
    await kill(child)
  }
  const { child } = reader(t, folder, database)
  await until(async () => (await namesIn(folder, 'done')).length === sizes.length)
  await kill(child)
  const rows = taken(database)
  assert.deepEqual(
    rows.map(({ n }) => n),
    Array.from({ length: total }, (_, n) => n),
  )
  assert.ok(
    rows.every(({ deliveries }) => deliveries === 1),
    'with the position stored nothing comes twice',
  )
})

test('of two processes that watch one folder each file is read by one', async t => {
  const folder = await testFolder(t)
  const stores = await testFolder(t)
  const databases = ['one', 'two'].map(name => join(stores, name))
  const readers = databases.map(database => reader(t, folder, database))
  await Promise.all(readers.map(({ batch }) => batch()))
  const files = 150
  for (let n = 0; n < files; n++) await putFile(folder, `rows-${n}.jsonl`, lines(n * 4, 4))
  await until(async () => (await namesIn(folder, 'done')).length === files)
  for (const { child } of readers) await kill(child)
  const rows = databases.flatMap(taken)
  assert.deepEqual(
    rows.map(({ n }) => n).sort((a, b) => a - b),
    Array.from({ length: files * 4 }, (_, n) => n),
  )
  assert.ok(rows.every(({ deliveries }) => deliveries === 1))
})
