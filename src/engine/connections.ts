import { IsthmusError, reasonOf } from '../errors.ts'
import {
  type AnyChannel,
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
} from '../system/channel.ts'
import type { ConnectContext, Connection } from '../system/connector.ts'
import type { Participant, Requester, Sink, Source } from '../system/roles.ts'
import type { System } from '../system/system.ts'
import type { Warehouse } from '../system/warehouse.ts'
import type { Watcher } from './events.ts'
import { backoff, type Host, sleep } from './host.ts'

/** A system that has not answered its first call after so many milliseconds holds up the start no longer. */
const firstPatience = 10_000

interface Opened {
  readonly connection: Connection
  readonly roles: ReadonlyMap<AnyChannel, Source | Sink | Requester>
  /** Once it was asked for. */
  participant?: Participant
  warehouse?: Warehouse
}

/**
 * The open connections of a landscape with what they make of its channels. A system that cannot be reached is tried
 * again with growing pauses, for as long as the engine runs.
 */
export class Connections {
  readonly #channels: readonly AnyChannel[]
  readonly #open = new Map<string, Opened>()
  readonly #reasons = new Map<string, string>()
  readonly #opening: Promise<void>[] = []
  readonly #stop = new AbortController()
  readonly #host: Host
  readonly #watch: Watcher

  constructor(channels: readonly AnyChannel[], host: Host, watch: Watcher) {
    this.#channels = channels
    this.#host = host
    this.#watch = watch
  }

  /** Tries every system once, then goes on in the background. Rejects when one, or a channel, is configured wrongly. */
  async start(systems: readonly System[], context: (system: System) => ConnectContext): Promise<void> {
    const firsts = systems.map(system => this.#first(system, context(system)))
    const results = await Promise.allSettled(firsts)
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /** The same object for as long as the connection lasts. Throws TARGET-UNAVAILABLE while there is none. */
  role(channel: SourceChannel<unknown>): Source
  role(channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>): Sink | Requester
  role(channel: AnyChannel): Source | Sink | Requester {
    const { system } = channel
    const role = this.#open.get(system)?.roles.get(channel)
    if (role) return role
    const reason = this.#reasons.get(system) ?? 'it has not been connected yet'
    throw new IsthmusError('TARGET-UNAVAILABLE', `System ${system} cannot be reached: ${reason}`)
  }

  /** What a system votes with. Throws TARGET-UNAVAILABLE while it is not connected. */
  participant(system: string): Participant {
    const opened = this.#open.get(system)
    const participant = opened && (opened.participant ?? opened.connection.participant?.())
    if (!opened || !participant) {
      const reason =
        this.#reasons.get(system) ?? (opened ? 'it cannot vote' : 'it has not been connected yet')
      throw new IsthmusError('TARGET-UNAVAILABLE', `System ${system} cannot be reached: ${reason}`)
    }
    opened.participant = participant
    return participant
  }

  /** What pipelines build in. Throws TARGET-UNAVAILABLE while it is not connected, FLOW-DEFINITION if it is no warehouse. */
  warehouse(system: string): Warehouse {
    const opened = this.#open.get(system)
    if (!opened) {
      const reason = this.#reasons.get(system) ?? 'it has not been connected yet'
      throw new IsthmusError('TARGET-UNAVAILABLE', `System ${system} cannot be reached: ${reason}`)
    }
    const warehouse = opened.warehouse ?? opened.connection.warehouse?.()
    if (!warehouse)
      throw new IsthmusError('FLOW-DEFINITION', `System ${system} is no warehouse: its connector has none.`)
    opened.warehouse = warehouse
    return warehouse
  }

  /** Why a system is not connected; undefined when it is. */
  reason(system: string): string | undefined {
    return this.#open.has(system) ? undefined : (this.#reasons.get(system) ?? 'not connected yet')
  }

  /** A connector that hangs, opening or closing, holds nobody up for longer than `patience` milliseconds. */
  async close(patience = 5_000): Promise<void> {
    this.#stop.abort()
    const over = new AbortController()
    const opened = [...this.#open.values()].map(({ connection }) => connection)
    this.#open.clear()
    const closed = Promise.allSettled([...this.#opening, ...opened.map(async one => one.close())])
    await Promise.race([closed, sleep(this.#host, patience, over.signal)])
    over.abort()
  }

  async #first(system: System, context: ConnectContext): Promise<void> {
    const over = new AbortController()
    const connecting = this.#connect(system, context)
    const patience = sleep(this.#host, firstPatience, over.signal).then(() => 'hangs' as const)
    try {
      if ((await Promise.race([connecting, patience])) !== 'hangs') return
      this.#failed(system, new Error(`no answer within ${firstPatience / 1000} s`))
      this.#opening.push(this.#again(system, context, connecting))
    } catch (error) {
      if (error instanceof IsthmusError && /^(CONFIG|FLOW)-/.test(error.code)) throw error
      this.#failed(system, error)
      this.#opening.push(this.#again(system, context))
    } finally {
      over.abort()
    }
  }

  async #again(system: System, context: ConnectContext, underWay?: Promise<void>): Promise<void> {
    try {
      if (underWay) return await underWay
    } catch (error) {
      this.#failed(system, error)
    }
    for (let attempt = 1; !this.#stop.signal.aborted; attempt++) {
      await sleep(this.#host, backoff(this.#host, attempt, 500, 15_000), this.#stop.signal)
      if (this.#stop.signal.aborted) return
      try {
        return await this.#connect(system, context)
      } catch (error) {
        this.#failed(system, error)
      }
    }
  }

  async #connect(system: System, context: ConnectContext): Promise<void> {
    const connection = await system.connector.connect(context)
    if (this.#stop.signal.aborted) return connection.close()
    try {
      this.#open.set(system.name, { connection, roles: this.#rolesOf(system.name, connection) })
    } catch (error) {
      await connection.close()
      throw error
    }
    this.#watch({ type: 'system', system: system.name, state: 'open' })
  }

  /** All at once, so that a wrong configuration of a channel is found before messages come. */
  #rolesOf(system: string, connection: Connection): Opened['roles'] {
    const own = this.#channels.filter(channel => channel.system === system)
    return new Map(own.map(channel => [channel, roleOf(connection, channel)]))
  }

  #failed(system: System, error: unknown): void {
    const reason = reasonOf(error)
    this.#reasons.set(system.name, reason)
    this.#watch({ type: 'system', system: system.name, state: 'unreachable', reason })
  }
}

function roleOf(connection: Connection, channel: AnyChannel): Source | Sink | Requester {
  const role =
    channel.role === 'source'
      ? connection.source?.(channel)
      : channel.role === 'sink'
        ? connection.sink?.(channel)
        : connection.requester?.(channel)
  if (role) return role
  throw new IsthmusError('FLOW-DEFINITION', `The connector of ${channelId(channel)} has no ${channel.role}s.`)
}
