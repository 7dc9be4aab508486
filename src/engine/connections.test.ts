import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Connection, IsthmusError, model, type SourceChannel, system, Type } from '../index.ts'
import { Connections } from './connections.ts'
import type { EngineEvent } from './events.ts'
import { type Host, realHost } from './host.ts'
import { keepRunning, Restart } from './sources.ts'

const Note = model('Note', { version: 1, schema: Type.Object({ id: Type.String() }) })
const notes: SourceChannel<unknown> = {
  system: 'post',
  role: 'source',
  name: 'notes',
  model: Note,
  options: {},
}
/** Waits a millisecond where others wait seconds. */
const hasty: Host = { ...realHost(), after: (ms, work) => realHost().after(ms >= 5_000 ? 1 : ms, work) }
const context = () => ({}) as never

function post(connect: () => Promise<Connection>, host = realHost()) {
  const events: EngineEvent[] = []
  const connections = new Connections([notes], host, event => events.push(event))
  const connector = { name: 'post', summary: {}, channels: () => ({}), connect }
  return { events, connections, systems: [system('post', { kind: 'other', connector })] }
}

test('a channel that is configured wrongly is found when its system is connected, and nothing stays open', async () => {
  let closed = 0
  const { connections, systems } = post(async () => ({
    source: () => {
      throw new IsthmusError('CONFIG-MISSING', 'POST_KEY is not set')
    },
    check: async () => {},
    close: async () => void closed++,
  }))
  await assert.rejects(connections.start(systems, context), { code: 'CONFIG-MISSING' })
  assert.equal(closed, 1)
})

test('a channel in a role that the connector does not have is refused', async () => {
  const { connections, systems } = post(async () => ({ check: async () => {}, close: async () => {} }))
  await assert.rejects(connections.start(systems, context), {
    code: 'FLOW-DEFINITION',
    message: /post\.notes has no sources/,
  })
})

test('a system that hangs when it is first called does not hold up the others, and is used when it answers', async () => {
  const late = Promise.withResolvers<Connection>()
  const { connections, systems } = post(() => late.promise, hasty)
  await connections.start(systems, context)
  assert.match(connections.reason('post') ?? '', /no answer within 10 s/)
  assert.throws(() => connections.role(notes), { code: 'TARGET-UNAVAILABLE' })
  late.resolve({ source: () => ({ run: async () => {} }), check: async () => {}, close: async () => {} })
  while (connections.reason('post') !== undefined) await new Promise(resolve => setTimeout(resolve, 1))
  assert.ok(connections.role(notes))
  await connections.close()
})

test('a source that fails again and again is not said to work in between', async () => {
  let runs = 0
  const { connections, systems, events } = post(async () => ({
    source: () => ({
      run: async () => {
        throw new Error(`broken ${++runs}`)
      },
    }),
    check: async () => {},
    close: async () => {},
  }))
  await connections.start(systems, context)
  const stop = new AbortController()
  const watch = (event: EngineEvent) => {
    events.push(event)
    if (runs === 3) stop.abort()
  }
  const host = { ...realHost(), random: () => 0 }
  const run = (signal: AbortSignal) => connections.role(notes).run({} as never, signal)
  await keepRunning('post.notes', run, { host, watch, restart: new Restart() }, stop.signal)
  const states = events.flatMap(event => (event.type === 'source' ? [event.state] : []))
  assert.deepEqual(states, ['failed', 'failed', 'failed', 'stopped'])
})
