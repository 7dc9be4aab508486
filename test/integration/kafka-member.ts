import { once } from 'node:events'
import { flow } from '../../src/index.ts'
import { Reading, startTestEngine, testEnds } from './kafka-engine.ts'
import { shopAt } from './kafka-harness.ts'

// A process with an engine that is a member of a group, once it is told to join: it tells its parent of every effect.
const [brokers = '', topic = '', group = '', sessionTimeout = '10s'] = process.argv.slice(2)
const shop = shopAt({ brokers, callTimeout: '10s' })
const consumed = shop.consume('readings', Reading, { topic, group, sessionTimeout })
const { ends, counted } = testEnds(({ effectKey, data }) => process.send?.({ effectKey, n: data.n }))
const counting = flow('counting')
  .from(consumed)
  .key(({ key }) => key)
  .to(counted)
process.on('disconnect', () => process.exit())
process.send?.({ loaded: true })
const [told] = await once(process, 'message')
if (told === 'stop') process.exit()
const engine = await startTestEngine([shop, ends], [counting])
process.on('message', async () => {
  await engine.stop()
  process.disconnect()
})
