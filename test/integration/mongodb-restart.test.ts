import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { fetchedMongo, type PrivateMongo, startPrivateMongo } from '../../scripts/servers/mongodb.ts'
import { IsthmusError } from '../../src/errors.ts'
import type { Json } from '../../src/message/json-value.ts'
import type { Delivery } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import type { Outgoing, Sink } from '../../src/system/roles.ts'
import { connectTo, shopAt, sinkOf, sourceOf, withoutMongo } from './mongodb-harness.ts'

const Count = model('Count', { version: 1, schema: Type.Object({ _id: Type.String(), n: Type.Integer() }) })
const never = new AbortController().signal

/** A server of its own, which is killed. */
describe('mongodb whose server is killed', { skip: withoutMongo }, () => {
  let server: PrivateMongo
  before(async () => {
    server = await startPrivateMongo(await fetchedMongo())
  })
  after(() => server?.stop())

  it('loses no write that it claimed, and has no effect twice', { timeout: 240_000 }, async () => {
    const shop = shopAt({ url: `${server.url}/killed` })
    const connection = await connectTo(shop)
    const options = { collection: 'counts', mode: 'upsert', key: ['_id'] } as const
    const sink = sinkOf(connection, shop.collection('counts', Count, options))
    const source = shop.changes('changes', Count, { collection: 'counts' })

    /** By their ids: what is delivered again after a kill is a duplicate. */
    const delivered = new Map<string | undefined, Delivery>()
    let position: Json | undefined
    const stop = new AbortController()
    const following = keepRunning(
      () =>
        sourceOf(connection, source).run(
          {
            position: async () => position,
            async accept(deliveries, options = {}) {
              for (const delivery of deliveries) delivered.set(delivery.id, delivery)
              position = options.position ?? position
              return deliveries.map(({ id = '' }) => ({ status: 'accepted', id }))
            },
          },
          stop.signal,
        ),
      stop.signal,
    )
    while (position === undefined) await delay(5)

    const claimed = new Set<string>()
    const lanes = [0, 1].map(async lane => {
      for (let n = 0; n < 20; n++) {
        const sent = Array.from({ length: 5 }, (_, index) => item(`${lane}-${n}-${index}`, n))
        await writeAll(sink, sent, claimed)
      }
    })
    for (let kill = 0; kill < 2; kill++) {
      const before = claimed.size
      while (claimed.size < before + 50) await delay(1)
      await server.killAndRestart()
    }
    await Promise.all(lanes)

    const query = shop.find('all', {
      collection: 'counts',
      request: Nothing,
      response: Counts,
      filter: () => ({}),
    })
    const requester = connection.requester?.(query as never)
    const [all] = (await requester?.ask([item('all', 0) as never], never)) ?? []
    assert.ok(all?.ok)
    const found = all.result as { _id: string }[]
    assert.deepEqual(found.map(({ _id }) => _id).sort(), [...claimed].sort())
    // Each was written once: a second time would be a second event.
    const events = () => [...delivered.values()].map(({ data }) => (data as { _id: string })._id)
    while (new Set(events()).size < claimed.size) await delay(5)
    assert.deepEqual(events().sort(), [...claimed].sort())
    stop.abort()
    await following
    await connection.close()
  })
})

const Nothing = model('Nothing', { version: 1, schema: Type.Object({}) })
const Counts = model('Counts', {
  version: 1,
  schema: Type.Array(Type.Object({ _id: Type.String(), n: Type.Integer() })),
})

function item(key: string, n: number): Outgoing {
  return { data: { _id: key, n }, effectKey: `effect-${key}`, key, messageId: key, attempt: 1 }
}

async function writeAll(sink: Sink, items: readonly Outgoing[], claimed: Set<string>): Promise<void> {
  let left = items
  while (left.length > 0) {
    const answers = await sink.write(left, never)
    for (const [index, answer] of answers.entries()) {
      if (answer.ok) claimed.add((left[index] as Outgoing).key)
      else {
        const { code } = answer.error as IsthmusError
        assert.ok(['TARGET-UNAVAILABLE', 'TARGET-UNANSWERED'].includes(code), String(answer.error))
      }
    }
    left = left.filter((_, index) => !answers[index]?.ok)
    if (left.length > 0) await delay(20)
  }
}

/** As the engine does: what stopped for a reason that passes is started again. */
async function keepRunning(run: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await run()
    } catch (error) {
      assert.ok(error instanceof IsthmusError && error.code === 'SOURCE-FAILED', String(error))
      await delay(20)
    }
  }
}
