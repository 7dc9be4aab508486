import { IsthmusError, reasonOf } from '../errors.ts'
import type { Store } from '../store/store.ts'
import type { Watcher } from './events.ts'
import { backoff, type Host, sleep } from './host.ts'

/** Milliseconds for which a source that had failed must run before it is said to work again. */
const steady = 5_000

/** Milliseconds until a source tries again that cannot go on before a person has done something. */
const rest = 60_000

/** Lets a source begin anew, or try again before its pause is over. */
export class Restart {
  #end = new AbortController()
  #work: (() => Promise<void>) | undefined
  #pause: AbortController | undefined

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

  /** Ends the pause that the source makes since it has stopped or failed. False if it makes none. */
  tryNow(): boolean {
    this.#pause?.abort()
    return this.#pause !== undefined
  }

  /** For whoever runs the source: waits for `ms` milliseconds, or until there is a reason not to. True if a person ended it. */
  async pause(host: Host, ms: number, signal: AbortSignal): Promise<boolean> {
    this.#pause = new AbortController()
    const { signal: ended } = this.#pause
    await sleep(host, ms, AbortSignal.any([signal, ended]))
    this.#pause = undefined
    return ended.aborted
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
  source: string,
  work: (signal: AbortSignal) => Promise<void>,
  options: { readonly host: Host; readonly watch: Watcher; readonly restart: Restart },
  signal: AbortSignal,
): Promise<void> {
  const { host, watch, restart } = options
  for (let failures = 0; !signal.aborted; ) {
    const began = host.monotonic()
    const ends = AbortSignal.any([signal, restart.signal])
    let cancel = () => {}
    let failure: unknown
    try {
      const run = work(ends)
      cancel = host.after(failures === 0 ? 0 : steady, () =>
        watch({ type: 'source', source, state: 'running' }),
      )
      await run
    } catch (error) {
      failure = error
      watch({ type: 'source', source, state: 'failed', reason: reasonWithRemedy(error, source) })
    } finally {
      cancel()
    }
    failures = host.monotonic() - began > 60_000 ? 1 : failures + 1
    const ms = isHelpless(failure) ? rest : backoff(host, failures, 500, 15_000)
    const isWanted = !ends.aborted && (await restart.pause(host, ms, ends))
    if ((await restart.perform()) || isWanted) failures = 0
  }
  watch({ type: 'source', source, state: 'stopped' })
}

/** Whether nothing is to be hoped for before a person has done something. */
function isHelpless(error: unknown): error is IsthmusError {
  return error instanceof IsthmusError && error.fate === 'pause'
}

/** Only what a person has to do something about has a command for afterwards; it is known here. */
function reasonWithRemedy(error: unknown, source: string): string {
  const reason = reasonOf(error)
  if (!isHelpless(error)) return reason
  if (error.code === 'SOURCE-GAP') return `${reason} To go on from where it can: isthmus resync ${source}`
  return `${reason}${/[.!?]$/.test(reason) ? '' : '.'} It is tried again each minute, and at once by: isthmus retry ${source}`
}

/** What the source delivers again is a duplicate as far as identities are known. */
export async function forgetPosition(store: Pick<Store, 'accept'>, source: string): Promise<void> {
  await store.accept([], { source, position: null })
}
