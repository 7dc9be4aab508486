import type { Landscape } from '../flow/landscape.ts'
import { usedChannels, votingSystems } from '../flow/own-systems.ts'
import type { SagaDefinition } from '../flow/saga/stage.ts'
import { allStages } from '../flow/saga/stage.ts'
import type { Store } from '../store/store.ts'
import type { AnyChannel, RequesterChannel, SinkChannel } from '../system/channel.ts'
import { aggregatesSystem, isOwnChannel, transactionsSystem } from '../system/own-system.ts'
import type { Requester, Sink } from '../system/roles.ts'
import { Aggregates, type AggregatesOptions } from './aggregate/aggregates.ts'
import { effectChannels } from './channels.ts'
import type { Connections } from './connections.ts'
import type { EffectChannel } from './effects.ts'
import type { Watcher } from './events.ts'
import type { Governor } from './governance/governor.ts'
import type { Host } from './host.ts'
import { sagaSink } from './saga/saga-roles.ts'
import { Sagas } from './saga/sagas.ts'
import { Transactions } from './two-phase-commit/transactions.ts'

export interface OwnRolesOptions {
  readonly landscape: Landscape
  readonly store: Store
  readonly token: number
  readonly cluster: string
  readonly host: Host
  readonly watch: Watcher
  readonly onFatal: (error: unknown) => void
  readonly connections: Connections
  readonly outbox: AggregatesOptions['outbox']
  governor(system: string): Governor
}

/** The roles that the engine plays itself, over the store: for sagas, transactions and aggregates. */
export class OwnRoles {
  readonly sagas: Sagas
  readonly transactions: Transactions
  readonly aggregates: Aggregates
  readonly #options: OwnRolesOptions
  readonly #roles = new Map<AnyChannel, Sink | Requester>()
  readonly #aborts: (() => void)[] = []

  constructor(options: OwnRolesOptions) {
    this.#options = options
    const { landscape } = options
    const channels = new Map(landscape.sagas.map(saga => [versionOf(saga), this.#channelsOf(saga)]))
    this.sagas = new Sagas({
      ...options,
      landscape: landscape.name,
      definitions: landscape.sagas,
      channel: (definition, id) => channels.get(versionOf(definition))?.get(id) as EffectChannel,
    })
    this.aggregates = new Aggregates({ ...options, projections: landscape.projections })
    this.transactions = new Transactions({
      ...options,
      systems: votingSystems(usedChannels(landscape.flows, landscape.sagas)),
      participant: system => options.connections.participant(system),
      turn: (system, signal) => options.governor(system).turn(signal),
    })
  }

  /** What plays a channel: the same object for as long as it can. */
  readonly role = (channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>): Sink | Requester => {
    if (!isOwnChannel(channel)) return this.#options.connections.role(channel)
    const role = this.#roles.get(channel) ?? this.#play(channel as SinkChannel<unknown>)
    this.#roles.set(channel, role)
    return role
  }

  async recover(): Promise<void> {
    await this.sagas.recover()
  }

  start(): void {
    this.transactions.start()
    this.aggregates.start()
    this.sagas.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.sagas.stop(), this.transactions.stop(), this.aggregates.stop()])
  }

  /** Asks the calls under way to end. */
  abort(): void {
    for (const abort of this.#aborts) abort()
  }

  #play(channel: SinkChannel<unknown>): Sink | Requester {
    if (channel.system === aggregatesSystem) return this.aggregates.role(channel)
    return channel.system === transactionsSystem
      ? this.transactions.sink(channel)
      : sagaSink(this.sagas, channel)
  }

  #channelsOf({ name, stages }: SagaDefinition): ReadonlyMap<string, EffectChannel> {
    const steps = [...allStages(stages)].flatMap(stage => {
      if (stage.kind !== 'step') return []
      const { id, channel, undo } = stage
      return undo
        ? [
            { id, channel },
            { id: `${id}:undo`, channel: undo.channel },
          ]
        : [{ id, channel }]
    })
    const { host, watch, governor } = this.#options
    const { channels, abort } = effectChannels(name, steps, { role: this.role, host, watch, governor })
    this.#aborts.push(abort)
    return channels
  }
}

/** A flow and a landscape may hold the same saga as two values: one of them with its topics carried. */
function versionOf({ name, version }: SagaDefinition): string {
  return `${name} ${version}`
}
