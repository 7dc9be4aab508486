import { randomUUID } from 'node:crypto'
import { type Engine, startEngine } from '../../src/engine/engine.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import { realHost } from '../../src/engine/host.ts'
import type { Connection, Connector, Intake, Outgoing } from '../../src/index.ts'
import { flow, landscape, system } from '../../src/index.ts'
import type { Membership, Role } from '../../src/store/members.ts'
import type { Store } from '../../src/store/store.ts'
import { box, type Note, notes } from './harness.ts'

/** What reached the box, whoever sent it, in order. */
export interface Written {
  readonly by: string
  readonly item: Outgoing<Note>
}

export interface Worker {
  readonly name: string
  readonly engine: Engine
  readonly member: Membership
  readonly intake: Intake
  readonly events: EngineEvent[]
  /** Why it had to end, if it had. */
  readonly fatal: unknown[]
}

const heard = { ...notes, listens: true } as const

/** Starts an engine that works on a store beside others: notes that its system is told go to the box. */
export async function startWorker(options: {
  readonly name: string
  readonly store: Store
  readonly written: Written[]
  readonly roles?: readonly Role[]
  readonly lease?: number
  readonly partitions?: number
  write?(item: Outgoing<Note>): Promise<void> | void
}): Promise<Worker> {
  const { name, store, written, lease, partitions, write = () => {} } = options
  const { roles = ['intake', 'worker', 'scheduler'] } = options
  const events: EngineEvent[] = []
  const fatal: unknown[] = []
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
      batch: 10,
      write: items =>
        Promise.all(
          items.map(async each => {
            const item = each as Outgoing<Note>
            await write(item)
            written.push({ by: name, item })
            return { ok: true } as const
          }),
        ),
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
  const posting = flow('posting')
    .from(heard)
    .key(({ to }) => to)
    .to(box)
  const member = await (store.join as NonNullable<Store['join']>)(
    { id: randomUUID(), name, roles, version: '1' },
    { lease, partitions },
  )
  const engine = await startEngine({
    landscape: landscape({
      name: 'members',
      systems: [system('post', { kind: 'other', connector })],
      flows: [posting],
    }),
    host: realHost(),
    connectContext: () => ({}) as never,
    watch: event => events.push(event),
    onFatal: error => fatal.push(error),
    store: { ...withoutClose(store) },
    claim: member,
  })
  return { name, engine, member, intake: await opened.promise, events, fatal }
}

/** Several engines of one process use the store; who made it closes it. */
function withoutClose(store: Store): Store {
  return {
    claim: owner => store.claim(owner),
    accept: (messages, position) => store.accept(messages, position),
    settle: settlement => store.settle(settlement),
    append: (appends, token) => store.append(appends, token),
    retire: limits => store.retire(limits),
    read: store.read,
    close: async () => {},
  }
}
