import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Type } from 'typebox'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import type { Tracing } from '../../src/engine/tracing.ts'
import type { Flow } from '../../src/flow/flow.ts'
import { landscape } from '../../src/flow/landscape.ts'
import { model } from '../../src/model/model.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { SinkChannel, SourceChannel } from '../../src/system/channel.ts'
import { idempotent } from '../../src/system/effect.ts'
import type { Intake, Outgoing } from '../../src/system/roles.ts'
import { type System, system } from '../../src/system/system.ts'
import type { CarriedTopic } from '../../src/system/topic.ts'
import { connectContext } from '../../src/testing/connect-context.ts'

const Anything = model('Anything', { version: 1, schema: Type.Unknown() })

/** Both ends of flows that lie in the test: what is accepted there, and what arrives there. */
export interface Ends<T> {
  readonly system: System
  readonly made: SourceChannel<T>
  readonly arrived: SinkChannel<T, typeof idempotent>
  /** Of `made`, once the engine has started it. */
  readonly intake: Promise<Intake>
  /** By effect key: an effect that is repeated is there once. */
  readonly effects: ReadonlyMap<string, T>
}

export function testEnds<T>(): Ends<T> {
  const opened = Promise.withResolvers<Intake>()
  const effects = new Map<string, T>()
  const connector = {
    name: 'ends',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      source: () => ({
        run(intake: Intake, signal: AbortSignal) {
          opened.resolve(intake)
          return new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
        },
      }),
      sink: () => ({
        batch: 200,
        concurrency: 2,
        async write(items: readonly Outgoing[]) {
          for (const { effectKey, data } of items) effects.set(effectKey, data as T)
          return items.map(() => ({ ok: true as const }))
        },
      }),
      check: async () => {},
      close: async () => {},
    }),
  }
  const channel = { system: 'ends', options: undefined, model: Anything as never }
  return {
    system: system('ends', { kind: 'other', connector }),
    made: { ...channel, role: 'source', name: 'made' },
    arrived: { ...channel, role: 'sink', name: 'arrived', effect: idempotent },
    intake: opened.promise,
    effects,
  }
}

export interface EngineRun {
  /** What the engine tells of. */
  readonly events: { readonly type: string; readonly [name: string]: unknown }[]
  stop(): Promise<void>
}

/** A real engine over an SQLite store in a folder of its own. */
export async function runEngine(
  systems: readonly System[],
  flows: readonly Flow[],
  // biome-ignore lint/suspicious/noExplicitAny: of any data
  topics: readonly CarriedTopic<any>[] = [],
  tracing?: Tracing,
): Promise<EngineRun> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-engine-'))
  const store = sqliteStore({ path: join(folder, 'store.db') })
  const events: EngineRun['events'] = []
  const engine = await startEngine({
    landscape: landscape({ systems: [...systems], flows: [...flows], topics }),
    store,
    claim: await store.claim('test'),
    host: realHost(folder),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: error => void events.push({ type: 'fatal', error }),
    tracing,
    watch: event => void events.push(event as never),
  })
  return {
    events,
    async stop() {
      await engine.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
