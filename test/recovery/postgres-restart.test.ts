import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { IsthmusError } from '../../src/errors.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { Claim, Store } from '../../src/store/store.ts'
import {
  allEntries,
  ended,
  flowState,
  identified,
  message,
  settlement,
} from '../../src/testing/store-suite/fixture.ts'
import type { Cluster } from './postgres-cluster.ts'
import { makeCluster, withoutCluster } from './postgres-cluster.ts'

describe('PostgreSQL store on a server that crashes', { skip: withoutCluster }, () => {
  let cluster: Cluster
  before(async () => {
    // What the store does not force to the disk itself stays in memory for long and is lost.
    cluster = await makeCluster({ synchronous_commit: 'off', wal_writer_delay: '10s' })
    await cluster.start()
  })
  after(() => cluster.destroy())

  it('keeps what it has answered, also where the server is set to answer before it syncs', async () => {
    const store = postgresStore({ url: cluster.url, schema: 'sync' })
    const claim = await store.claim('test')
    const [answer] = await store.accept([message(1)], { source: 'mes', position: 1 })
    assert.equal(answer?.status, 'accepted')
    await cluster.crash()
    await cluster.start()
    assert.equal((await allEntries(store.read, 'orders')).length, 1)
    assert.equal(await store.read.position('mes'), 1)
    await store.settle(settlement(claim, 1, { settled: [ended(1)] }))
    await cluster.crash()
    await cluster.start()
    assert.equal((await store.read.settled({ flow: 'orders', from: 1, to: 1 })).length, 1)
    await store.close()
    await cluster.crash()
    await cluster.start()
    const next = postgresStore({ url: cluster.url, schema: 'sync' })
    const nextClaim = await next.claim('test')
    assert.ok(nextClaim.token > claim.token)
    assert.equal(nextClaim.clean, true)
    await next.close()
  })

  it('goes on by itself after restarts under load; nothing is lost and nothing doubled', async () => {
    const store = postgresStore({ url: cluster.url, schema: 'load', patience: 2000 })
    const claim = await store.claim('test')
    const work = { accepted: new Map<string, number>(), settled: 0, ending: false, complete: false }
    const lanes = Array.from({ length: 8 }, (_, lane) => acceptAll(store, work, lane))
    const worker = settleAll(store, claim, work)
    for (const how of ['SIGQUIT', 'SIGINT', 'SIGKILL', 'SIGQUIT'] as const) {
      const enough = { accepted: work.accepted.size + 200, settled: work.settled + 200 }
      while (work.accepted.size < enough.accepted || work.settled < enough.settled) await turn()
      await cluster.crash(how)
      await cluster.start()
    }
    work.ending = true
    await Promise.all(lanes)
    work.complete = true
    await worker
    const entries = await allEntries(store.read, 'orders')
    assert.deepEqual(
      new Map(entries.map(entry => [Buffer.from(entry.body).toString(), entry.seq])),
      work.accepted,
    )
    assert.equal(entries.length, work.accepted.size, 'nothing is doubled')
    const state = await flowState(store.read)
    assert.equal(state.head, entries.length)
    const settled = await store.read.settled({ flow: 'orders', from: 1, to: state.head })
    assert.equal(settled.length, entries.length)
    await store.close()
  })
})

interface Work {
  /** Number of each accepted message, by its body. */
  readonly accepted: Map<string, number>
  settled: number
  /** No more is begun. */
  ending: boolean
  /** No more is on its way. */
  complete: boolean
}

/** As a source that delivers again what was not accepted: every second message with an identity. */
async function acceptAll(store: Store, work: Work, lane: number): Promise<void> {
  for (let n = 0; !work.ending; n++) {
    const name = `lane ${lane} message ${n}`
    const body = Buffer.from(name)
    const id = lane * 1_000_000 + n
    const sent = n % 2 === 0 ? message(id, { body }) : identified(id, name, name, { body })
    const [answer] = await persist(() => store.accept([sent]))
    assert.equal(answer?.status, 'accepted')
    work.accepted.set(name, answer.seqs[0] ?? 0)
  }
}

async function settleAll(store: Store, claim: Claim, work: Work): Promise<void> {
  for (let cursor = 0; !work.complete || cursor < work.accepted.size; ) {
    const entries = await persist(() => store.read.entries({ flow: 'orders', after: cursor, limit: 50 }))
    const last = entries.at(-1)?.seq
    if (last === undefined) continue
    const settled = entries.map(entry => ended(entry.seq))
    await persist(() => store.settle(settlement(claim, last, { settled })))
    cursor = last
    work.settled += entries.length
  }
}

/** Repeats what the store says was not done. */
async function persist<T>(use: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await use()
    } catch (error) {
      if (!(error instanceof IsthmusError && error.code === 'STORE-UNAVAILABLE')) throw error
    }
  }
}
