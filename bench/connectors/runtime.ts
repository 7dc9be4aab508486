import {
  type Flow,
  type Intake,
  idempotent,
  landscape,
  type Model,
  model,
  type SinkChannel,
  type SourceChannel,
  type System,
  system,
  Type,
} from 'isthmus'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { plantDirectory } from '../support/plant.ts'

const Anything: Model<unknown> = model('Anything', { version: 1, schema: Type.Unknown() })

/** Both ends of a flow that lie in this process, and keep nothing. */
export interface Ends {
  readonly ends: System
  /** What is accepted by `intake`. */
  readonly made: SourceChannel<unknown>
  readonly counted: SinkChannel<unknown, typeof idempotent>
  readonly intake: Promise<Intake>
}

export function processEnds(): Ends {
  const opened = Promise.withResolvers<Intake>()
  const connector = {
    name: 'ends',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      source: () => ({
        run: (intake: Intake, signal: AbortSignal) => {
          opened.resolve(intake)
          return new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
        },
      }),
      sink: () => ({
        batch: 500,
        concurrency: 4,
        write: async (items: readonly unknown[]) => items.map(() => ({ ok: true as const })),
      }),
      check: async () => {},
      close: async () => {},
    }),
  }
  const channel = { system: 'ends', options: undefined }
  return {
    ends: system('ends', { kind: 'other', connector }),
    made: { ...channel, role: 'source', name: 'made', model: Anything },
    counted: { ...channel, role: 'sink', name: 'counted', model: Anything, effect: idempotent },
    intake: opened.promise,
  }
}

export interface Running {
  /** Resolves when so many messages, counted from the start of the engine, have ended durably. */
  ended(count: number): Promise<void>
  stop(): Promise<void>
}

/** One flow in an engine as `isthmus start` runs it, over an SQLite store of its own. */
export async function runFlow(systems: readonly System[], work: () => Flow): Promise<Running> {
  const directory = plantDirectory()
  const store = sqliteStore({ path: directory.path })
  let ended = 0
  let wanted = { count: 0, ...Promise.withResolvers<void>() }
  const engine = await startEngine({
    landscape: landscape({ systems: [...systems], flows: [work()] }),
    store,
    claim: await store.claim('bench'),
    host: realHost(directory.path),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: error => wanted.reject(error),
    watch(event) {
      if (event.type === 'setback') wanted.reject(new Error(`${event.code}: ${event.reason}`))
      if (event.type === 'source' && event.state === 'failed') wanted.reject(new Error(event.reason))
      if (event.type === 'ended' && ++ended === wanted.count) wanted.resolve()
    },
  })
  return {
    ended(count) {
      wanted = { count, ...Promise.withResolvers<void>() }
      if (ended >= count) wanted.resolve()
      return wanted.promise
    },
    async stop() {
      await engine.stop()
      directory.remove()
    },
  }
}
