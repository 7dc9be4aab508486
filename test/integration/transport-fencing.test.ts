import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { Admission, defaultAdmissionLimits } from '../../src/engine/admission.ts'
import { carriedOf } from '../../src/engine/carried.ts'
import { realHost } from '../../src/engine/host.ts'
import { Mover } from '../../src/engine/mover.ts'
import { transportSource } from '../../src/engine/transport.ts'
import { type Membership, partitionLease } from '../../src/store/members.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { NewMessage, Store } from '../../src/store/store.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { until } from './kafka-engine.ts'
import { withoutKafka } from './kafka-harness.ts'
import { openTransport } from './transport-harness.ts'

const options = { timeout: 480_000 }

const messageOf = (n: number): NewMessage => ({
  flows: [{ flow: 'counting', partition: 0, key: 'a' }],
  id: randomUUID(),
  body: Buffer.from(String(n)),
  acceptedAt: Date.now(),
  head: { source: 'ends.made', type: 'Reading', time: Date.now(), contentType: 'raw' },
  identity: `ends.made\0=${n}`,
})

const joined = (store: Store): Promise<Membership> =>
  store.join?.(
    { id: randomUUID(), name: 'test', roles: ['worker'], version: '1' },
    { partitions: 1, lease: 1_000 },
  ) as Promise<Membership>

describe('who moves a partition of a transport', {
  skip: withoutKafka || withoutPostgres,
  ...options,
}, () => {
  const setUp = async (t: TestContext) => {
    const schema = freshSchema()
    const transport = await openTransport({})
    await transport.check(1)
    const stores = [1, 2].map(() => postgresStore({ url: testUrl, schema }))
    t.after(async () => {
      await transport.close()
      await Promise.all(stores.map(store => store.close()))
      await dropSchema(schema)
    })
    const moving = (store: Store, token: number) => {
      const fatal: unknown[] = []
      const end = new AbortController()
      t.after(() => end.abort())
      const [host, watch] = [realHost(), () => {}]
      const mover = new Mover({
        ...{ transport, store, host, watch, channels: [], window: 1, runner: () => undefined },
        admission: new Admission(host, defaultAdmissionLimits, watch),
        onFatal: error => fatal.push(error),
      })
      const ended = mover.move(0, token, end.signal).catch(error => error)
      return { fatal, ended }
    }
    return { transport, stores: stores as [Store, Store], moving }
  }

  it(
    'writes nothing once another holds the partition, not even what it had read before',
    options,
    async t => {
      const { transport, stores, moving } = await setUp(t)
      const [first, second] = stores
      const [lease] = await (await joined(first)).take([partitionLease(0)])
      const gate = Promise.withResolvers<void>()
      let waiting = false
      const paused: Store = {
        ...first,
        read: first.read,
        async accept(messages, position) {
          waiting = true
          await gate.promise
          return await first.accept(messages, position)
        },
      }
      const zombie = moving(paused, lease?.token ?? 0)
      await transport.produce(carriedOf(messageOf(1)))
      await until(
        () => waiting,
        () => 'the first one does not move',
      )
      const member = await joined(second)
      const taken: number[] = []
      await until(
        async () => {
          await member.beat({ leaving: false, load: null })
          taken.push(...(await member.take([partitionLease(0)])).map(({ token }) => token))
          return taken.length > 0
        },
        () => 'the lease is not free',
      )
      const beating = setInterval(() => void member.beat({ leaving: false, load: null }).catch(() => {}), 200)
      t.after(() => clearInterval(beating))
      const successor = moving(second, taken[0] ?? 0)
      await transport.produce(carriedOf(messageOf(2)))
      const place = async () =>
        ((await second.read.position(transportSource(0))) as { next?: { next?: string } } | undefined)?.next
          ?.next
      await until(
        async () => (await place()) === '2',
        () => 'the second one does not move',
      )
      gate.resolve()
      const error = await zombie.ended
      assert.equal((error as { code?: string }).code, 'STORE-FENCED')
      assert.equal(zombie.fatal.length, 1)
      assert.equal(await place(), '2')
      assert.deepEqual(await second.read.heads(), [{ flow: 'counting', head: 2 }])
      assert.deepEqual(successor.fatal, [])
    },
  )
})
