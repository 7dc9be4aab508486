import { appendFileSync } from 'node:fs'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { flow, landscape } from '../../src/index.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { type BrokerName, consumedAt } from './brokers-both.ts'
import { Reading, testEnds } from './kafka-engine.ts'

// A process that a message may kill, over a store that outlives it: every effect becomes a line of the file `effects`.
const [broker = '', at = '', folder = ''] = process.argv.slice(2)
const { shop, consumed } = consumedAt(broker as BrokerName, at, Reading)
const { ends, counted } = testEnds(({ effectKey, data }) =>
  appendFileSync(`${folder}/effects`, `${effectKey} ${data.n}\n`),
)
const reading = flow('reading')
  .from(consumed)
  .key(({ key }) => key)
  .filter('kills the process', ({ text }) => {
    if (text === 'poison') process.kill(process.pid, 'SIGKILL')
    return true
  })
  .to(counted)
const store = sqliteStore({ path: `${folder}/store.db` })
const engine = await startEngine({
  landscape: landscape({ name: 'poisoned', systems: [shop, ends], flows: [reading] }),
  store,
  claim: await store.claim('test'),
  host: realHost(folder),
  connectContext: ({ name }) => connectContext({ system: name }),
  onFatal: error => {
    throw error
  },
})
process.on('message', async () => {
  await engine.stop()
  process.disconnect()
})
process.on('disconnect', () => process.exit())
