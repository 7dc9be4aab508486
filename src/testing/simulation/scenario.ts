import { Type } from 'typebox'
import type { Flow } from '../../flow/flow.ts'
import { flow } from '../../flow/flow-builder.ts'
import { type Landscape, landscape } from '../../flow/landscape.ts'
import type { Json } from '../../message/json-value.ts'
import { type DataOf, model } from '../../model/model.ts'
import type { RequesterChannel, SinkChannel, SourceChannel } from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { type Effect, idempotent, irreversible, probed, read } from '../../system/effect.ts'
import type { Governance } from '../../system/governance.ts'
import type { Retry } from '../../system/policy.ts'
import type { Intake } from '../../system/roles.ts'
import { system } from '../../system/system.ts'
import type { SeededRandom } from './seeded-random.ts'
import { downError, type Outage, SimulatedTarget } from './simulated-target.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What travels in a simulation. `drop` is filtered, `poison` is refused by every target. */
const Item = model('Item', {
  version: 1,
  schema: Type.Object({
    n: Type.Integer(),
    key: Type.String(),
    drop: Type.Boolean(),
    poison: Type.Boolean(),
    parts: Type.Array(Type.Integer()),
  }),
})
const Question = model('Question', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
const Answered = model('Answered', { version: 1, schema: Type.Object({ by: Type.String() }) })

export type ItemData = DataOf<typeof Item>

/** A landscape drawn from a seed, with the world outside of it. */
export interface Scenario {
  readonly landscape: Landscape
  readonly targets: ReadonlyMap<string, SimulatedTarget>
  readonly pushed: readonly ItemData[]
  /** Records of the source that is read by position. */
  readonly pulled: readonly ItemData[]
  /** Where callers of the pushing source find the running process. */
  readonly door: { intake: Intake | undefined }
  /** The whole world is down meanwhile, or wants a rest, and nothing else fails: no message may be parked for that. */
  readonly outage: Outage | undefined
}

export function drawScenario(random: SeededRandom, time: VirtualTime, log: (text: string) => void): Scenario {
  const targets = new Map<string, SimulatedTarget>()
  const door: Scenario['door'] = { intake: undefined }
  const pulled = drawItems(random, random.int(0, 25), 1_000)
  const governance = drawGovernance(random)
  const outage = random.chance(0.3) ? drawOutage(random) : undefined
  const target = (name: string, repeatable: boolean) => {
    const made = new SimulatedTarget({ name, repeatable, time, random, log, outage })
    targets.set(name, made)
    return made
  }
  for (const flow of flowNames) {
    for (const name of ['stock', 'ledger', 'cost']) target(`${flow}-${name}`, true)
    for (const name of ['mail', 'payment']) target(`${flow}-${name}`, false)
  }
  const limits = { batch: random.int(1, 8), concurrency: random.int(1, 3) }
  const read = async () => {
    await time.sleep(random.next() * 5)
    if (outage && time.now >= outage.from && time.now < outage.to) throw downError(random, 'source')
  }
  const open = (context: ConnectContext): Connection => ({
    source: channel => ({
      run: (intake, signal) =>
        channel.name === 'pushed'
          ? push(door, intake, signal)
          : pull(pulled, intake, () => governed(context, read, signal), signal),
    }),
    sink: channel => {
      const sink = targets.get(channel.name) as SimulatedTarget
      return { ...limits, write: items => sink.take(items), probe: item => sink.probe(item) }
    },
    requester: channel => {
      const asked = targets.get(channel.name) as SimulatedTarget
      return { ...limits, ask: items => asked.take(items) }
    },
    check: async () => {},
    close: async () => {},
  })
  const connector: Connector = {
    name: 'world',
    summary: {},
    channels: () => ({}),
    connect: async context => {
      await time.sleep(random.next() * 10)
      if (outage && time.now >= outage.from && time.now < outage.to && random.chance(0.3))
        throw downError(random, 'world')
      return open(context)
    },
  }
  const world = system('world', { kind: 'other', connector, ...governance })
  // More than a circuit lets through before it opens, in each of the lives that a process has.
  const retry: Retry = outage ? { attempts: 8 * (governance.breaker?.failures ?? 5) + 1, longest: '2s' } : {}
  const flows = drawFlows(random, retry)
  const pushed = drawItems(random, random.int(5, 40), 0)
  return { landscape: landscape({ systems: [world], flows }), targets, pushed, pulled, door, outage }
}

function push(door: Scenario['door'], intake: Intake, signal: AbortSignal): Promise<void> {
  door.intake = intake
  return new Promise(resolve =>
    signal.addEventListener('abort', () => {
      door.intake = undefined
      resolve()
    }),
  )
}

function drawGovernance(random: SeededRandom): Governance {
  return {
    quota: random.chance(0.3) ? random.pick(['2/s', '20/s', '300/s', '90/m']) : undefined,
    concurrency: random.chance(0.3) ? random.int(1, 4) : undefined,
    breaker: {
      failures: random.int(1, 6),
      first: random.pick(['50ms', '1s']),
      longest: random.pick(['1s', '5s', '30s']),
    },
  }
}

function drawOutage(random: SeededRandom): Outage {
  const from = random.next() * 30_000
  return { from, to: from + random.int(1_000, 600_000) }
}

/** One request of a source, in its turn. */
async function governed(
  context: ConnectContext,
  read: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const done = await context.turn(signal)
  await read().then(done, error => {
    done(error)
    throw error
  })
}

async function pull(
  records: readonly ItemData[],
  intake: Intake,
  ask: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let position = Number((await intake.position()) ?? 0)
  while (!signal.aborted && position < records.length) {
    await ask()
    const batch = records.slice(position, position + 4)
    await intake.accept(
      batch.map(data => ({ id: String(data.n), data })),
      { position: position + batch.length },
    )
    position += batch.length
  }
  if (!signal.aborted) await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
}

function drawItems(random: SeededRandom, count: number, first: number): ItemData[] {
  const keys = random.int(1, 6)
  return Array.from({ length: count }, (_, n) => ({
    n: first + n,
    key: `k${random.int(1, keys)}`,
    drop: random.chance(0.1),
    poison: random.chance(0.06),
    parts: Array.from({ length: random.int(0, 3) }, (_, part) => part),
  }))
}

const base = { system: 'world', model: Item, options: undefined }
const askable = probed(irreversible)

/** Each flow has targets of its own, so that it can be told which flow had an effect. */
function channelsOf(flow: string) {
  const sink = <E extends Effect>(name: string, effect: E): SinkChannel<ItemData, E> => {
    return { ...base, role: 'sink', name: `${flow}-${name}`, effect }
  }
  const cost: RequesterChannel<{ n: number }, { by: string }, typeof read> = {
    ...base,
    role: 'requester',
    name: `${flow}-cost`,
    model: Question,
    answer: Answered,
    effect: read,
  }
  return {
    cost,
    stock: sink('stock', idempotent),
    ledger: sink('ledger', idempotent),
    mail: sink('mail', irreversible),
    payment: sink('payment', askable),
  }
}

const flowNames = ['first', 'second', 'third'] as const

function drawFlows(random: SeededRandom, retry: Retry): Flow[] {
  const source = (name: string): SourceChannel<ItemData> => ({ ...base, role: 'source', name })
  const draw = (name: string, from: SourceChannel<ItemData>) => drawFlow(random, name, from, retry)
  const flows = [draw('first', source('pushed')), draw('third', source('pulled'))]
  return random.chance(0.5) ? [...flows, draw('second', source('pushed'))] : flows
}

function drawFlow(random: SeededRandom, name: string, source: SourceChannel<ItemData>, retry: Retry): Flow {
  const { cost, stock, ledger, mail, payment } = channelsOf(name)
  const afterPark = random.chance(0.7) ? 'hold' : 'continue'
  let drawn = flow(name)
    .from(source)
    .key(item => item.key, { afterPark })
    .filter('dropped', item => !item.drop)
  if (random.chance(0.4))
    drawn = drawn.enrich('cost', cost, ({ n }) => ({ n }), { retry }).map(Item, sameItem)
  if (random.chance(0.7)) drawn = drawn.to(stock, undefined, { retry })
  if (random.chance(0.4)) drawn = drawn.to(mail)
  if (random.chance(0.4)) drawn = drawn.to(payment, undefined, { retry })
  if (random.chance(0.3))
    drawn = drawn
      .split('parts', item => item.parts.map(n => ({ ...item, parts: [n] })))
      .to(stock, undefined, { id: 'part-stock', retry })
      .aggregate((_, whole) => whole)
  return drawn.to(ledger, undefined, { retry })
}

const sameItem = {
  n: (item: ItemData) => item.n,
  key: (item: ItemData) => item.key,
  drop: (item: ItemData) => item.drop,
  poison: (item: ItemData) => item.poison,
  parts: (item: ItemData) => item.parts,
}

/** What a person types in the place of an item that was refused. */
export function healed(data: ItemData): Json {
  return { ...data, poison: false }
}
