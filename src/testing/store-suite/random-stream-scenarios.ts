import assert from 'node:assert/strict'
import { it } from 'node:test'
import { memoryStore } from '../../store/memory/memory-store.ts'
import type { Append, Store, StoreReader } from '../../store/store.ts'
import type { Opened, StoreSubject } from './fixture.ts'
import { allEntries, event, identified, message, plain, seeded, timeOf, withStore } from './fixture.ts'

const kinds = ['thing/a', 'thing/b', '聚合'] as const
const states = ['running', 'waiting', 'done'] as const

export function randomStreamScenarios(subject: StoreSubject): void {
  for (const seed of [1, 2, 3])
    it(`does what the store in memory does (seed ${seed})`, () =>
      withStore(subject, async first => {
        const model = memoryStore()
        const { token } = await model.claim('model')
        const random = seeded(seed)
        let opened: Opened = first
        for (let step = 0; step < 80; step++) {
          const action = await randomStreamAction(random, model, step)
          const [got, expected] = await Promise.all([
            action(opened.store, opened.claim.token),
            action(model, token),
          ])
          assert.deepEqual(got, expected, `step ${step}`)
          if (step % 20 === 19) await same(opened.store.read, model.read)
          if (step % 30 === 29 && subject.capabilities.durable) opened = await opened.reopen()
        }
        await same(opened.store.read, model.read)
      }))
}

type Action = (store: Store, token: number) => Promise<unknown>

export async function randomStreamAction(random: () => number, model: Store, step: number): Promise<Action> {
  if (random() < 0.05) {
    const before = timeOf(step * 5 * random())
    return async store => {
      let gone = 0
      for (let count = -1; count !== 0; gone += count) count = await store.retire({ before })
      return gone
    }
  }
  const appends: Append[] = []
  for (let left = Math.ceil(random() * 6); left > 0; left--)
    appends.push(await randomAppend(random, model, step * 10 + left))
  if (random() < 0.5) return (store, token) => store.append(appends, token)
  // What is asked at once is done in order.
  return (store, token) => Promise.all(appends.map(each => store.append([each], token)))
}

async function randomAppend(random: () => number, model: Store, n: number): Promise<Append> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const name = { kind: pick(kinds), key: `key-${Math.floor(random() * 12)}` }
  const head = await model.read.streams.head(name)
  const count = 1 + Math.floor(random() * 4)
  return {
    ...name,
    version: Math.max(0, (head?.version ?? 0) + pick([0, 0, 0, 0, 1, -1])),
    events: Array.from({ length: count }, (_, m) => event(n * 5 + m, { n, m, text: 'ä\u0000"' })),
    ...(random() < 0.6 && { state: pick(states) }),
    ...(random() < 0.5 && { open: random() < 0.5 }),
    ...(random() < 0.3 && { snapshot: pick([null, 0, 'x', { n }]) }),
    ...(random() < 0.3 && {
      messages: [message(n * 2), identified(n * 2 + 1, `name-${n % 17}`, random() < 0.7 ? 'same' : 'other')],
    }),
  }
}

async function same(got: StoreReader, expected: StoreReader): Promise<void> {
  assert.deepEqual(await contents(got), await contents(expected))
}

/** Positions may leave gaps, so only their order is compared. */
async function contents(read: StoreReader): Promise<unknown> {
  const { streams } = read
  const heads = await streams.heads({ limit: 999 })
  const events = []
  for (const { kind, key } of heads) events.push(await streams.events({ kind, key, limit: 999 }))
  const logs = []
  for (const kind of kinds) logs.push(await streams.log({ kind, after: 0, limit: 9999 }))
  const positions = logs.map(log => log.map(({ position }) => position))
  for (const each of positions)
    assert.deepEqual(
      each,
      [...new Set(each)].sort((a, b) => a - b),
    )
  const filtered = []
  for (const state of states)
    filtered.push(await streams.heads({ states: [state, 'none'], kind: kinds[0], limit: 5 }))
  for (const open of [true, false]) filtered.push(await streams.heads({ open, limit: 7 }))
  const entries = (await allEntries(read, 'orders')).map(({ seq, id }) => `${seq} ${id}`)
  const plainly = JSON.stringify([heads, events, logs, filtered, entries], (name, value) =>
    name === 'position' ? undefined : value,
  )
  return plain(JSON.parse(plainly))
}
