import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { type Connection, flow, landscape, type Position, system } from '../../src/index.ts'
import { memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { box, note, notes, until } from './harness.ts'

test('a source that is told to begin anew forgets its place at once, and what it repeats is a duplicate', async () => {
  const places: (Position | undefined)[] = []
  const written: unknown[] = []
  const connection: Connection = {
    source: () => ({
      async run(intake, signal) {
        const place = await intake.position()
        places.push(place)
        if (place === undefined) await intake.accept([note('a')], { position: 1 })
        await new Promise(resolve => signal.addEventListener('abort', resolve))
      },
    }),
    sink: () => ({
      write: async items => {
        written.push(...items)
        return items.map(() => ({ ok: true }))
      },
    }),
    check: async () => {},
    close: async () => {},
  }
  const connector = { name: 'post', summary: {}, channels: () => ({}), connect: async () => connection }
  const store = memoryStore(memoryState())
  const engine = await startEngine({
    landscape: landscape({
      systems: [system('post', { kind: 'other', connector })],
      flows: [flow('posting').from(notes).to(box)],
    }),
    host: realHost(),
    connectContext: () => ({}) as never,
    onFatal: error => assert.fail(String(error)),
    store,
    claim: await store.claim('test'),
  })
  await until(() => written.length === 1)
  await engine.requests.resync('post.notes')
  await until(() => places.length === 2)
  assert.deepEqual(places, [undefined, undefined])
  await until(async () => (await store.read.position('post.notes')) === 1)
  await engine.stop()
  assert.equal(written.length, 1)
})
