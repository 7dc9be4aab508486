import { type Engine, startEngine } from '../../src/engine/engine.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import { realHost } from '../../src/engine/host.ts'
import {
  aggregate,
  type Connection,
  type Flow,
  flow,
  type Intake,
  idempotent,
  landscape,
  model,
  type Outgoing,
  projection,
  refusal,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from '../../src/index.ts'
import type { Store } from '../../src/store/store.ts'

const Text = Type.String()

export const Place = model('Place', { version: 1, schema: Type.Object({ no: Text, by: Text }) })
export const Add = model('Add', { version: 1, schema: Type.Object({ no: Text, pieces: Type.Integer() }) })
export const Placed = model('Placed', { version: 1, schema: Type.Object({ by: Text }) })
export const Added = model('Added', { version: 1, schema: Type.Object({ pieces: Type.Integer() }) })
export const OrderState = model('OrderState', {
  version: 1,
  schema: Type.Object({ status: Text, by: Text, pieces: Type.Integer() }),
})

/** Orders that are placed once and to which pieces are added, never so that there are fewer than none. */
export function orders(snapshotEvery = 100) {
  const order = aggregate('order', {
    state: OrderState,
    initial: { status: 'new', by: '', pieces: 0 },
    events: { placed: Placed, added: Added },
    apply: {
      placed: (state, { by }) => ({ ...state, status: 'placed', by }),
      added: (state, { pieces }) => ({ ...state, pieces: state.pieces + pieces }),
    },
    snapshotEvery,
  })
  const place = order.command('place', Place, {
    id: c => c.no,
    decide: (state, { by }) => {
      if (state.status !== 'new') throw refusal('it is placed already')
      return [{ type: 'placed', data: { by } }]
    },
  })
  const add = order.command('add', Add, {
    id: c => c.no,
    decide: (state, { pieces }) => {
      if (state.pieces + pieces < 0) throw refusal(`it has ${state.pieces} pieces`)
      return pieces === 0 ? [] : [{ type: 'added', data: { pieces } }]
    },
  })
  const stock = projection('stock', {
    from: order,
    row: model('Stock', {
      version: 1,
      schema: Type.Object({ pieces: Type.Integer(), events: Type.Integer() }),
    }),
    apply: (rows, event) => {
      const { pieces, events } = rows.get(event.id) ?? { pieces: 0, events: 0 }
      const more = event.type === 'added' ? event.data.pieces : 0
      rows.set(event.id, { pieces: pieces + more, events: events + 1 })
    },
  })
  return { order, place, add, stock }
}

/** A source of any model, and a sink that keeps what it gets, in a company inside a test. */
export class AggregateWorld {
  readonly written: Outgoing[] = []
  readonly events: EngineEvent[] = []
  engine!: Engine
  readonly #intakes = new Map<string, PromiseWithResolvers<Intake>>()

  readonly system = system('world', {
    kind: 'other',
    connector: {
      name: 'world',
      summary: {},
      channels: () => ({}),
      connect: async () => this.#connection(),
    },
  })

  source<T>(name: string, { model: of }: { readonly model: SourceChannel<T>['model'] }): SourceChannel<T> {
    return { role: 'source', system: 'world', name, model: of, options: {} }
  }

  sink<T>(name: string, of: SinkChannel<T>['model']): SinkChannel<T, typeof idempotent> {
    return { role: 'sink', system: 'world', name, model: of, options: {}, effect: idempotent }
  }

  /** A flow that hands what is put to a command, all at one time. */
  into<T>(channel: SinkChannel<T, typeof idempotent>): Flow {
    const name = `to-${channel.name.replace('.', '-')}`
    return flow(name)
      .from(this.source<T>(name, channel))
      .key(() => undefined)
      .to(channel)
  }

  async start(
    store: Store,
    parts: Omit<Parameters<typeof landscape>[0], 'systems'>,
    onFatal?: (error: unknown) => void,
  ): Promise<Engine> {
    this.#intakes.clear()
    this.engine = await startEngine({
      landscape: landscape({ ...parts, systems: [this.system] }),
      store,
      claim: await store.claim('test'),
      host: realHost(),
      connectContext: () => ({}) as never,
      watch: event => this.events.push(event),
      onFatal:
        onFatal ??
        (error => {
          throw error
        }),
    })
    return this.engine
  }

  /** Hands data to the flow of a command. Resolves when they are accepted. */
  async put<T>(channel: SinkChannel<T>, data: T, id?: string): Promise<void> {
    const intake = await this.#intake(`to-${channel.name.replace('.', '-')}`).promise
    await intake.accept([{ data, ...(id !== undefined && { id }) }])
  }

  /** Resolves when so many messages of a flow have ended or are set aside. */
  async ended(flowName: string, count: number): Promise<void> {
    const done = (event: EngineEvent) =>
      'flow' in event && event.flow === flowName && (event.type === 'ended' || isParked(event))
    for (const deadline = performance.now() + 240_000; ; ) {
      if (this.events.filter(done).length >= count) return
      if (performance.now() > deadline)
        throw new Error(`${flowName}: ${this.events.filter(done).length} of ${count} ended`)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
  }

  #intake(name: string): PromiseWithResolvers<Intake> {
    const found = this.#intakes.get(name) ?? Promise.withResolvers<Intake>()
    this.#intakes.set(name, found)
    return found
  }

  #connection(): Connection {
    return {
      source: ({ name }) => ({
        run: (intake, signal) => {
          this.#intake(name).resolve(intake)
          return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
        },
      }),
      sink: () => ({
        batch: 100,
        concurrency: 4,
        write: async items => {
          this.written.push(...items)
          return items.map(() => ({ ok: true }))
        },
      }),
      check: async () => {},
      close: async () => {},
    }
  }
}

function isParked(event: EngineEvent): boolean {
  return event.type === 'setback' && event.fate === 'park'
}
