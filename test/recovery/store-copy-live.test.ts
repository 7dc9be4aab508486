import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { verify } from '../../src/engine/verify.ts'
import { freshPlace, readAt } from './copied-stores.ts'
import {
  isthmus,
  type OrderRow,
  orderXml,
  type StartedIntake,
  sqliteOrders,
  startIntake,
} from './order-intake-fixture.ts'
import { withoutPostgres } from './postgres-fixture.ts'

const connections = 8

test('an installation under load moves to PostgreSQL and goes on there: nothing is lost, nothing applied twice', {
  skip: withoutPostgres,
}, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-live-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const database = await sqliteOrders(folder)
  const data = join(folder, 'data')
  const store = freshPlace(t, 'postgres')
  const load = new Load()
  const before = await startIntake(data, database.url)
  t.after(() => before.kill())
  load.on(before)
  await load.until(200)

  const copy = isthmus(['store', 'copy', `sqlite://${data}`, store, '--live', '--json'], { ...process.env })
  t.after(() => copy.kill('SIGKILL'))
  const out = text(copy.stdout)
  const ended = once(copy, 'exit')
  let said = ''
  copy.stderr.on('data', part => {
    said += part
  })
  while (!/stop the instance now/.test(said) && copy.exitCode === null) await delay(20)
  await load.until(400)
  assert.equal(copy.exitCode, null, said)
  assert.equal(await before.stop(), 0)
  await load.off()
  const [code] = await ended
  const { differences, stood } = JSON.parse(await out)
  assert.deepEqual([code, differences, stood > 0], [0, [], true], said)

  const after = await startIntake(data, database.url, store)
  t.after(() => after.kill())
  load.on(after)
  await load.until(600)
  load.stop()
  await load.off()
  const isMissing = (rows: readonly OrderRow[]) => rows.length < load.acknowledged.size
  while (isMissing(await database.rows())) await delay(50)
  // What is in the database is recorded a moment later.
  const isUnrecorded = async () =>
    (await readAt(store, verify)).flows.some(({ accepted, delivered }) => delivered < accepted)
  while (await isUnrecorded()) await delay(200)
  assert.equal(await after.stop(), 0)

  const rows = await database.rows()
  const ids = new Set(rows.map(row => row.order_id))
  assert.deepEqual(
    [...load.acknowledged].filter(id => !ids.has(id)),
    [],
  )
  assert.deepEqual(
    rows.filter(({ seen }) => seen !== 1),
    [],
  )
  const { balanced, flows } = await readAt(store, verify)
  assert.deepEqual(
    [balanced, ...flows.map(flow => [flow.accepted, flow.delivered])],
    [true, [rows.length, rows.length]],
  )
})

/** Clients that post one order after the other, each again until it is acknowledged. */
class Load {
  readonly acknowledged = new Set<string>()
  readonly #orders = Array.from({ length: connections }, () => 0)
  #clients: Promise<void>[] = []
  #stopped = false

  on(intake: StartedIntake): void {
    this.#clients = this.#orders.map((_, n) => this.#client(intake, n))
  }

  /** Until each has met an instance that does not answer any more, or was stopped. */
  async off(): Promise<void> {
    await Promise.all(this.#clients)
  }

  stop(): void {
    this.#stopped = true
  }

  async until(count: number): Promise<void> {
    while (this.acknowledged.size < count) await delay(10)
  }

  async #client(intake: StartedIntake, n: number): Promise<void> {
    while (!this.#stopped) {
      const id = `O-${n}-${this.#orders[n]}`
      const answer = await intake.post(orderXml({ id })).catch(() => undefined)
      if (answer === undefined) return
      if (answer.status !== 202) {
        await delay(20)
        continue
      }
      this.acknowledged.add(id)
      this.#orders[n] = (this.#orders[n] ?? 0) + 1
      await delay(5)
    }
  }
}
