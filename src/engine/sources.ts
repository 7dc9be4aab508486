import { reasonOf } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { channelId, type SourceChannel } from '../system/channel.ts'
import type { Intake } from '../system/roles.ts'
import type { Connections } from './connections.ts'
import type { Watcher } from './events.ts'
import { backoff, type Host, sleep } from './host.ts'

/** Milliseconds for which a source that had failed must run before it is said to work again. */
const steady = 5_000

/** Lets a source begin anew. */
export interface Restart {
  now(): void
}

/**
 * Keeps one source running until the signal aborts: a source that stops or fails is started again after a pause, and
 * at once when `restart` says so.
 */
export async function keepRunning(
  channel: SourceChannel<unknown>,
  intake: Intake,
  options: {
    readonly connections: Connections
    readonly host: Host
    readonly watch: Watcher
    readonly restart?: Restart
  },
  signal: AbortSignal,
): Promise<void> {
  const { connections, host, watch } = options
  const source = channelId(channel)
  for (let failures = 0; !signal.aborted; ) {
    const began = host.monotonic()
    let cancel = () => {}
    const anew = new AbortController()
    if (options.restart) options.restart.now = () => anew.abort()
    try {
      const run = connections.role(channel).run(intake, AbortSignal.any([signal, anew.signal]))
      cancel = host.after(failures === 0 ? 0 : steady, () =>
        watch({ type: 'source', source, state: 'running' }),
      )
      await run
    } catch (error) {
      watch({ type: 'source', source, state: 'failed', reason: reasonOf(error) })
    } finally {
      cancel()
    }
    failures = host.monotonic() - began > 60_000 ? 1 : failures + 1
    if (anew.signal.aborted) failures = 0
    else if (!signal.aborted)
      await sleep(host, backoff(host, failures, 500, 15_000), AbortSignal.any([signal, anew.signal]))
  }
  watch({ type: 'source', source, state: 'stopped' })
}

/** What the source delivers again is a duplicate as far as identities are known. */
export async function forgetPosition(store: Pick<Store, 'accept'>, source: string): Promise<void> {
  await store.accept([], { source, position: null })
}
