import { reasonOf } from '../errors.ts'
import { channelId, type SourceChannel } from '../system/channel.ts'
import type { Intake } from '../system/roles.ts'
import type { Connections } from './connections.ts'
import type { Watcher } from './events.ts'
import { backoff, type Host, sleep } from './host.ts'

/** Milliseconds for which a source that had failed must run before it is said to work again. */
const steady = 5_000

/** Keeps one source running until the signal aborts: a source that stops or fails is started again after a pause. */
export async function keepRunning(
  channel: SourceChannel<unknown>,
  intake: Intake,
  options: { readonly connections: Connections; readonly host: Host; readonly watch: Watcher },
  signal: AbortSignal,
): Promise<void> {
  const { connections, host, watch } = options
  const source = channelId(channel)
  for (let failures = 0; !signal.aborted; ) {
    const began = host.monotonic()
    let cancel = () => {}
    try {
      const run = connections.role(channel).run(intake, signal)
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
    if (!signal.aborted) await sleep(host, backoff(host, failures, 500, 15_000), signal)
  }
  watch({ type: 'source', source, state: 'stopped' })
}
