import type { Store } from '../store/store.ts'
import { type Host, patiently, sleep } from './host.ts'

/** How long finished messages are kept. Unfinished ones are kept for ever. */
export interface Retention {
  /** Milliseconds; for ever if absent. */
  readonly age?: number | undefined
  /** Of the whole store; unlimited if absent. */
  readonly bytes?: number | undefined
}

const everyMinute = 60_000

/** Removes what need not be kept any longer, in small portions with pauses, until the signal aborts. */
export async function keepRetiring(
  store: Store,
  host: Host,
  limits: Retention & { readonly identities: number },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const now = host.now()
    const before = limits.age === undefined ? undefined : now - limits.age
    const retire = () =>
      store.retire({ before, bytes: limits.bytes, identitiesBefore: now - limits.identities })
    const gone = await patiently(host, retire).catch(() => 0)
    await sleep(host, gone > 0 ? 20 : everyMinute, signal)
  }
}
