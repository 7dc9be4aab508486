import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { JoinOptions, Store } from '../../src/store/store.ts'
import type { Actor } from '../../src/testing/members-suite/fixture.ts'
import {
  eventually,
  leaseState,
  newMember,
  short,
  taken,
  takenWhenFree,
  well,
} from '../../src/testing/members-suite/fixture.ts'
import {
  appendOf,
  cursorOf,
  ended,
  flowState,
  message,
  messages,
  rejectsWith,
  settlement,
  waiting,
} from '../../src/testing/store-suite/fixture.ts'
import type { Cluster } from './postgres-cluster.ts'
import { makeCluster, withoutCluster } from './postgres-cluster.ts'
import { dropSchema, freshSchema, query, testUrl, withoutPostgres } from './postgres-fixture.ts'
import type { Accident, PostgresProxy } from './postgres-proxy.ts'
import { startProxy } from './postgres-proxy.ts'

const accidents: readonly Accident[] = ['lost', 'torn', 'unanswered', 'late']

describe('members of a PostgreSQL store whose connections break', { skip: withoutPostgres }, () => {
  for (const accident of accidents) {
    it(`take once, and keep what they got: the statement is ${accident}`, () =>
      withProxy(async ({ join, proxy }) => {
        const [a, b] = [await join(proxy.url), await join()]
        const broken = proxy.next(accident, 'WITH dead')
        const leases = await a.membership.take(['partition/0', 'partition/1'])
        await broken
        assert.equal(leases.length, 2)
        assert.ok(leases.every(({ clean }) => clean))
        for (const { name, token } of leases)
          assert.deepEqual(await leaseState(b.store.read, name), { name, token, holder: a.id })
        await a.membership.give(leases)
        if (accident === 'late') await proxy.release()
        const { leases: left } = await a.membership.beat(well)
        assert.ok(
          left.every(({ holder }) => holder === undefined),
          'what came late took nothing',
        )
        assert.equal((await b.membership.take(['partition/0', 'partition/1'])).length, 2)
      }))

    it(`give back once: the statement is ${accident}`, () =>
      withProxy(async ({ join, proxy }) => {
        const [a, b] = [await join(proxy.url), await join()]
        const lease = await taken(a, 'partition/0')
        const broken = proxy.next(accident, 'WITH given')
        await a.membership.give([lease])
        await broken
        const next = await taken(a, 'partition/0')
        assert.equal(next.clean, true)
        if (accident === 'late') await proxy.release()
        assert.deepEqual(await b.membership.take(['partition/0']), [])
      }))

    it(`join once, and show signs of life: the statement is ${accident}`, () =>
      withProxy(async ({ join, proxy }) => {
        const b = await join()
        const joining = proxy.next(accident, 'WITH free')
        const a = await join(proxy.url)
        await joining
        if (accident === 'late') await proxy.release()
        const beating = proxy.next(accident, 'AS known')
        const { members } = await a.membership.beat(well)
        await beating
        if (accident === 'late') await proxy.release()
        assert.deepEqual(members.map(({ id }) => id).sort(), [a.id, b.id].sort())
        await a.membership.leave()
        await rejectsWith('STORE-FENCED', a.membership.beat(well))
      }))

    it(`ask once and are answered: the statement is ${accident}`, () =>
      withProxy(async ({ join, proxy }) => {
        const [a, b] = [await join(proxy.url), await join()]
        await taken(b, 'partition/0')
        const handled: unknown[] = []
        b.membership.onRequest(async (_lease, request) => {
          handled.push(request)
          return request
        })
        // What is asked does not hold the marker, so that nothing else is caught by it.
        for (const [n, marker] of ['until < clock_timestamp()', 'answer IS NOT NULL'].entries()) {
          const broken = proxy.next(accident, marker)
          assert.equal(await a.membership.ask('partition/0', n), n)
          await broken
          if (accident === 'late') await proxy.release()
        }
        assert.equal(handled.filter(each => each === 1).length, 1)
      }))
  }

  it('write nothing of what was asked before a take-over and reaches the server after it', () =>
    withProxy(async ({ join, proxy }) => {
      const writes = [
        {
          marker: 'too late',
          write: (store: Store, token: number) => {
            const error = { code: 'STEP-FAILED', reason: 'too late' }
            const row = waiting(2, { error })
            return store.settle(
              settlement({ token, clean: true }, 2, { settled: [ended(1)], unfinished: [row] }),
            )
          },
        },
        {
          marker: 'k-late',
          write: (store: Store, token: number) => store.append([appendOf('k-late', 0)], token),
        },
        {
          marker: 'id-77',
          write: (store: Store, token: number) =>
            store.accept([message(77)], { source: 'mes', position: 7, token }),
        },
      ]
      const heir = await join()
      await heir.store.accept(messages(2))
      for (const [n, { marker, write }] of writes.entries()) {
        const slow = await join(proxy.url, { lease: short })
        const { token } = await taken(slow, `partition/${n}`)
        const broken = proxy.next('late', marker)
        const late = rejectsWith('STORE-FENCED', write(slow.store, token))
        await broken
        proxy.open = false
        await takenWhenFree(heir, `partition/${n}`)
        await proxy.release()
        proxy.open = true
        await late
        await slow.close()
      }
      const { read } = heir.store
      const state = await flowState(read)
      assert.equal(cursorOf(state), 0)
      assert.equal(state.head, 2)
      assert.deepEqual(await read.unfinished({ flow: 'orders', limit: 9 }), [])
      assert.deepEqual(await read.streams.heads({ limit: 9 }), [])
      assert.equal(await read.position('mes'), undefined)
    }))

  it('take over only after a write under way, for which signs of life do not wait', () =>
    withProxy(async ({ join, schema }) => {
      const [slow, heir] = [await join(undefined, { lease: short }), await join()]
      const lease = await taken(slow, 'partition/0')
      await slow.store.accept(messages(2))
      await slow.store.settle(settlement(lease, 1, { unfinished: [waiting(1)] }))
      const foreign = new pg.Client({ connectionString: testUrl })
      await foreign.connect()
      await foreign.query(`BEGIN; SELECT * FROM "${schema}".unfinished FOR UPDATE`)
      const settling = slow.store.settle(settlement(lease, 2, { settled: [ended(1), ended(2)] }))
      await eventually('the write waits', () => waitsForLock(schema, 'WITH owned'))
      await slow.membership.beat(well)
      const taking = takenWhenFree(heir, 'partition/0')
      await eventually('the take-over waits', () => waitsForLock(schema, 'WITH dead'))
      await heir.membership.beat(well)
      await foreign.query('COMMIT')
      await foreign.end()
      await settling
      await taking
      assert.equal(cursorOf(await flowState(heir.store.read)), 2)
      await rejectsWith('STORE-FENCED', slow.store.settle(settlement(lease, 2)))
    }))

  it('hear of each other again', () =>
    withProxy(async ({ join, schema }) => {
      const [a, b] = [await join(), await join()]
      const lease = await taken(a, 'partition/0')
      const heard: string[] = []
      b.membership.onWake(wake => heard.push(wake))
      await query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
        `isthmus ${schema}`,
      ])
      await eventually('what may have been missed is told', async () => heard.includes('messages'))
      heard.length = 0
      await a.membership.give([lease])
      await eventually('giving back is heard of', async () => heard.includes('leases'))
    }))

  it('forget those who have been dead for a day, and requests for which nobody came back', () =>
    withProxy(async ({ join, schema }) => {
      const [a, dead] = [await join(), await join()]
      await taken(dead, 'partition/0')
      await dead.kill()
      const old = `clock_timestamp() - interval '25 hours'`
      await query(`UPDATE "${schema}".members SET seen = ${old}, expires = ${old} WHERE id = $1`, [dead.id])
      await query(`INSERT INTO "${schema}".requests (id, lease, asker, request, until)
        VALUES (gen_random_uuid(), 'partition/7', 'nobody', '1', ${old})`)
      assert.equal((await a.membership.beat(well)).members.length, 1)
      await join()
      assert.equal((await taken(a, 'partition/0')).clean, false)
      a.membership.onRequest(async () => 'done')
      assert.equal(await a.membership.ask('partition/0', 1), 'done')
      await eventually('requests go', async () => {
        const rows = await query(`SELECT FROM "${schema}".requests`)
        return rows.length === 0
      })
    }))

  it('keep one partition where there are messages from before', () =>
    withProxy(async ({ join, schema }) => {
      const store = postgresStore({ url: testUrl, schema })
      await store.accept([message(1)])
      await store.close()
      assert.equal((await join()).membership.partitions, 1)
    }))
})

