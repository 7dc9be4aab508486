import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Connection,
  flow,
  type Intake,
  irreversible,
  landscape,
  model,
  probed,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from '../../index.ts'
import { copyMemoryState, memoryState } from '../../store/memory/memory-state.ts'
import { memoryStore } from '../../store/memory/memory-store.ts'
import { startEngine } from '../engine.ts'
import { realHost } from '../host.ts'

const Order = model('Order', { version: 1, schema: Type.Object({ id: Type.String() }) })
type Order = { id: string }
const orders: SourceChannel<Order> = {
  system: 'shop',
  role: 'source',
  name: 'orders',
  model: Order,
  options: {},
}
const effect = probed(irreversible)
const bank: SinkChannel<Order, typeof effect> = {
  system: 'bank',
  role: 'sink',
  name: 'pay',
  model: Order,
  options: {},
  effect,
}
const paying = flow('paying').from(orders).to(bank)

function connector(connect: () => Promise<Connection>) {
  return { name: 'test', summary: {}, channels: () => ({}), connect }
}

test('an instance that died during a call starts although the system is down', async () => {
  const state = memoryState()
  let intake: Intake | undefined
  let called = false
  const shop: Connection = {
    source: () => ({
      run(given, signal) {
        intake = given
        return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
      },
    }),
    check: async () => {},
    close: async () => {},
  }
  const pay: Connection = {
    sink: () => ({
      write(_, signal) {
        called = true
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('given up')))
        })
      },
      probe: async () => ({ outcome: 'absent' }),
    }),
    check: async () => {},
    close: async () => {},
  }
  const start = async (at: typeof state, connect: () => Promise<Connection>) => {
    const store = memoryStore(at)
    const systems = [
      system('shop', { kind: 'other', connector: connector(async () => shop) }),
      system('bank', { kind: 'finance', connector: connector(connect) }),
    ]
    return startEngine({
      landscape: landscape({ systems, flows: [paying] }),
      store,
      claim: await store.claim('test'),
      host: realHost(),
      connectContext: () => ({}) as never,
      onFatal: error => assert.fail(String(error)),
    })
  }
  const first = await start(state, async () => pay)
  while (!intake) await new Promise(resolve => setTimeout(resolve, 1))
  await intake.accept([{ id: '1', data: { id: '1' } }])
  while (!called) await new Promise(resolve => setTimeout(resolve, 1))
  const died = copyMemoryState(state)
  const second = await start(died, () => Promise.reject(new Error('ECONNREFUSED')))
  const [row] = await memoryStore(died).read.unfinished({ flow: 'paying', limit: 10 })
  assert.deepEqual(row?.sent, ['bank.pay'])
  assert.notEqual(row?.status, 'doubt')
  assert.equal(row?.error?.times, 0)
  await Promise.all([first.stop(0), second.stop(0)])
})
