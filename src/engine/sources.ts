import { IsthmusError, reasonOf } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { channelId, type SourceChannel } from '../system/channel.ts'
import type { Intake } from '../system/roles.ts'
import type { Connections } from './connections.ts'
import type { Watcher } from './events.ts'
import { backoff, type Host, sleep } from './host.ts'

/** Milliseconds for which a source that had failed must run before it is said to work again. */
const steady = 5_000

/** Milliseconds until a source tries again that cannot go on before a person has done something. */
const rest = 60_000

/** Lets a source begin anew. */
export class Restart {
  #end = new AbortController()
  #work: (() => Promise<void>) | undefined

  /** Aborts when the source is to begin anew. */
  get signal(): AbortSignal {
    return this.#end.signal
  }

  /** Ends the source, does the work while it does not run, and lets it begin again. Rejects as the work does. */
  after(work: () => Promise<void>): Promise<void> {
    const done = Promise.withResolvers<void>()
    const before = this.#work
    this.#work = async () => {
      await before?.()
      await work().then(done.resolve, done.reject)
    }
    this.#end.abort()
    return done.promise
  }

  /** For whoever runs the source, while it does not run: does what is to be done. False if that is nothing. */
  async perform(): Promise<boolean> {
    const work = this.#work
    if (!work) return false
    this.#work = undefined
    this.#end = new AbortController()
    await work()
    return true
  }
}

/**
 * Keeps one source running until the signal aborts: a source that stops or fails is started again after a pause, and
 * at once when `restart` says so.
 */
export async function keepRunning(
  channel: SourceChannel<unknown>,
  intake: Intake,
  options: {
    readonly connections: Pick<Connections, 'role'>
    readonly host: Host
    readonly watch: Watcher
    readonly restart: Restart
  },
  signal: AbortSignal,
): Promise<void> {
  const { connections, host, watch, restart } = options
  const source = channelId(channel)
  for (let failures = 0; !signal.aborted; ) {
    const began = host.monotonic()
    const ends = AbortSignal.any([signal, restart.signal])
    let cancel = () => {}
    let helpless = false
    try {
      const run = connections.role(channel).run(intake, ends)
      cancel = host.after(failures === 0 ? 0 : steady, () =>
        watch({ type: 'source', source, state: 'running' }),
      )
      await run
    } catch (error) {
      helpless = error instanceof IsthmusError && error.fate === 'pause'
      watch({ type: 'source', source, state: 'failed', reason: reasonWithRemedy(error, source) })
    } finally {
      cancel()
    }
    failures = host.monotonic() - began > 60_000 ? 1 : failures + 1
    if (!ends.aborted) await sleep(host, helpless ? rest : backoff(host, failures, 500, 15_000), ends)
    if (await restart.perform()) failures = 0
  }
  watch({ type: 'source', source, state: 'stopped' })
}

/** A gap is the one thing that a person has to decide about; the command is known here. */
function reasonWithRemedy(error: unknown, source: string): string {
  const reason = reasonOf(error)
  const isGap = error instanceof IsthmusError && error.code === 'SOURCE-GAP'
  return isGap ? `${reason} To go on from where it can: isthmus resync ${source}` : reason
}

/** What the source delivers again is a duplicate as far as identities are known. */
export async function forgetPosition(store: Pick<Store, 'accept'>, source: string): Promise<void> {
  await store.accept([], { source, position: null })
}
