import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { newCluster, startPrivateRabbit } from '../../scripts/servers/rabbitmq.ts'
import type { IsthmusError } from '../../src/errors.ts'
import { model } from '../../src/model/model.ts'
import { idempotent } from '../../src/system/effect.ts'
import { connectTo, outgoing, shopAt, sinkOf, testBroker } from '../integration/rabbitmq-harness.ts'

const Row = model('Row', { version: 1, schema: Type.Integer() })
const never = new AbortController().signal

/**
 * A quorum queue on three nodes loses two of them and gets them back, again and again: nothing counts as published while
 * there is no quorum, and everything that was is there afterwards.
 */
export async function loseQuorum(rounds: number, say: (line: string) => void): Promise<void> {
  const cluster = await newCluster()
  const first = await startPrivateRabbit(cluster)
  const others = [await startPrivateRabbit(cluster), await startPrivateRabbit(cluster)]
  try {
    for (const { ctl } of others)
      for (const command of [['stop_app'], ['join_cluster', first.node], ['start_app']]) await ctl(...command)
    const name = 'quorum'
    const shop = shopAt({ url: first.url, callTimeout: '3s', heartbeat: '2s' })
    const declare = { queues: [{ name, arguments: { 'x-quorum-initial-group-size': 3 } }] }
    const channel = shop.publish('out', Row, { routingKey: name, effect: idempotent, declare })
    const connection = await connectTo(shop)
    const sink = sinkOf(connection, channel)
    let n = 0
    const published = new Set<string>()
    const publish = async () => {
      const items = Array.from({ length: 50 }, () => outgoing(n, n++))
      for (let left = items; left.length > 0; ) {
        const answers = await sink.write(left, never)
        for (const [at, answer] of answers.entries()) if (answer.ok) published.add(left[at]?.effectKey ?? '')
        left = left.filter((_, at) => !answers[at]?.ok)
        if (left.length > 0) await delay(100)
      }
    }
    await publish()
    for (let round = 1; round <= rounds; round++) {
      // Under load: some are confirmed before, some when the quorum is back.
      const running = publish()
      await Promise.all(others.map(({ kill }) => kill()))
      await confirmNothing(sink)
      await Promise.all(others.map(({ restart }) => restart()))
      await running
      await publish()
      say(`round ${round}: ${published.size} messages were confirmed`)
    }
    const broker = await testBroker(first.url)
    const found = new Set((await broker.drain(name)).map(({ properties }) => properties.messageId))
    const lost = [...published].filter(id => !found.has(id))
    assert.deepEqual(lost, [], 'what was confirmed is gone')
    await broker.close()
    await connection.close()
  } finally {
    for (const node of [...others, first]) await node.stop()
  }
}

/** Without a quorum there is no confirm. */
async function confirmNothing(sink: ReturnType<typeof sinkOf>): Promise<void> {
  const [answer] = await sink.write([outgoing(-1, -1)], never)
  assert.ok(answer && !answer.ok, 'it was confirmed without a quorum')
  const { code } = answer.error as IsthmusError
  assert.ok(code === 'TARGET-UNANSWERED' || code === 'TARGET-UNAVAILABLE', code)
}
