import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aggregate, model, Type } from 'isthmus'
import { Aggregates } from '../src/engine/aggregate/aggregates.ts'
import { realHost } from '../src/engine/host.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { Outgoing } from '../src/system/roles.ts'
import { table } from './support/harness.ts'

// Commands per second over an SQLite store, each durable when it is answered: on one aggregate, where each is decided on what
// the one before it made of it, and on a thousand. `single appends` is the store alone: one event an append, as many at a time.
const seconds = 4
const Change = Type.Object({ no: Type.String(), pieces: Type.Integer() })
const Moved = model('Moved', { version: 1, schema: Type.Object({ pieces: Type.Integer() }) })
const account = aggregate('account', {
  state: model('Account', { version: 1, schema: Type.Object({ pieces: Type.Integer() }) }),
  initial: { pieces: 0 },
  events: { moved: Moved },
  apply: { moved: (state, { pieces }) => ({ pieces: state.pieces + pieces }) },
})
const move = account.command('move', model('Move', { version: 1, schema: Change }), {
  id: ({ no }) => no,
  decide: (_, { pieces }) => [{ type: 'moved', data: { pieces } }],
})

/** How many calls of `one` end in a second, with so many under way. */
async function rate(atOnce: number, one: (n: number) => Promise<unknown>): Promise<number> {
  let count = 0
  let next = 0
  const end = performance.now() + seconds * 1000
  const lane = async () => {
    while (performance.now() < end) {
      await one(next++)
      count++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return count / seconds
}

async function measured(atOnce: number, ids: number): Promise<Record<string, number>> {
  const path = mkdtempSync(join(tmpdir(), 'isthmus-bench-'))
  const store = sqliteStore({ path })
  const { token } = await store.claim('bench')
  const onFatal = (error: unknown) => {
    throw error
  }
  const common = { store, token, host: realHost(), projections: [], onFatal, outbox: () => undefined }
  const sink = new Aggregates(common).role(move)
  if (!('write' in sink)) throw new Error('a command is a sink')
  const { signal } = new AbortController()
  const commands = await rate(atOnce, async n => {
    const item: Outgoing = {
      data: { no: `A${n % ids}`, pieces: 1 },
      effectKey: `isthmus:orders:${n}:aggregates.account.move`,
      key: '',
      messageId: `m${n}`,
      attempt: 1,
    }
    const [answer] = await sink.write([item], signal)
    if (!answer?.ok) throw answer?.error
  })
  const data = { model: 1, data: { pieces: 1 }, command: 'move', effectKey: 'isthmus:orders:1', cause: 'm' }
  const appends = await rate(atOnce, n =>
    store.append(
      [{ kind: 'raw', key: `R${n}`, version: 0, events: [{ type: 'moved', data, at: n }] }],
      token,
    ),
  )
  await store.close()
  rmSync(path, { recursive: true })
  const rounded = { 'commands/s': Math.round(commands), 'single appends/s': Math.round(appends) }
  return { aggregates: ids, 'in flight': atOnce, ...rounded }
}

const rows: Awaited<ReturnType<typeof measured>>[] = []
for (const ids of [1, 1000]) for (const atOnce of [1, 32, 500]) rows.push(await measured(atOnce, ids))
console.log(table(rows))
