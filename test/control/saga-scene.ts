import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { FakeDatabase } from '../../src/engine/two-phase-commit/fake-databases.ts'
import {
  type Answer,
  type Connection,
  type Effect,
  IsthmusError,
  idempotent,
  irreversible,
  landscape,
  model,
  type Outgoing,
  probed,
  type RequesterChannel,
  type SinkChannel,
  saga,
  system,
  Type,
  transaction,
} from '../../src/index.ts'
import type { LogEntry } from '../../src/observe/log.ts'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import { type MemoryState, memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { VotingChannel } from '../../src/system/channel.ts'

const Order = model('Order', {
  version: 1,
  key: 'no',
  pii: ['buyer'],
  schema: Type.Object({ no: Type.String(), buyer: Type.String(), ask: Type.String() }),
})
export interface Order {
  readonly no: string
  readonly buyer: string
  readonly ask: string
}

const base = { system: 'shop', model: Order, options: {} }
const Reserved = model('Reserved', { version: 1, schema: Type.Object({ place: Type.String() }) })
const reserve: RequesterChannel<Order, { place: string }, typeof idempotent> = {
  ...base,
  role: 'requester',
  name: 'reserve',
  answer: Reserved as never,
  effect: idempotent,
}
const sink = (name: string): SinkChannel<Order, typeof idempotent> => {
  return { ...base, role: 'sink', name, effect: idempotent }
}
const ship: SinkChannel<Order, Effect<'irreversible', true>> = {
  ...base,
  role: 'sink',
  name: 'ship',
  effect: probed(irreversible),
}

const same = ({ input }: { readonly input: Order }): Order => input

/** `refuse ship` in the order's `ask` has that step refused, `lose ship` not answered. */
const delivery = saga('delivery', Order)
  .step('reserve', reserve, same)
  .undo(sink('release'), same)
  .decide('credit', { question: ({ input }) => `Does ${input.buyer} pay?`, options: ['yes', 'no'] })
  .require('somebody pays', ({ credit }) => credit.choice === 'yes')
  .pivot('ship', ship, same)
  .step('tell', sink('tell'), same)

const Row = model('Row', { version: 1, key: 'no', schema: Type.Object({ no: Type.String() }) })
const rows = (name: string): VotingChannel<{ no: string }> => {
  return {
    role: 'sink',
    system: name,
    name: 'rows',
    model: Row,
    options: {},
    effect: idempotent,
    votes: true,
  }
}

const transfer = transaction('transfer', Row)
  .write(rows('north'), row => row)
  .write(rows('south'), row => row)
const stock = saga('stock', Row).step('move', transfer, ({ input }) => input, {
  retry: { attempts: 1 },
})

/** What outlives an instance: its store, the databases, and what the shop has done. */
export class SagaGround {
  readonly databases = { north: new FakeDatabase(), south: new FakeDatabase() }
  state: MemoryState = memoryState()
  /** Effects, as `channel key`. */
  readonly done: string[] = []
  readonly log: LogEntry[] = []
  /** Steps that have been told to behave well again. */
  readonly mended = new Set<string>()
}

/** An instance in this process with sagas over a shop and a transaction over two databases. */
export async function sagaScene(t: TestContext, ground = new SagaGround()) {
  const data = mkdtempSync(join(tmpdir(), 'isthmus-sagas-'))
  const instance = await startInstance({
    landscape: sagaLandscape(ground),
    data,
    port: 0,
    control: { port: 0 },
    store: memoryStore(ground.state),
    environment: {},
    log: entry => ground.log.push(entry),
  })
  const stop = async () => {
    await instance.stop(1_000)
    rmSync(data, { recursive: true, force: true })
  }
  t.after(stop)
  return { instance, ground, stop, operations: instance.operations, ask: asker(instance) }
}

export function sagaLandscape(ground: SagaGround) {
  const databases = Object.entries(ground.databases).map(([name, database]) =>
    system(name, {
      kind: 'other',
      connector: {
        name: 'database',
        summary: {},
        channels: () => ({}),
        connect: async () => ({
          sink: () => ({ write: async () => [] }),
          participant: () => database,
          check: async () => {},
          close: async () => {},
        }),
      },
    }),
  )
  const shop = system('shop', {
    kind: 'other',
    connector: { name: 'shop', summary: {}, channels: () => ({}), connect: async () => shopOf(ground) },
  })
  return landscape({ name: 'test', systems: [shop, ...databases], flows: [], sagas: [delivery, stock] })
}

function shopOf(ground: SagaGround): Connection {
  const take = (items: readonly Outgoing[], channel: string) =>
    items.map(({ data }): Answer<unknown> => {
      const { no, ask, buyer } = data as Order
      const [what, step] = ask.split(' ')
      const isTroubled = step === channel && !ground.mended.has(`${channel} ${no}`)
      if (isTroubled && what === 'refuse')
        return { ok: false, error: new IsthmusError('TARGET-REFUSED', `${buyer} is not served`) }
      if (isTroubled && what === 'lose')
        return { ok: false, error: new IsthmusError('TARGET-UNANSWERED', 'no answer') }
      ground.done.push(`${channel} ${no}`)
      return { ok: true, result: { place: `shelf of ${buyer}` } }
    })
  return {
    sink: ({ name }) => ({
      write: async items => take(items, name) as Answer[],
      probe: async () => ({ outcome: 'unknown' }),
    }),
    requester: ({ name }) => ({ ask: async items => take(items, name) }),
    check: async () => {},
    close: async () => {},
  }
}

function asker({ control: { url, token } }: Instance) {
  return (path: string, body?: unknown): Promise<Response> =>
    fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
}
