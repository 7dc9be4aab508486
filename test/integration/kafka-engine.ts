import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import {
  type Connector,
  type Flow,
  type Intake,
  idempotent,
  landscape,
  model,
  type Outgoing,
  type SinkChannel,
  type SourceChannel,
  type System,
  system,
  Type,
} from '../../src/index.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'

export const Reading = model('Reading', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), key: Type.String(), text: Type.Optional(Type.String()) }),
})
export interface Reading {
  n: number
  key: string
  text?: string
}

/** Ends of flows that lie in this process. */
export interface Ends {
  readonly ends: System
  readonly made: SourceChannel<Reading>
  readonly counted: SinkChannel<Reading, typeof idempotent>
  readonly intake: Promise<Intake>
}

/** `count` is called for every effect, as often as it happens. */
export function testEnds(count: (item: Outgoing<Reading>) => void): Ends {
  const opened = Promise.withResolvers<Intake>()
  const connector: Connector = {
    name: 'ends',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      source: () => ({
        run: (intake, signal) => {
          opened.resolve(intake)
          return new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
        },
      }),
      sink: () => ({
        ...{ batch: 100, concurrency: 4 },
        async write(items) {
          for (const item of items) count(item as Outgoing<Reading>)
          return items.map(() => ({ ok: true as const }))
        },
      }),
      check: async () => {},
      close: async () => {},
    }),
  }
  const channel = { system: 'ends', options: undefined, model: Reading }
  return {
    ends: system('ends', { kind: 'other', connector }),
    made: { ...channel, role: 'source', name: 'made' },
    counted: { ...channel, role: 'sink', name: 'counted', effect: idempotent },
    intake: opened.promise,
  }
}

export interface TestEngine {
  /** What went wrong on the way, as a person would see it. */
  readonly troubles: string[]
  readonly store: Store
  stop(): Promise<void>
}

/** As `isthmus start` runs it, over an SQLite store of its own. */
export async function startTestEngine(
  systems: readonly System[],
  flows: readonly Flow[],
): Promise<TestEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-kafka-test-'))
  const store = sqliteStore({ path: join(folder, 'store.db') })
  const troubles: string[] = []
  const engine = await startEngine({
    landscape: landscape({ name: 'kafka-test', systems: [...systems], flows: [...flows] }),
    store,
    claim: await store.claim('test'),
    host: realHost(folder),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: error => troubles.push(`fatal: ${error}`),
    watch(event) {
      if (event.type === 'setback') troubles.push(`${event.code}: ${event.reason}`)
      if (event.type === 'source' && event.state === 'failed') troubles.push(`source: ${event.reason}`)
      if (event.type === 'conflict') troubles.push('conflict')
    },
  })
  return {
    troubles,
    store,
    async stop() {
      await engine.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when the condition holds; rejects with `state` after so many milliseconds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  state: () => string,
  patience = 240_000,
): Promise<void> {
  const deadline = performance.now() + patience
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${state()}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
