import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  flow,
  idempotent,
  landscape,
  model,
  type SinkChannel,
  saga,
  schedule,
  system,
  type Tick,
  Type,
} from '../../src/index.ts'
import { startInstance } from '../../src/server/instance.ts'
import { memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { until } from '../control/control-scene.ts'

const Night = model('Night', { version: 1, key: 'at', schema: Type.Object({ at: Type.String() }) })
const close: SinkChannel<Tick, typeof idempotent> = {
  role: 'sink',
  system: 'books',
  name: 'close',
  model: Night as never,
  options: {},
  effect: idempotent,
}

test('a schedule starts a saga at each planned time, over restarts too, and at each only once', async (t: TestContext) => {
  const state = memoryState()
  const closed: string[] = []
  const books = system('books', {
    kind: 'other',
    connector: {
      name: 'books',
      summary: {},
      channels: () => ({}),
      connect: async () => ({
        sink: () => ({
          write: async items => {
            closed.push(...items.map(({ data }) => (data as Tick).at))
            return items.map(() => ({ ok: true }))
          },
        }),
        check: async () => {},
        close: async () => {},
      }),
    },
  })
  const closing = saga('closing', Night).step('close', close, ({ input }) => input)
  const pulse = flow('nightly')
    .from(schedule('night', { every: '1s' }))
    .to(closing)
  const run = async (atLeast: number) => {
    const data = mkdtempSync(join(tmpdir(), 'isthmus-schedule-'))
    t.after(() => rmSync(data, { recursive: true, force: true }))
    const instance = await startInstance({
      landscape: landscape({ name: 'night', systems: [books], flows: [pulse] }),
      data,
      port: 0,
      control: { port: 0 },
      store: memoryStore(state),
      environment: {},
      log: () => {},
    })
    try {
      await until(() => closed.length >= atLeast)
      return (await instance.operations.balance()).balanced
    } finally {
      await instance.stop(60_000)
    }
  }
  assert.equal(await run(1), true)
  // Nobody was there at the next second.
  await new Promise(resolve => setTimeout(resolve, 1_200))
  assert.equal(await run(closed.length + 2), true)
  const times = closed.map(at => Date.parse(at)).sort((a, b) => a - b)
  const [first = 0] = times
  assert.deepEqual(
    times,
    times.map((_, n) => first + n * 1000),
  )
})
