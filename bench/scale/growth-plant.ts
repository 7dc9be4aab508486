import { randomUUID } from 'node:crypto'
import {
  type Answer,
  type Flow,
  flow,
  type idempotent,
  type irreversible,
  landscape,
  model,
  type Outgoing,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from 'isthmus'
import { type EngineOptions, startEngine } from '../../src/engine/engine.ts'
import { realHost } from '../../src/engine/host.ts'
import { partitionOf } from '../../src/message/partition.ts'
import type { NewMessage, Store } from '../../src/store/store.ts'
import { type PartData, parts } from '../support/plant.ts'

const Part = model('Part', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), key: Type.String(), text: Type.String() }),
})
const channel = { system: 'plant', model: Part, options: undefined }
const effect = { kind: 'idempotent', probe: false } as const
const stock: SinkChannel<PartData, typeof idempotent> = { ...channel, role: 'sink', name: 'stock', effect }

const Cost = model('Cost', { version: 1, schema: Type.Object({ cost: Type.String() }) })
const asked = { system: 'plant', role: 'requester', model: Part, answer: Cost, options: undefined } as const
/** Its answer is recorded; one that must not be repeated is noted before it is sent, too. */
const recorded: RequesterChannel<PartData, { cost: string }, typeof idempotent> = {
  ...asked,
  name: 'cost',
  effect,
}
const noted: RequesterChannel<PartData, { cost: string }, typeof irreversible> = {
  ...asked,
  name: 'order',
  effect: { kind: 'irreversible', probe: false },
}

/** What is done with a message before it goes to the sink. */
export type Steps = 'none' | 'recorded' | 'recorded twice' | 'noted'

/** So many flows, each with a source of its own, into one sink within this process. */
export function flowsOf(count: number, steps: Steps): Flow[] {
  return Array.from({ length: count }, (_, n) => {
    const made: SourceChannel<PartData> = { ...channel, role: 'source', name: `made-${n}` }
    const drawn = flow(`stocking-${n}`)
      .from(made)
      .key(part => part.key)
    if (steps === 'none') return drawn.to(stock)
    if (steps === 'noted') return drawn.enrich('order', noted, part => part).to(stock, part)
    const once = drawn.enrich('cost', recorded, part => part)
    return steps === 'recorded' ? once.to(stock, part) : once.enrich('again', recorded, part).to(stock, part)
  })
}

const part = ({ n, key, text }: PartData): PartData => ({ n, key, text })

/** Messages as an intake makes them, of many keys, of each flow in turn. */
export function backlogOf(first: number, count: number, flows: number, partitions: number): NewMessage[] {
  return parts(first, count, n => `k${n % 100_000}`).map(({ id, data }) => {
    const n = Number(id) % flows
    const partition = partitionOf(data.key, partitions)
    const now = Date.now()
    return {
      id: randomUUID(),
      flows: [{ flow: `stocking-${n}`, partition, key: data.key }],
      head: {
        source: `plant.made-${n}`,
        type: 'Part.v1',
        time: now,
        contentType: 'application/vnd.isthmus.data+json',
      },
      body: Buffer.from(JSON.stringify(data)),
      acceptedAt: now,
      identity: `plant.made-${n}\0=${id}`,
    }
  })
}

const answer = { cost: '12.50' }
const answerAll = async (items: readonly Outgoing[]) =>
  items.map(() => ({ ok: true, result: answer }) as const)
const all = async (items: readonly Outgoing[]): Promise<Answer[]> => items.map(() => ({ ok: true }))

/** Works off what is there. `ended` is told of each message whose outcome is recorded. */
export async function startGrowth(
  store: Store,
  claim: EngineOptions['claim'],
  { flows, steps }: { readonly flows: number; readonly steps: Steps },
  ended: () => void,
) {
  const connector = {
    name: 'plant',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      source: () => ({
        run: (_intake: unknown, signal: AbortSignal) =>
          new Promise<void>(resolve => signal.addEventListener('abort', () => resolve())),
      }),
      requester: () => ({ batch: 100, concurrency: 4, ask: answerAll }),
      sink: () => ({ batch: 100, concurrency: 4, write: all }),
      check: async () => {},
      close: async () => {},
    }),
  }
  return await startEngine({
    landscape: landscape({
      systems: [system('plant', { kind: 'mes', connector })],
      flows: flowsOf(flows, steps),
    }),
    store,
    claim,
    host: realHost(),
    connectContext: () => ({}) as never,
    watch: event => event.type === 'ended' && ended(),
    onFatal: error => {
      console.error(error)
      process.exit(5)
    },
  })
}
