import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import type { ChangesOptions } from '../../src/connectors/mongodb/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import type { Json } from '../../src/message/json-value.ts'
import type { Delivery } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import type { ConnectContext } from '../../src/system/connector.ts'
import { connectTo, mongoUrl, shopAt, sourceOf, testDatabase, withoutStreams } from './mongodb-harness.ts'

const Item = model('Item', {
  version: 1,
  schema: Type.Object({ _id: Type.String(), qty: Type.Optional(Type.Integer()) }),
})

interface Stage {
  readonly deliveries: Delivery[]
  position: Json | undefined
  readonly warnings: string[]
  items: ReturnType<ReturnType<typeof testDatabase>['db']['collection']>
  db: ReturnType<typeof testDatabase>['db']
  /** The token of the next event. */
  next(): Promise<{ token: string }>
  /** Runs the source until the condition holds, and stops it; rejects as the source does. */
  run(until: () => boolean): Promise<void>
}

async function onStage(
  options: Omit<ChangesOptions, 'collection'>,
  use: (stage: Stage) => Promise<void>,
  over: Partial<ConnectContext> = {},
): Promise<void> {
  const database = testDatabase()
  const shop = shopAt({ url: database.urlAt(mongoUrl) })
  const channel = shop.changes('items', Item, { collection: 'items', ...options })
  const stage: Stage = {
    deliveries: [],
    position: undefined,
    warnings: [],
    db: database.db,
    items: database.db.collection('items'),
    async next() {
      const { token } = stage.position as { token: { _data: string } }
      const stream = stage.items.watch([], { startAfter: token })
      const { _id } = await stream.next()
      await stream.close()
      return { token: (_id as { _data: string })._data }
    },
    async run(until) {
      const context = { log: (_: string, text: string) => void stage.warnings.push(text), ...over }
      const connection = await connectTo(shop, context)
      const stop = new AbortController()
      const intake = {
        position: async () => stage.position,
        async accept(deliveries: readonly Delivery[], { position }: { position?: Json | undefined } = {}) {
          stage.deliveries.push(...deliveries)
          stage.position = position
          if (until()) stop.abort()
          return deliveries.map(({ id = '' }) => ({ status: 'accepted' as const, id }))
        },
      }
      try {
        await sourceOf(connection, channel).run(intake, stop.signal)
      } finally {
        await connection.close()
      }
    },
  }
  try {
    await use(stage)
  } finally {
    await database.destroy()
  }
}

const text = (id: string) => id as never
const dataOf = (stage: Stage) => stage.deliveries.map(({ data }) => data)