describe('members of a PostgreSQL store on a server that crashes', { skip: withoutCluster }, () => {
  let cluster: Cluster
  before(async () => {
    cluster = await makeCluster({ synchronous_commit: 'off', wal_writer_delay: '10s' })
    await cluster.start()
  })
  after(() => cluster.destroy())

  it('go on with what they held, and are never given a token twice', async () => {
    const stores = [1, 2].map(() => postgresStore({ url: cluster.url, schema: 'members', patience: 60_000 }))
    const [one, two] = stores as [Store, Store]
    const a = await (one as Required<Store>).join(newMember('a'), { lease: 120_000 })
    const b = await (two as Required<Store>).join(newMember('b'), { lease: 120_000 })
    const tokens = new Set([a.token, b.token])
    b.onRequest(async (_lease, request) => request)
    const [kept] = await b.take(['coordination'])
    assert.ok(kept)
    for (let crash = 0; crash < 2; crash++) {
      const [lease] = await a.take([`partition/${crash}`])
      assert.ok(lease && !tokens.has(lease.token))
      tokens.add(lease.token)
      const asked = a.ask('coordination', crash)
      await cluster.crash()
      const beating = a.beat(well)
      await cluster.start()
      const { leases } = await beating
      assert.equal(leases.find(({ name }) => name === lease.name)?.token, lease.token)
      assert.equal(await asked, crash)
      await one.append([appendOf(`k${crash}`, 0)], lease.token)
      await two.append([appendOf(`l${crash}`, 0)], kept.token)
    }
    await Promise.all([a.leave(), b.leave()])
    await Promise.all(stores.map(store => store.close()))
  })
})

interface Broken {
  readonly proxy: PostgresProxy
  readonly schema: string
  join(url?: string, options?: JoinOptions): Promise<Actor>
}

async function withProxy(use: (broken: Broken) => Promise<void>): Promise<void> {
  const schema = freshSchema()
  const proxy = await startProxy(testUrl)
  const stores: Store[] = []
  const join = async (url = testUrl, options: JoinOptions = {}): Promise<Actor> => {
    const store = postgresStore({ url, schema, patience: 30_000 })
    stores.push(store)
    const member = newMember('somewhere')
    const membership = await store.join(member, { lease: 120_000, ...options })
    return { id: member.id, store, membership, kill: () => store.close(), close: () => store.close() }
  }
  try {
    await use({ proxy, schema, join })
  } finally {
    proxy.open = true
    await Promise.all(stores.map(store => store.close()))
    await proxy.close()
    await dropSchema(schema)
  }
}

async function waitsForLock(schema: string, text: string): Promise<boolean> {
  const rows = await query(
    `SELECT 1 FROM pg_stat_activity
     WHERE application_name = $1 AND wait_event_type = 'Lock' AND position($2 IN query) > 0`,
    [`isthmus ${schema}`, text],
  )
  return rows.length > 0
}
