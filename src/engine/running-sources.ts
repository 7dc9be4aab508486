import { channelId, type SourceChannel } from '../system/channel.ts'
import type { Intake } from '../system/roles.ts'
import type { Connections } from './connections.ts'
import type { Watcher } from './events.ts'
import type { Host } from './host.ts'
import { keepRunning, Restart } from './sources.ts'

interface RunningSourcesOptions {
  readonly connections: Connections
  readonly host: Host
  readonly watch: Watcher
  /** `token`: of the lease of the source, where it has one. */
  intake(channel: SourceChannel<unknown>, token: number | undefined): Intake
}

/** The sources that run here. */
export class RunningSources {
  readonly #options: RunningSourcesOptions
  readonly #running = new Map<
    string,
    { readonly restart: Restart; readonly end: AbortController; readonly ended: Promise<void> }
  >()

  constructor(options: RunningSourcesOptions) {
    this.#options = options
  }

  restart(source: string): Restart | undefined {
    return this.#running.get(source)?.restart
  }

  run(channel: SourceChannel<unknown>, token?: number): void {
    const { connections } = this.#options
    const intake = this.#options.intake(channel, token)
    this.keep(channelId(channel), signal => connections.role(channel).run(intake, signal))
  }

  /** Lets something run as a source does, which is not a channel of a system. */
  keep(source: string, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.#running.has(source)) return
    const restart = new Restart()
    const end = new AbortController()
    const ended = keepRunning(source, work, { ...this.#options, restart }, end.signal)
    this.#running.set(source, { restart, end, ended })
  }

  async stop(source: string): Promise<void> {
    const running = this.#running.get(source)
    if (!running) return
    running.end.abort()
    await running.ended
    this.#running.delete(source)
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map(source => this.stop(source)))
  }
}
