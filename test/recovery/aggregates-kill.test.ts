import assert from 'node:assert/strict'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { until } from '../check/processes.ts'
import { type Running, Scene } from '../cli/fixture.ts'

const example = fileURLToPath(new URL('../../examples/aggregates', import.meta.url))
const orders = 40

interface Shown {
  readonly version: number
  readonly events: readonly { readonly type: string; readonly command: string; readonly data: unknown }[]
  readonly state: unknown
}

test('orders are what their events make of them, through kills, and the command line tells it', async t => {
  const scene = new Scene(t)
  const folder = join(scene.folder, 'requests')
  const books = join(scene.folder, 'books.db')
  mkdirSync(folder)
  const env = { DESK_FOLDER: folder, BOOKS: books }
  const start = async (): Promise<Running> => {
    const running = scene.spawn(['start', example], env)
    await until(() => running.out.includes('"event":"started"') || running.child.exitCode !== null)
    assert.equal(running.child.exitCode, null, running.out + running.err)
    return running
  }
  const ask = async <T>(...args: string[]): Promise<T> => {
    const { out, err } = await scene.run([...args, '--json'], { env })
    assert.ok(out !== '', err)
    return JSON.parse(out) as T
  }
  const say = (name: string, lines: readonly object[]) => {
    writeFileSync(join(scene.folder, name), lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    renameSync(join(scene.folder, name), join(folder, name))
  }
  const numbers = Array.from({ length: orders }, (_, n) => `O${n}`)
  say(
    '1.jsonl',
    numbers.flatMap(no => [
      { id: `${no}-1`, no, do: 'place', who: 'Wang Xiaoming', pieces: 2 },
      { id: `${no}-2`, no, do: 'confirm', who: 'ann' },
      { id: `${no}-3`, no, do: 'confirm', who: 'bob' },
      ...(no === 'O7' ? [{ id: `${no}-4`, no, do: 'cancel', who: 'cai' }] : []),
    ]),
  )
  const booked = () => {
    try {
      const db = new DatabaseSync(books, { readOnly: true })
      const rows = db.prepare('select "no", version, status from history order by "no", version').all()
      db.close()
      return rows as { no: string; version: number; status: string }[]
    } catch {
      return []
    }
  }
  for (const enough of [1, orders]) {
    const running = await start()
    await until(() => booked().length >= enough)
    running.child.kill('SIGKILL')
    await running.ended
  }
  const running = await start()
  await until(() => booked().length === 2 * orders + 1)
  type Status = { flows: { flow: string; parked: number; ended: number }[] }
  const status = async () => {
    const { flows } = await ask<Status>('status', example)
    return flows.map(({ flow, parked, ended }) => [flow, parked, ended])
  }
  // The second confirmation of each was refused.
  const settled = [
    ['handling', orders, 2 * orders + 1],
    ['bookkeeping', 0, 2 * orders + 1],
  ]
  while (JSON.stringify(await status()) !== JSON.stringify(settled)) await setTimeout(100)
  assert.deepEqual(await ask('projection', 'rebuild', 'open-orders', '-l', example), {
    projection: 'open-orders',
    rows: orders - 1,
  })
  const page = await ask<{ aggregates: { id: string }[]; next: string }>(
    ...['aggregate', 'list', 'order', '-l', example, '--limit', '30'],
  )
  assert.equal(page.aggregates.length, 30)
  const rest = await ask<typeof page>(...['aggregate', 'list', 'order', '-l', example, '--after', page.next])
  assert.deepEqual(
    [...page.aggregates, ...rest.aggregates].map(({ id }) => id),
    numbers.toSorted(),
  )

  const shown = await ask<Shown>('aggregate', 'show', 'order', 'O7', '-l', example)
  assert.deepEqual(
    shown.events.map(({ type, command, data }) => [type, command, data]),
    [
      ['placed', 'place', { customer: '***', pieces: 2 }],
      ['confirmed', 'confirm', { by: 'ann' }],
      ['cancelled', 'cancel', { why: 'asked for' }],
    ],
  )
  assert.deepEqual(shown.state, { status: 'cancelled', pieces: 2 })
  const text = await scene.run(['aggregate', 'show', 'order', 'O1', '-l', example, '--show-pii'], { env })
  assert.match(text.out, /1 {2}placed {2}\{"customer":"Wang Xiaoming","pieces":2\} {2}by place, message /)
  assert.match(text.out, /state {2}\{"status":"confirmed","pieces":2\}/)
  const missing = await scene.run(['aggregate', 'show', 'order', 'none', '-l', example], { env })
  assert.match(missing.err, /Nothing has happened to order none/)

  running.child.kill('SIGTERM')
  await running.ended
  const { projections } = await ask<{ projections: { kept: { rows: number }; behind: number }[] }>(
    ...['projection', 'list', '-l', example],
  )
  assert.deepEqual([projections[0]?.kept.rows, projections[0]?.behind], [orders - 1, 0])
  assert.equal(
    (await ask<{ rows: number }>('projection', 'rebuild', 'open-orders', '-l', example)).rows,
    orders - 1,
  )
  assert.equal((await ask<{ balanced: boolean }>('verify', example)).balanced, true)
})
