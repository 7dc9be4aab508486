import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Answer,
  flow,
  type Intake,
  type idempotent,
  landscape,
  model,
  type Outgoing,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from 'isthmus'
import { type Engine, startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import type { Tracing } from '../../src/engine/tracing.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

const Part = model('Part', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), key: Type.String(), text: Type.String() }),
})
export type PartData = { n: number; key: string; text: string }

/** A landscape of one flow from a source to a sink inside this process, over an SQLite store: only the engine counts. */
export interface Plant {
  readonly intake: Intake
  readonly engine: Engine
  stop(): Promise<void>
}

export function plantDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'isthmus-bench-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export async function startPlant(
  path: string,
  write: (items: readonly Outgoing[]) => Promise<Answer[]>,
  tracing?: Tracing,
): Promise<Plant> {
  const opened = Promise.withResolvers<Intake>()
  const connector = {
    name: 'plant',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      source: () => ({
        run: (intake: Intake, signal: AbortSignal) => {
          opened.resolve(intake)
          return new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
        },
      }),
      sink: () => ({ batch: 100, concurrency: 4, write }),
      check: async () => {},
      close: async () => {},
    }),
  }
  const plant = system('plant', { kind: 'mes', connector })
  const channel = { system: 'plant', model: Part, options: undefined }
  const made: SourceChannel<PartData> = { ...channel, role: 'source', name: 'made' }
  const effect = { kind: 'idempotent', probe: false } as const
  const stock: SinkChannel<PartData, typeof idempotent> = { ...channel, role: 'sink', name: 'stock', effect }
  const stocking = flow('stocking')
    .from(made)
    .key(part => part.key)
    .to(stock)
  const store = sqliteStore({ path })
  const engine = await startEngine({
    landscape: landscape({ systems: [plant], flows: [stocking] }),
    store,
    claim: await store.claim('bench'),
    host: realHost(path),
    connectContext: () => ({}) as never,
    tracing,
    onFatal: error => {
      console.error(error)
      process.exit(5)
    },
  })
  return { intake: await opened.promise, engine, stop: () => engine.stop() }
}

const text = 'x'.repeat(900)

/** Messages of about 1 KB. */
export function parts(first: number, count: number, keyOf: (n: number) => string) {
  return Array.from({ length: count }, (_, i) => {
    const n = first + i
    return { id: String(n), data: { n, key: keyOf(n), text } }
  })
}
