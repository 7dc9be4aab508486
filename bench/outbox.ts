import {
  type Answer,
  flow,
  idempotent,
  landscape,
  model,
  type Outgoing,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
  topic,
} from 'isthmus'
import { startEngine } from '../src/engine/engine.ts'
import { realHost } from '../src/engine/host.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { connectContext } from '../src/testing/connect-context.ts'
import { eventMaker } from './brokers/events.ts'
import { processEnds } from './connectors/runtime.ts'
import { median, table } from './support/harness.ts'
import { plantDirectory } from './support/plant.ts'

// One flow publishes on a topic in the store (embedded SQLite), another one takes what is published to a sink in this
// process, in the order of each key: from the first acceptance until the last outcome of both is durable. The sink throws at
// the first event that comes out of order, and each must be there once.
const roundsEach = Number(process.env.ROUNDS ?? 5)
const floor = 5_000
const count = 20_000
const keys = 200
const accepting = 500

const Numbered = model('Numbered', {
  version: 1,
  schema: Type.Object({ no: Type.String(), text: Type.String(), key: Type.String(), n: Type.Integer() }),
})
interface Numbered {
  no: string
  text: string
  key: string
  n: number
}

const rates: number[] = []
for (let round = 0; round <= roundsEach; round++) {
  const rate = await measure(round === 0 ? count / 4 : count)
  if (round > 0) rates.push(rate)
}
const row = { 'ordered messages /s': median(rates), lowest: Math.min(...rates), keys, floor }
console.log(process.argv.includes('--json') ? JSON.stringify(row) : table([row]))

async function measure(most: number): Promise<number> {
  const directory = plantDirectory()
  const store = sqliteStore({ path: directory.path })
  const { ends, made, intake: opened } = processEnds()
  const { target, arrived, seen } = ordered()
  const events = topic<Numbered>('events', Numbered)
  const publishing = flow('publishing')
    .from(made as SourceChannel<Numbered>)
    .key(({ key }) => key)
    .to(events)
  const taking = flow('taking')
    .from(events.source)
    .key(({ key }) => key)
    .to(arrived)
  const done = Promise.withResolvers<void>()
  let ended = 0
  const engine = await startEngine({
    landscape: landscape({ systems: [ends, target], flows: [publishing, taking] }),
    store,
    claim: await store.claim('bench'),
    host: realHost(directory.path),
    connectContext: ({ name }) => connectContext({ system: name }),
    onFatal: done.reject,
    watch(event) {
      if (event.type === 'setback') done.reject(new Error(`${event.code}: ${event.reason}`))
      if (event.type === 'ended' && ++ended === most * 2) done.resolve()
    },
  })
  const make = eventMaker(200)
  const all = Array.from({ length: most }, (_, n) => ({ ...make(), key: `K-${n % keys}`, n }))
  const intake = await opened
  const began = performance.now()
  for (let at = 0; at < most; at += accepting)
    await intake.accept(all.slice(at, at + accepting).map(data => ({ id: data.no, data })))
  await done.promise
  const seconds = (performance.now() - began) / 1000
  await engine.stop()
  directory.remove()
  if (seen() !== most) throw new Error(`${seen()} of ${most} arrived`)
  return most / seconds
}

/** Takes events, of each key in their order and each once. */
function ordered() {
  const last = new Map<string, number>()
  let seen = 0
  const take = ({ data }: Outgoing): Answer => {
    const { key, n } = data as Numbered
    if (n <= (last.get(key) ?? -1)) throw new Error(`${n} came after ${last.get(key)} of ${key}`)
    last.set(key, n)
    seen++
    return { ok: true }
  }
  const connector = {
    name: 'ordered',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      sink: () => ({
        batch: 500,
        concurrency: 4,
        write: async (items: readonly Outgoing[]) => items.map(take),
      }),
      check: async () => {},
      close: async () => {},
    }),
  }
  const arrived: SinkChannel<Numbered, typeof idempotent> = {
    role: 'sink',
    system: 'ordered',
    name: 'arrived',
    model: Numbered,
    effect: idempotent,
    options: undefined,
  }
  return { target: system('ordered', { kind: 'other', connector }), arrived, seen: () => seen }
}
