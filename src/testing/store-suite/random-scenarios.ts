import assert from 'node:assert/strict'
import { it } from 'node:test'
import { memoryStore } from '../../store/memory/memory-store.ts'
import type {
  FlowState,
  NewMessage,
  Settled,
  Settlement,
  Store,
  StoreReader,
  Unfinished,
} from '../../store/store.ts'
import type { Opened, StoreSubject } from './fixture.ts'
import {
  allEntries,
  ended,
  identified,
  message,
  plain,
  seeded,
  settlement,
  timeOf,
  to,
  waiting,
  withStore,
} from './fixture.ts'

const flows = ['orders', 'stock', '成本'] as const
const partitions = 3

export function randomScenarios(subject: StoreSubject): void {
  for (const seed of [1, 2, 3]) {
    it(`does what the store in memory does, whatever is asked (seed ${seed})`, () =>
      withStore(subject, async first => {
        const model = memoryStore()
        const modelClaim = await model.claim('model')
        const random = seeded(seed)
        let opened: Opened = first
        for (let step = 0; step < 120; step++) {
          const action = await randomAction(random, model, step)
          const [got, expected] = await Promise.all([
            action(opened.store, opened.claim.token),
            action(model, modelClaim.token),
          ])
          assert.deepEqual(got, expected, `step ${step}`)
          if (step % 20 === 19) await same(opened.store.read, model.read)
          if (step % 50 === 49 && subject.capabilities.durable) opened = await opened.reopen()
        }
        await same(opened.store.read, model.read)
      }))
  }
}

type Action = (store: Store, token: number) => Promise<unknown>

/** What comes next, decided by what the model holds. The engine’s rules are kept: a cursor passes nothing unrecorded. */
export async function randomAction(random: () => number, model: Store, step: number): Promise<Action> {
  const dice = random()
  if (dice < 0.45) {
    const sent = Array.from({ length: Math.ceil(random() * 12) }, (_, n) =>
      randomMessage(random, step * 100 + n),
    )
    const position =
      random() < 0.3 ? { source: 'mes', position: { step }, unlessConflict: step % 2 === 0 } : undefined
    return store => store.accept(sent, position)
  }
  if (dice < 0.93) {
    const what = await randomSettlement(random, model, step)
    return (store, token) => store.settle({ ...what, token })
  }
  const before = timeOf(step * 100 * random())
  return async store => {
    let gone = 0
    for (let count = -1; count !== 0; gone += count)
      count = await store.retire({ before, identitiesBefore: before })
    return gone
  }
}

function randomMessage(random: () => number, n: number): NewMessage {
  const count = 1 + Math.floor(random() * 2)
  const addresses = Array.from({ length: count }, (_, index) => {
    const key = Math.floor(random() * 9)
    return to(flows[(n + index) % flows.length] ?? '', `key-${key}`, key % partitions)
  })
  if (random() < 0.5) return message(n, { at: addresses })
  return identified(n, `name-${Math.floor(random() * 60)}`, random() < 0.8 ? 'same' : 'other', {
    flows: addresses,
  })
}

async function randomSettlement(random: () => number, model: Store, step: number): Promise<Settlement> {
  const flow = flows[Math.floor(random() * flows.length)] ?? ''
  const partition = Math.floor(random() * partitions)
  const cursor =
    (await stateOf(model.read, flow))?.cursors.find(each => each.partition === partition)?.cursor ?? 0
  const ahead = await model.read.entries({ flow, after: cursor, limit: Math.ceil(random() * 40) })
  const rows = await model.read.unfinished({ flow, limit: 999 })
  const seqs = [
    ...ahead.filter(each => each.partition === partition).map(each => each.seq),
    ...rows.filter(each => each.partition === partition && random() < 0.3).map(each => each.seq),
  ]
  const settled: Settled[] = []
  const unfinished: Unfinished[] = []
  for (const seq of seqs) {
    if (random() < 0.75)
      settled.push(ended(seq, { attempts: step, outcome: outcomes[seq % 3] ?? 'delivered' }))
    else
      unfinished.push(waiting(seq, { attempts: step, status: statuses[Math.floor(random() * 5)] ?? 'held' }))
  }
  const claim = { token: 0, clean: true }
  return settlement(claim, ahead.at(-1)?.seq ?? cursor, { flow, partition, settled, unfinished })
}

const outcomes = ['delivered', 'filtered', 'discarded'] as const
const statuses = ['retrying', 'held', 'parked', 'doubt', 'running'] as const

async function stateOf(read: StoreReader, flow: string): Promise<FlowState | undefined> {
  return (await read.flows()).find(each => each.flow === flow)
}

async function same(got: StoreReader, expected: StoreReader): Promise<void> {
  assert.deepEqual(await contents(got), await contents(expected))
  for (const state of await got.flows()) await recount(got, state)
}

async function contents(read: StoreReader): Promise<unknown> {
  const byFlow = []
  for (const flow of flows) {
    const state = await stateOf(read, flow)
    byFlow.push({
      ...state,
      cursors: state?.cursors.filter(each => each.cursor > 0).sort((a, b) => a.partition - b.partition),
      read: (await allEntries(read, flow, 17)).map(entry => ({
        ...entry,
        body: Buffer.from(entry.body).toString(),
      })),
      settled: await read.settled({ flow, from: 1, to: 1e6 }),
      unfinished: await read.unfinished({ flow, limit: 1e6 }),
    })
  }
  return plain([byFlow, (await read.position('mes')) ?? null])
}

async function recount(read: StoreReader, state: FlowState): Promise<void> {
  const entries = await allEntries(read, state.flow)
  const settled = await read.settled({ flow: state.flow, from: 1, to: state.head })
  const rows = await read.unfinished({ flow: state.flow, limit: 1e6 })
  const retired = state.retired.delivered + state.retired.filtered + state.retired.discarded
  assert.equal(state.entries, entries.length)
  assert.equal(state.entries + retired, state.head)
  for (const [status, count] of Object.entries(state.unfinished))
    assert.equal(rows.filter(row => row.status === status).length, count)
  const done = new Set([...settled, ...rows.filter(row => row.status === 'parked')].map(each => each.seq))
  const times = entries.filter(each => !done.has(each.seq)).map(each => each.acceptedAt)
  assert.equal(state.oldestWaiting, times.length === 0 ? undefined : Math.min(...times))
}
