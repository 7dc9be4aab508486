import { once } from 'node:events'
import type { Delivery } from '../../src/message/message.ts'
import { Reading } from './kafka-engine.ts'
import { connectTo, shopAt, sourceOf } from './kafka-harness.ts'

// A process with a source that is a member of a group, whose inbox is its parent's: as where processes share a store.
const [brokers = '', topic = '', group = ''] = process.argv.slice(2)
const shop = shopAt({ brokers, callTimeout: '10s' })
const channel = shop.consume('readings', Reading, { topic, group, sessionTimeout: '6s' })
const connection = await connectTo(shop)
const stop = new AbortController()
process.on('disconnect', () => process.exit())
process.on('message', message => {
  if (message === 'stop') stop.abort()
})

const accept = async (deliveries: readonly Delivery[]) => {
  const found = deliveries.map(({ id = '', body = new Uint8Array() }) => ({
    id,
    n: JSON.parse(Buffer.from(body).toString()).n as number,
  }))
  process.send?.({ accept: found })
  for (;;) if ((await once(process, 'message'))[0] === 'accepted') break
  return deliveries.map(({ id = '' }) => ({ status: 'accepted' as const, id }))
}

while (!stop.signal.aborted)
  await sourceOf(connection, channel)
    .run({ accept, position: async () => undefined }, stop.signal)
    .catch(error => process.send?.({ trouble: String(error) }))
await connection.close()
process.disconnect()
