import { setImmediate as turn } from 'node:timers/promises'
import type { TSchema } from 'typebox'
import { type Engine, startEngine } from '../../src/engine/engine.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import { type Host, realHost } from '../../src/engine/host.ts'
import type { Recorded } from '../../src/engine/saga/saga-fact.ts'
import { readSagaLog } from '../../src/engine/saga/saga-log.ts'
import type { Saga } from '../../src/flow/saga/saga.ts'
import type { SagaEvent } from '../../src/flow/saga/saga-event.ts'
import {
  type Answer,
  type Connection,
  type Effect,
  flow,
  type Intake,
  IsthmusError,
  idempotent,
  landscape,
  model,
  type Outgoing,
  type RequesterChannel,
  type SinkChannel,
  system,
  Type,
} from '../../src/index.ts'
import { type MemoryState, memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Store } from '../../src/store/store.ts'

export const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Type.String(), quantity: Type.Number() }),
})
export type OrderData = { no: string; quantity: number }

/** What a channel of the world does with one call: its answer, or what it throws. */
export type Behave = (item: Outgoing, call: number) => unknown

/** A company inside a test: channels that can be told how to behave, and an engine that can die. */
export class SagaWorld {
  /** Effects in the order in which they happened: `channel key`. */
  readonly effects: string[] = []
  readonly calls: string[] = []
  readonly behaviour = new Map<string, Behave>()
  readonly events: EngineEvent[] = []
  state: MemoryState = memoryState()
  engine: Engine | undefined
  host: Host = realHost()
  /** Milliseconds by which the clock of engines is ahead. */
  ahead = 0
  /** Puts something between an engine that is started and what is stored. */
  around: (store: Store) => Store = store => store
  readonly #intakes = new Map<string, Intake>()
  readonly #done = new Map<string, unknown>()
  readonly #counts = new Map<string, number>()

  readonly system = system('world', {
    kind: 'other',
    connector: {
      name: 'world',
      summary: {},
      channels: () => ({}),
      connect: async () => this.#connection(),
    },
  })

  /** A requester that answers `{ by }` and repeats harmlessly, unless told otherwise. */
  requester<O extends object = { by: string }, E extends Effect = typeof idempotent>(
    name: string,
    effect: E = idempotent as E,
    answer: TSchema = Type.Any(),
  ): RequesterChannel<OrderData, O, E> {
    const common = { system: 'world', name, model: Order, options: {} }
    return {
      ...common,
      role: 'requester',
      answer: model('Answer', { version: 1, schema: answer }) as never,
      effect,
    }
  }

  sink<E extends Effect = typeof idempotent>(
    name: string,
    effect: E = idempotent as E,
  ): SinkChannel<OrderData, E> {
    return { role: 'sink', system: 'world', name, model: Order, options: {}, effect }
  }

  /** Starts an engine over what is stored, with a flow that begins each saga and one for each event. */
  // biome-ignore lint/suspicious/noExplicitAny: sagas and events of any model
  async start(sagas: readonly Saga<any>[], events: readonly SagaEvent<any>[] = []): Promise<Engine> {
    const into = [...sagas, ...events].map(channel => {
      const source = {
        role: 'source',
        system: 'world',
        name: `to-${channel.name}`,
        model: channel.model,
        options: {},
      } as const
      return flow(`to-${channel.name}`).from(source).to(channel)
    })
    const store = this.around(memoryStore(this.state))
    this.engine = await startEngine({
      landscape: landscape({ systems: [this.system], flows: into, sagas }),
      store,
      claim: await store.claim('test'),
      host: { ...this.host, now: () => this.host.now() + this.ahead },
      connectContext: () => ({}) as never,
      watch: event => this.events.push(event),
      onFatal: error => {
        throw error
      },
    })
    return this.engine
  }

  /** Hands data to the flow that begins a saga or tells an event. */
  async put(channel: { readonly name: string }, data: unknown, id?: string): Promise<void> {
    const intake = await this.#intake(`to-${channel.name}`)
    await intake.accept([{ data, ...(id !== undefined && { id }) }])
  }

  log(name: string, key: string): Promise<Recorded[]> {
    return readSagaLog(memoryStore(this.state).read, name, key)
  }

  /** The facts of a saga, as `type stage`. */
  async facts(name: string, key: string): Promise<string[]> {
    return (await this.log(name, key)).map(({ fact }) => {
      const stage = 'stage' in fact && fact.stage !== undefined ? ` ${fact.stage}` : ''
      const undone = 'doing' in fact && fact.doing === 'undo' ? ':undo' : ''
      return `${fact.type}${stage}${undone}`
    })
  }

  async status(name: string, key: string): Promise<string | undefined> {
    const head = await memoryStore(this.state).read.streams.head({ kind: `saga/${name}`, key })
    return head?.state
  }

  /** Resolves when the saga is what is said; rejects when it comes to another end. */
  async until(name: string, key: string, status: string): Promise<void> {
    const deadline = performance.now() + 240_000
    for (;;) {
      const now = await this.status(name, key)
      if (now === status) return
      if (performance.now() > deadline || now === 'completed' || now === 'compensated')
        throw new Error(`${name}/${key} is ${now}: ${(await this.facts(name, key)).join(', ')}`)
      await turn()
    }
  }

  async stop(): Promise<void> {
    await this.engine?.stop()
  }

  async #intake(source: string): Promise<Intake> {
    for (;;) {
      const intake = this.#intakes.get(source)
      if (intake) return intake
      await turn()
    }
  }

  #connection(): Connection {
    const take = async (items: readonly Outgoing[], channel: string) =>
      Promise.all(items.map(item => this.#take(channel, item)))
    return {
      source: ({ name }) => ({
        run: (intake, signal) => {
          this.#intakes.set(name, intake)
          return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
        },
      }),
      sink: ({ name }) => ({ concurrency: 10, write: items => take(items, name) as Promise<Answer[]> }),
      requester: ({ name }) => ({
        concurrency: 10,
        ask: items => take(items, name),
        probe: async ({ effectKey }) => ({
          outcome: this.#done.has(effectKey) ? 'done' : 'absent',
          result: this.#done.get(effectKey),
        }),
      }),
      check: async () => {},
      close: async () => {},
    }
  }

  async #take(channel: string, item: Outgoing): Promise<Answer<unknown>> {
    const call = (this.#counts.get(channel) ?? 0) + 1
    this.#counts.set(channel, call)
    this.calls.push(`${channel} ${item.key}`)
    try {
      const result = (await this.behaviour.get(channel)?.(item, call)) ?? { by: channel }
      this.happen(channel, item, result)
      return { ok: true, result }
    } catch (error) {
      return { ok: false, error }
    }
  }

  /** The effect, once for each key. */
  happen(channel: string, { effectKey, key }: Outgoing, result: unknown = { by: channel }): void {
    if (this.#done.has(effectKey)) return
    this.#done.set(effectKey, result)
    this.effects.push(`${channel} ${key}`)
  }
}

export const refuses: Behave = () => {
  throw new IsthmusError('TARGET-REFUSED', 'no')
}

export function failsWith(code: 'TARGET-UNAVAILABLE' | 'TARGET-UNANSWERED', times = 1): Behave {
  return (_, call) => {
    if (call <= times) throw new IsthmusError(code, 'trouble')
    return undefined
  }
}
