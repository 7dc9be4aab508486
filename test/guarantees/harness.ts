import assert from 'node:assert/strict'
import { type EngineOptions, startEngine } from '../../src/engine/engine.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import { realHost } from '../../src/engine/host.ts'
import type { FlowBuilder } from '../../src/flow/flow-builder.ts'
import {
  type Answer,
  type Connection,
  type Connector,
  type Flow,
  flow,
  type Intake,
  idempotent,
  landscape,
  model,
  type Outgoing,
  type Probed,
  type SinkChannel,
  type SourceChannel,
  type System,
  system,
  Type,
} from '../../src/index.ts'
import { type MemoryState, memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Governance } from '../../src/system/governance.ts'

export interface Note {
  readonly id: string
  readonly to: string
  readonly n: number
}

export const NoteModel = model('Note', {
  version: 1,
  key: 'id',
  schema: Type.Object({ id: Type.String(), to: Type.String(), n: Type.Number() }),
})
const base = { system: 'post', options: {}, model: NoteModel }
export const notes: SourceChannel<Note> = { ...base, role: 'source', name: 'notes' }
export const box: SinkChannel<Note, typeof idempotent> = {
  ...base,
  role: 'sink',
  name: 'box',
  effect: idempotent,
}

export const note = (id: string, to = 'ann', n = 1): { id: string; data: Note } => ({
  id,
  data: { id, to, n },
})

/** A flow of notes into a box, over a memory store that may hold an earlier life. */
export async function startPost(
  options: {
    /** Most items in one call of the box. */
    readonly batch?: number
    readonly write?: (item: Outgoing<Note>) => Promise<Answer> | Answer
    readonly probe?: (item: Outgoing) => Promise<Probed> | Probed
    readonly systems?: readonly System[]
    /** Flows beside it. */
    readonly others?: readonly Flow[]
    readonly build?: (start: FlowBuilder<Note>) => Flow
    readonly state?: MemoryState
    readonly governance?: Governance
  } & Partial<EngineOptions> = {},
) {
  const {
    write = () => ({ ok: true }),
    governance = {},
    probe = () => ({ outcome: 'unknown' }),
    others = [],
    systems = [],
    batch = 1,
    build = start => start.key(({ to }) => to).to(box),
    ...rest
  } = options
  const state = options.state ?? memoryState()
  const store = rest.store ?? memoryStore(state)
  const written: Outgoing<Note>[] = []
  /** The ids of each call of the box. */
  const calls: string[][] = []
  const events: EngineEvent[] = []
  const opened = Promise.withResolvers<Intake>()
  const connection: Connection = {
    source: () => ({
      run: (intake, signal) => {
        opened.resolve(intake)
        return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
      },
    }),
    sink: () => ({
      concurrency: 8,
      batch,
      probe: async item => probe(item),
      write: items => {
        calls.push(items.map(({ data }) => (data as Note).id))
        return Promise.all(
          items.map(async item => {
            const answer = await write(item as Outgoing<Note>)
            if (answer.ok) written.push(item as Outgoing<Note>)
            return answer
          }),
        )
      },
    }),
    check: async () => {},
    close: async () => {},
  }
  const connector: Connector = {
    name: 'post',
    summary: {},
    channels: () => ({}),
    connect: async () => connection,
  }
  const engine = await startEngine({
    landscape: landscape({
      systems: [system('post', { kind: 'other', connector, ...governance }), ...systems],
      flows: [build(flow('posting').from(notes)), ...others],
    }),
    host: realHost(),
    connectContext: () => ({}) as never,
    watch: event => events.push(event),
    onFatal: error => assert.fail(String(error)),
    ...rest,
    store,
    claim: await store.claim('test'),
  })
  const rows = () => store.read.unfinished({ flow: 'posting', limit: 1000 })
  const sent = () => written.map(({ data }) => data.id)
  return { engine, intake: await opened.promise, store, state, written, calls, events, rows, sent }
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 1))
}
