import { IsthmusError, reasonOf } from '../errors.ts'
import type { ConnectContext, Connection } from '../system/connector.ts'
import type { System } from '../system/system.ts'
import type { Watcher } from './events.ts'
import { backoff, type Host, sleep } from './host.ts'

/**
 * The open connections of a landscape. A system that cannot be reached is tried again with growing pauses, for as long
 * as the engine runs.
 */
export class Connections {
  readonly #open = new Map<string, Connection>()
  readonly #reasons = new Map<string, string>()
  readonly #opening: Promise<void>[] = []
  readonly #stop = new AbortController()
  readonly #host: Host
  readonly #watch: Watcher

  constructor(host: Host, watch: Watcher) {
    this.#host = host
    this.#watch = watch
  }

  /** Tries every system once, then goes on in the background. Rejects when one is configured wrongly. */
  async start(systems: readonly System[], context: (system: System) => ConnectContext): Promise<void> {
    const firsts = systems.map(system => this.#first(system, context(system)))
    const results = await Promise.allSettled(firsts)
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /** Throws TARGET-UNAVAILABLE while the system is not connected. */
  get(system: string): Connection {
    const connection = this.#open.get(system)
    if (connection) return connection
    const reason = this.#reasons.get(system) ?? 'it has not been connected yet'
    throw new IsthmusError('TARGET-UNAVAILABLE', `System ${system} cannot be reached: ${reason}`)
  }

  /** Why a system is not connected; undefined when it is. */
  reason(system: string): string | undefined {
    return this.#open.has(system) ? undefined : (this.#reasons.get(system) ?? 'not connected yet')
  }

  /** A connector that hangs, opening or closing, holds nobody up for longer than `patience` milliseconds. */
  async close(patience = 5_000): Promise<void> {
    this.#stop.abort()
    const over = new AbortController()
    const opened = [...this.#open.values()]
    this.#open.clear()
    const closed = Promise.allSettled([...this.#opening, ...opened.map(async one => one.close())])
    await Promise.race([closed, sleep(this.#host, patience, over.signal)])
    over.abort()
  }

  async #first(system: System, context: ConnectContext): Promise<void> {
    try {
      await this.#connect(system, context)
    } catch (error) {
      if (error instanceof IsthmusError && /^(CONFIG|FLOW)-/.test(error.code)) throw error
      this.#failed(system, error)
      this.#opening.push(this.#again(system, context))
    }
  }

  async #again(system: System, context: ConnectContext): Promise<void> {
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
    this.#open.set(system.name, connection)
    this.#watch({ type: 'system', system: system.name, state: 'open' })
  }

  #failed(system: System, error: unknown): void {
    const reason = reasonOf(error)
    this.#reasons.set(system.name, reason)
    this.#watch({ type: 'system', system: system.name, state: 'unreachable', reason })
  }
}
