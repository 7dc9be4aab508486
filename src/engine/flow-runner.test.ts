import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allSteps, isEffect } from '../flow/step.ts'
import { flow, idempotent, model, type SinkChannel, type SourceChannel, Type } from '../index.ts'
import { partitionOf } from '../message/partition.ts'
import { memoryStore } from '../store/memory/memory-store.ts'
import { effectChannels } from './channels.ts'
import { FlowRunner } from './flow-runner.ts'
import { Governor } from './governance/governor.ts'
import { realHost } from './host.ts'
import { defaultFlowLimits } from './limits.ts'
import { planFlow } from './plan.ts'

type Order = { readonly id: string }
const Order = model('Order', { version: 1, key: 'id', schema: Type.Object({ id: Type.String() }) })
const base = { system: 'shop', options: {}, model: Order }
const orders: SourceChannel<Order> = { ...base, role: 'source', name: 'orders' }
const books: SinkChannel<Order, typeof idempotent> = {
  ...base,
  role: 'sink',
  name: 'books',
  effect: idempotent,
}
const booking = flow('booking')
  .from(orders)
  .key(({ id }) => id)
  .to(books)
const partitions = 2

test('what is accepted for a partition that is being given away is left to who takes it', async () => {
  const store = memoryStore()
  const { token } = await store.claim('test', { partitions })
  const host = realHost()
  const watch = () => {}
  const gate = Promise.withResolvers<void>()
  const plan = planFlow(booking)
  const role = () => ({
    write: async (items: readonly unknown[]) => {
      await gate.promise
      return items.map(() => ({ ok: true }) as const)
    },
  })
  const governor = new Governor('shop', {}, host, watch)
  const { channels } = effectChannels('booking', [...allSteps(booking.steps)].filter(isEffect), {
    ...{ role, host, watch },
    governor: () => governor,
  })
  const runner = new FlowRunner({
    ...{ plan, landscape: 'shop', store, host, partitions, limits: defaultFlowLimits, channels, watch },
    onFatal: error => assert.fail(String(error)),
  })
  await runner.recover(
    [0, 1].map(partition => ({ partition, token, clean: true })),
    undefined,
  )
  runner.start()
  const accept = async (id: string) => {
    const address = { flow: 'booking', partition: partitionOf(id, partitions), key: id }
    const body = new TextEncoder().encode(JSON.stringify({ id }))
    const head = { source: 'shop.orders', type: 'Order.v1', time: 0, contentType: 'application/json' }
    const [accepted] = await store.accept([{ flows: [address], id, head, body, acceptedAt: 0 }])
    assert.ok(accepted?.status === 'accepted')
    const seq = accepted.seqs[0] as number
    runner.offer({ ...address, seq, id, head, body, acceptedAt: 0 }, { id })
    return address.partition
  }
  const partition = await accept('A')
  const given = runner.give(partition)
  assert.equal(await accept('A'), partition)
  gate.resolve()
  await given
  const [state] = await store.read.flows()
  assert.deepEqual(
    state?.cursors.filter(each => each.partition === partition),
    [{ partition, cursor: 1 }],
  )
  await runner.stop()
})
