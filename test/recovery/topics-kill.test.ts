import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { until } from '../check/processes.ts'
import { Scene } from '../cli/fixture.ts'

const landscape = fileURLToPath(new URL('./topics-flow.ts', import.meta.url))
const [count, customers] = [3_000, 20]

interface Row {
  readonly customer: string
  readonly n: number
}

test('what is published on a topic in the store reaches each subscriber once and in order, through kills (F09)', async t => {
  const scene = new Scene(t)
  const folder = join(scene.folder, 'orders')
  const books = join(scene.folder, 'books.db')
  mkdirSync(folder)
  const env = { SHOP_FOLDER: folder, BOOKS: books }
  const read = (table: string): Row[] => {
    try {
      const db = new DatabaseSync(books, { readOnly: true })
      const rows = db.prepare(`select customer, n from ${table} order by at`).all()
      db.close()
      return rows as unknown as Row[]
    } catch {
      return []
    }
  }
  const start = async () => {
    const running = scene.spawn(['start', landscape], env)
    await until(() => running.out.includes('"event":"started"') || running.child.exitCode !== null)
    assert.equal(running.child.exitCode, null, running.out + running.err)
    return running
  }
  const lines = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ no: `o${n}`, customer: `c${n % customers}`, n }),
  )
  writeFileSync(join(scene.folder, 'orders.jsonl'), lines.join('\n'))
  renameSync(join(scene.folder, 'orders.jsonl'), join(folder, 'orders.jsonl'))

  let kills = 0
  for (const share of [0, 0.3, 0.6]) {
    const running = await start()
    while (read('receivable').length <= share * count) await delay(1)
    running.child.kill('SIGKILL')
    await running.ended
    if (read('receivable').length < count) kills++
  }
  assert.ok(kills > 0, 'it was never killed in the midst')

  const running = await start()
  const ask = async (command: string) => {
    const { out, err } = await scene.run([command, landscape, '--json'], { env })
    assert.ok(out !== '', err)
    return JSON.parse(out)
  }
  const ended = async () =>
    ((await ask('status')) as { flows: { ended: number }[] }).flows.map(flow => flow.ended)
  while ((await ended()).some(each => each < count)) await delay(100)
  assert.deepEqual(await ended(), [count, count, count])
  await running.stop()
  assert.equal((await ask('verify')).balanced, true)
  for (const table of ['reserved', 'receivable']) {
    const rows = read(table)
    assert.equal(rows.length, count)
    for (let c = 0; c < customers; c++) {
      const expected = Array.from({ length: count / customers }, (_, n) => n * customers + c)
      const got = rows.filter(({ customer }) => customer === `c${c}`).map(({ n }) => n)
      assert.deepEqual(got, expected)
    }
  }
})
