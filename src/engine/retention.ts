import { IsthmusError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { type Host, sleep } from './host.ts'

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
  onFatal: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    const now = host.now()
    const before = limits.age === undefined ? undefined : now - limits.age
    const retired = store.retire({ before, bytes: limits.bytes, identitiesBefore: now - limits.identities })
    const gone = await retired.catch(error => {
      if (!(error instanceof IsthmusError) || error.fate !== 'retry') onFatal(error)
      return 0
    })
    await sleep(host, gone > 0 ? 20 : everyMinute, signal)
  }
}
