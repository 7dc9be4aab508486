import { type Engine, type EngineOptions, startEngine } from '../../src/engine/engine.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import { realHost } from '../../src/engine/host.ts'
import type { Transport } from '../../src/engine/transport.ts'
import { type Flow, flow, type Intake, landscape, type Outgoing } from '../../src/index.ts'
import type { Store } from '../../src/store/store.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { type Ends, type Reading, testEnds } from './kafka-engine.ts'

export const partitions = 4

/** Two flows from one source, one by key and one by number, with what they have written in order. */
export interface Plant {
  readonly intake: Promise<Intake>
  readonly engine: Engine
  readonly byKey: Outgoing<Reading>[]
  readonly byNumber: Outgoing<Reading>[]
  readonly events: EngineEvent[]
  readonly fatal: unknown[]
  /** Of these events, as text. */
  seen(type: EngineEvent['type']): readonly EngineEvent[]
  stop(): Promise<void>
}

export interface PlantOptions {
  readonly store: Store
  readonly transport?: Transport
  /** How many flows begin at the source: 2 if absent. */
  readonly flows?: 1 | 2
  readonly claim?: EngineOptions['claim']
}

export async function startPlant({
  store,
  transport,
  flows: count = 2,
  claim,
}: PlantOptions): Promise<Plant> {
  const byKey: Outgoing<Reading>[] = []
  const byNumber: Outgoing<Reading>[] = []
  const events: EngineEvent[] = []
  const fatal: unknown[] = []
  const ends: Ends = testEnds(item => (/^\d+$/.test(item.key) ? byNumber : byKey).push(item))
  const flows: Flow[] = [
    flow('by-key')
      .from(ends.made)
      .key(r => r.key)
      .to(ends.counted),
    flow('by-number')
      .from(ends.made)
      .key(r => String(r.n))
      .to(ends.counted),
  ].slice(0, count)
  const engine = await startEngine({
    landscape: landscape({ name: 'plant', systems: [ends.ends], flows }),
    store,
    claim: claim ?? { ...(await store.claim('test')), partitions },
    transport,
    host: realHost(),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: error => fatal.push(error),
    watch: event => events.push(event),
  })
  return {
    intake: ends.intake,
    engine,
    byKey,
    byNumber,
    events,
    fatal,
    seen: type => events.filter(event => event.type === type),
    stop: () => engine.stop(2_000),
  }
}

/** `n` in the order in which they were written, by key. */
export function numbersByKey(items: readonly Outgoing<Reading>[]): Record<string, number[]> {
  const found: Record<string, number[]> = {}
  for (const { data } of items) found[data.key] = [...(found[data.key] ?? []), data.n]
  return found
}
