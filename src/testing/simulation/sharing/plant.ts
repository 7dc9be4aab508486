import { Type } from 'typebox'
import { flow } from '../../../flow/flow-builder.ts'
import { type Landscape, landscape } from '../../../flow/landscape.ts'
import { type DataOf, model } from '../../../model/model.ts'
import type { SinkChannel, SourceChannel } from '../../../system/channel.ts'
import type { Connector } from '../../../system/connector.ts'
import { idempotent } from '../../../system/effect.ts'
import type { Intake } from '../../../system/roles.ts'
import { system } from '../../../system/system.ts'
import { topic } from '../../../system/topic.ts'
import type { MemberProcess } from '../members/member-process.ts'
import type { SeededRandom } from '../seeded-random.ts'
import { SimulatedTarget } from '../simulated-target.ts'
import type { VirtualTime } from '../virtual-time.ts'

const Order = model('Order', {
  version: 1,
  key: 'n',
  schema: Type.Object({ n: Type.Integer(), customer: Type.String(), article: Type.String() }),
})
export type OrderData = DataOf<typeof Order>

const base = { system: 'plant', model: Order, options: undefined }
const pushed: SourceChannel<OrderData> = { ...base, role: 'source', name: 'pushed', listens: true }
const pulled: SourceChannel<OrderData> = { ...base, role: 'source', name: 'pulled' }
const placed = topic('placed', Order)
const sink = (name: string): SinkChannel<OrderData, typeof idempotent> => {
  return { ...base, role: 'sink', name, effect: idempotent }
}
/** More than any trouble lasts: nothing is parked. */
const retry = { attempts: 10_000, longest: '2s' } as const

const flows = [
  flow('orders')
    .from(pushed)
    .key(({ customer }) => customer)
    .to(sink('ledger'), undefined, { retry })
    .to(placed),
  // Published where the order was, and run where its article is.
  flow('stock')
    .from(placed)
    .key(({ article }) => article)
    .to(sink('warehouse'), undefined, { retry }),
  flow('reports')
    .from(pulled)
    .key(({ customer }) => customer)
    .to(sink('board'), undefined, { retry }),
]

/** Which target the effects of a flow are seen in. */
export const targetOf = { orders: 'ledger', stock: 'warehouse', reports: 'board' } as const

/** The world outside: it goes on whoever dies. */
export interface World {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly targets: ReadonlyMap<string, SimulatedTarget>
  /** Records of the source that one member at a time reads. */
  readonly records: readonly OrderData[]
}

export function drawWorld(random: SeededRandom, time: VirtualTime, log: (text: string) => void): World {
  const names = Object.values(targetOf)
  const targets = new Map(
    names.map(name => [name, new SimulatedTarget({ name, repeatable: true, time, random, log })]),
  )
  return { time, random, targets, records: drawOrders(random, random.int(0, 40), 10_000) }
}

export function drawOrders(random: SeededRandom, count: number, first: number): OrderData[] {
  const [customers, articles] = [random.int(1, 12), random.int(1, 12)]
  return Array.from({ length: count }, (_, n) => ({
    n: first + n,
    customer: `C${random.int(1, customers)}`,
    article: `A${random.int(1, articles)}`,
  }))
}

/** The landscape as one process has it; `opened` is told where it accepts. */
export function landscapeIn(
  process: MemberProcess,
  { random, targets, records }: World,
  opened: (intake: Intake) => void,
): Landscape {
  const limits = { batch: random.int(1, 8), concurrency: random.int(1, 3) }
  const connector: Connector = {
    name: 'plant',
    summary: {},
    channels: () => ({}),
    connect: async () => ({
      source: ({ name }) => ({
        run: (intake, signal) => {
          if (name === 'pulled') return pull(records, intake, () => process.sleep(random.next() * 20), signal)
          opened(intake)
          return aborted(signal)
        },
      }),
      sink: ({ name }) => {
        const target = targets.get(name) as SimulatedTarget
        return {
          ...limits,
          write: items => process.inside(target.take(items)),
          probe: item => process.inside(target.probe(item)),
        }
      },
      check: async () => {},
      close: async () => {},
    }),
  }
  return landscape({ systems: [system('plant', { kind: 'other', connector })], flows })
}

async function pull(
  records: readonly OrderData[],
  intake: Intake,
  read: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let position = Number((await intake.position()) ?? 0)
  while (!signal.aborted && position < records.length) {
    await read()
    if (signal.aborted) return
    const batch = records.slice(position, position + 4)
    const deliveries = batch.map(data => ({ id: String(data.n), data }))
    await intake.accept(deliveries, { position: position + batch.length })
    position += batch.length
  }
  await aborted(signal)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
}
