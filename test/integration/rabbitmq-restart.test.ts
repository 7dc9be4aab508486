import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { type PrivateRabbit, rabbitmq as server, startPrivateRabbit } from '../../scripts/servers/rabbitmq.ts'
import type { IsthmusError } from '../../src/errors.ts'
import { flow } from '../../src/flow/flow-builder.ts'
import { model } from '../../src/model/model.ts'
import { idempotent } from '../../src/system/effect.ts'
import { runEngine, testEnds } from './engine-run.ts'
import { connectTo, outgoing, shopAt, sinkOf, testBroker } from './rabbitmq-harness.ts'

const Row = model('Row', { version: 1, key: 'n', schema: Type.Object({ n: Type.Integer() }) })
const never = new AbortController().signal
const skip = server.missingPackages().length > 0 && 'RabbitMQ is not installed'

/** A server of its own, which is killed and starved. */
describe('a RabbitMQ in trouble', { skip }, () => {
  let rabbit: PrivateRabbit
  before(async () => {
    rabbit = await startPrivateRabbit()
  })
  after(() => rabbit?.stop())

  it('loses nothing that it confirmed, and has nothing twice, when it is killed', {
    timeout: 120_000,
  }, async () => {
    const ends = testEnds<{ n: number }>()
    const name = 'killed'
    const shop = shopAt({ url: rabbit.url, heartbeat: '1s' })
    // A quorum queue with one member alone may not come back in RabbitMQ 3.10, whoever asks: see the soak for three.
    const declare = { queues: [{ name, type: 'classic' }] } as const
    const published = shop.publish('out', Row, { routingKey: name, effect: idempotent, declare })
    const consumed = shop.consume('in', Row, { queue: name, declare, prefetch: 20 })
    const quick = { breaker: { first: '200ms', longest: '500ms' } }
    const flows = [
      flow('out')
        .from(ends.made)
        .key(({ n }) => `${n}`)
        .to(published),
      flow('in')
        .from(consumed)
        .key(({ n }) => `${n}`)
        .to(ends.arrived),
    ]
    const run = await runEngine([ends.system, { ...shop, governance: quick }], flows)
    const intake = await ends.intake
    const count = 3_000
    const accepting = (async () => {
      for (let n = 0; n < count; n += 50)
        await intake.accept(
          Array.from({ length: 50 }, (_, k) => ({ id: `row-${n + k}`, data: { n: n + k } })),
        )
    })()
    // In the middle of it: some are confirmed, some are on their way.
    while (ends.effects.size < 200) await delay(1)
    await rabbit.kill()
    await rabbit.restart()
    await accepting
    while (ends.effects.size < count) await delay(10)
    assert.deepEqual(
      [...ends.effects.values()].map(({ n }) => n).sort((a, b) => a - b),
      Array.from({ length: count }, (_, n) => n),
    )
    await run.stop()
    const outcomes = run.events.filter(({ type }) => type === 'ended').map(({ outcome }) => outcome)
    assert.deepEqual(outcomes, Array(2 * count).fill('delivered'))
  })

  it('is left alone while it is low on memory, and gets everything afterwards', {
    timeout: 120_000,
  }, async () => {
    const broker = await testBroker(rabbit.url)
    const queue = await broker.queue()
    const shop = shopAt({ url: rabbit.url, callTimeout: '20s' })
    const connection = await connectTo(shop)
    const sink = sinkOf(connection, shop.publish('out', Row, { routingKey: queue, effect: idempotent }))
    await rabbit.ctl('set_vm_memory_high_watermark', '0.00001')
    // A server tells of its alarm when somebody publishes: this one waits for its confirm, or has it.
    const first = sink.write([outgoing(1, { n: 1 })], never)
    let refused = 0
    for (;;) {
      const [answer] = await sink.write([outgoing(2, { n: 2 })], AbortSignal.timeout(2_000))
      if (!answer || answer.ok) continue
      const { code, message } = answer.error as IsthmusError
      if (code === 'TARGET-UNANSWERED') continue
      assert.equal(code, 'TARGET-UNAVAILABLE')
      assert.match(message, /memory/)
      if (++refused === 20) break
    }
    await rabbit.ctl('set_vm_memory_high_watermark', '0.4')
    assert.deepEqual(await first, [{ ok: true }])
    for (let done = false; !done; ) {
      const [answer] = await sink.write([outgoing(2, { n: 2 })], never)
      done = answer?.ok === true
      if (!done) await delay(20)
    }
    const found = await broker.drain(queue)
    const ids = new Set(found.map(({ properties }) => properties.messageId))
    assert.deepEqual([...ids].sort(), ['effect-1', 'effect-2'])
    await connection.close()
    await broker.close()
  })
})
