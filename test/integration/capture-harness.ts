import { Type } from 'typebox'
import type { CaptureOptions, Change, SqlChannels } from '../../src/connectors/sql/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import type { Json } from '../../src/message/json-value.ts'
import type { Delivery } from '../../src/message/message.ts'
import { type Model, model } from '../../src/model/model.ts'
import type { Intake } from '../../src/system/roles.ts'
import { freshSchema } from '../recovery/postgres-fixture.ts'
import { connectTo, sourceOf, type TestDatabase, targetAt, until } from './sql-harness.ts'

export const Item = model('Item', {
  version: 1,
  schema: Type.Object({
    id: Type.Integer(),
    text: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    amount: Type.Optional(Type.String()),
  }),
})
export type Item = { id: number; text?: string | null; amount?: string }

/** What an engine would keep. */
export class Kept implements Intake {
  readonly deliveries: Delivery[] = []
  stored: Json | undefined
  /** Called before anything is kept. */
  before: (deliveries: readonly Delivery[]) => Promise<void> | void = () => {}

  async accept(deliveries: readonly Delivery[], options: { position?: Json | undefined } = {}) {
    await this.before(deliveries)
    const known = new Set(this.deliveries.map(({ id }) => id))
    this.deliveries.push(...deliveries.filter(({ id }) => !known.has(id)))
    if (options.position !== undefined) this.stored = options.position
    return deliveries.map(
      ({ id = '' }) => ({ status: known.has(id) ? 'duplicate' : 'accepted', id }) as const,
    )
  }

  async position() {
    return this.stored
  }

  get changes(): Change<Item>[] {
    return this.deliveries.map(({ data }) => data as Change<Item>)
  }
}

export interface TestCapture {
  readonly slot: string
  readonly kept: Kept
  readonly log: string[]
  /** Runs until `stop`, again after an error that an engine would retry. Rejects with others. */
  start(more?: Partial<CaptureOptions>): Promise<void>
  stop(): Promise<void>
  /** Resolves when so many changes are kept. */
  count(n: number): Promise<void>
  slotState(): Promise<Record<string, unknown> | undefined>
  /** Ends everything and removes slot and publication. */
  end(): Promise<void>
}

/** A capture of the table `items` of this database. */
export function testCapture(
  database: TestDatabase,
  row: Model<unknown> = Item as Model<unknown>,
): TestCapture {
  const slot = freshSchema()
  const kept = new Kept()
  const log: string[] = []
  let stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  const once = async (options: CaptureOptions, signal: AbortSignal) => {
    const target = targetAt({ url: database.url })
    const connection = await connectTo(target, text => log.push(text))
    try {
      await sourceOf(connection, (target as SqlChannels).capture('items', row, options)).run(kept, signal)
    } finally {
      await connection.close()
    }
  }
  const keepRunning = async (options: CaptureOptions, signal: AbortSignal) => {
    while (!signal.aborted) {
      await once(options, signal).catch(async error => {
        if (!(error instanceof IsthmusError) || error.fate !== 'retry') throw error
        await new Promise(resolve => setTimeout(resolve, 20))
      })
    }
  }
  const slotState = async () =>
    (await database.run('select * from pg_replication_slots where slot_name = $1', [slot]))[0]
  const capture: TestCapture = {
    slot,
    kept,
    log,
    start(more = {}) {
      stopping = new AbortController()
      running = keepRunning({ table: 'items', slot, create: true, ...more }, stopping.signal)
      running.catch(() => {})
      return running
    },
    async stop() {
      stopping.abort()
      await running
    },
    async count(n) {
      let ended = false
      const end = () => {
        ended = true
      }
      running.then(end, end)
      await until(() => ended || kept.deliveries.length >= n)
      if (ended) await running
    },
    slotState,
    async end() {
      stopping.abort()
      await running.catch(() => {})
      await dropSlot(database, slot)
      await database.run(`drop publication if exists "${slot}"`)
    },
  }
  return capture
}

/** Also while the server has not noticed yet that nobody reads it any more. */
export async function dropSlot(database: TestDatabase, slot: string): Promise<void> {
  const rows = () => database.run('select active from pg_replication_slots where slot_name = $1', [slot])
  await until(async () => !(await rows()).some(({ active }) => active))
  if ((await rows()).length > 0) await database.run('select pg_drop_replication_slot($1)', [slot])
}

/** What a table is after these changes. */
export function applied(changes: readonly Change<Item>[]): Item[] {
  const rows = new Map<number, Item>()
  for (const change of changes) {
    if (change.op === 'truncate') rows.clear()
    if (change.before?.id !== undefined) rows.delete(change.before.id)
    if (change.row) rows.set(change.row.id, { ...rows.get(change.row.id), ...change.row })
  }
  return [...rows.values()].sort((a, b) => a.id - b.id)
}