describe('mongodb changes', { skip: withoutStreams }, () => {
  it('stores its place before anything happens, and misses nothing from then on', () =>
    onStage({}, async stage => {
      await stage.items.insertOne({ _id: text('before') })
      await stage.run(() => true)
      assert.deepEqual(stage.deliveries, [])
      await stage.items.insertOne({ _id: text('a'), qty: 1, other: 'left out' })
      await stage.run(() => stage.deliveries.length === 1)
      assert.deepEqual(dataOf(stage), [{ _id: 'a', qty: 1 }])
    }))

  it('delivers inserts, updates, replacements and deletions, each under an id of its own', () =>
    onStage(
      {
        record: ({ operation, key, document }) => ({
          operation: operation === 'replace' ? 'update' : operation,
          key,
          qty: document?.qty,
        }),
      },
      async stage => {
        await stage.run(() => true)
        const steps = [
          () => stage.items.insertOne({ _id: text('a'), qty: 1 }),
          () => stage.items.updateOne({ _id: text('a') }, { $set: { qty: 2 } }),
          () => stage.items.replaceOne({ _id: text('a') }, { qty: 3 }),
          () => stage.items.deleteOne({ _id: text('a') }),
        ]
        for (const [n, step] of steps.entries()) {
          await step()
          await stage.run(() => stage.deliveries.length === n + 1)
        }
        assert.deepEqual(dataOf(stage), [
          { operation: 'insert', key: 'a', qty: 1 },
          { operation: 'update', key: 'a', qty: 2 },
          { operation: 'update', key: 'a', qty: 3 },
          { operation: 'delete', key: 'a', qty: undefined },
        ])
        assert.equal(new Set(stage.deliveries.map(({ id }) => id)).size, 4)
        for (const { time } of stage.deliveries) assert.ok(time !== undefined && time > 1_700_000_000_000)
      },
    ))

  it('copies first, keys of any type, and delivers all that happens meanwhile', () =>
    onStage(
      { from: 'beginning', record: ({ key, document }) => ({ key, qty: document?.qty }) },
      async stage => {
        await stage.items.insertMany([
          ...Array.from({ length: 1100 }, (_, n) => ({ _id: n as never, qty: 0 })),
          { _id: text('a'), qty: 0 },
          { _id: text('b'), qty: 0 },
        ])
        // Stops in the middle of the copying, before which a document changes that is copied already.
        await stage.run(() => stage.deliveries.length > 0)
        const first = stage.deliveries.length
        assert.ok(first < 1102)
        await stage.items.updateOne({ _id: 0 as never }, { $set: { qty: 7 } })
        await stage.items.insertOne({ _id: -1 as never, qty: 8 })
        const has = (qty: number) =>
          stage.deliveries.some(({ data }) => (data as { qty: number }).qty === qty)
        await stage.run(() => has(7) && has(8))
        const keys = dataOf(stage).map(data => (data as { key: unknown }).key)
        assert.equal(new Set(keys).size, 1103)
        // Nothing was copied twice: only the changed one came again.
        assert.equal(keys.length, 1104)
      },
    ))

  it('stops with SOURCE-GAP when the oplog has left its place behind', () =>
    onStage({}, async stage => {
      await stage.run(() => true)
      await stage.items.insertOne({ _id: text('a') })
      await stage.run(() => stage.deliveries.length === 1)
      const position = structuredClone(stage.position)
      await stage.items.insertOne({ _id: text('lost') })
      // As if the oplog began behind this one: see scripts/servers/mongodb.
      const { token } = await stage.next()
      await stage.items.db.client
        .db('local')
        .collection('lost')
        .insertOne({ ns: stage.items.namespace, before: token })
      await assert.rejects(
        stage.run(() => true),
        (error: unknown) =>
          error instanceof IsthmusError &&
          error.code === 'SOURCE-GAP' &&
          error.fate === 'pause' &&
          /gap is possible/.test(error.message),
      )
      assert.deepEqual(stage.position, position)
    }))

  it('says that a collection was dropped, and goes on with what is made under its name', () =>
    onStage({}, async stage => {
      await stage.items.insertOne({ _id: text('before') })
      await stage.run(() => true)
      await stage.items.drop()
      await stage.run(() => stage.warnings.length > 0)
      await stage.items.insertOne({ _id: text('after') })
      await stage.run(() => stage.deliveries.length === 1)
      assert.deepEqual(dataOf(stage), [{ _id: 'after' }])
      assert.match(stage.warnings.join(), /had a drop/)
    }))

  it('moves its place on while nothing happens in its collection', async () => {
    let now = 0
    await onStage(
      {},
      async stage => {
        await stage.run(() => true)
        const before = JSON.stringify(stage.position)
        await stage.db.collection('others').insertOne({ _id: text('x') })
        await stage.run(() => JSON.stringify(stage.position) !== before)
        assert.deepEqual(stage.deliveries, [])
      },
      { now: () => (now += 45_000) },
    )
  })

  it('asks for its turn before each call, and tells what came of it', async () => {
    let asked = 0
    let told = 0
    const turn = async () => {
      asked++
      return () => void told++
    }
    await onStage(
      {},
      async stage => {
        await stage.run(() => true)
        await stage.items.insertOne({ _id: text('a') })
        await stage.run(() => stage.deliveries.length === 1)
      },
      { turn },
    )
    assert.ok(asked >= 2)
    assert.equal(told, asked)
  })

  it('sets aside what its function cannot read, and goes on', () =>
    onStage(
      {
        record({ key }) {
          if (key === 'bad') throw new Error('no such thing')
          return { _id: key }
        },
      },
      async stage => {
        await stage.run(() => true)
        await stage.items.insertMany([{ _id: text('bad') }, { _id: text('good') }])
        await stage.run(() => stage.deliveries.length === 2)
        const [bad, good] = stage.deliveries
        assert.equal(bad?.defect, 'no such thing')
        assert.match(String(bad?.body && Buffer.from(bad.body)), /"bad"/)
        assert.deepEqual(good?.data, { _id: 'good' })
      },
    ))
})
