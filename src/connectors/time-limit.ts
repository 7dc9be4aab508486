/** A signal that aborts as the given one does, or with an error after so many milliseconds; `end` stops the clock. */
export function limited(
  milliseconds: number,
  signal?: AbortSignal,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const late = new AbortController()
  const over = () => late.abort(new Error(`no answer within ${milliseconds} ms`))
  const timer = setTimeout(over, milliseconds)
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal
  return { signal: either, end: () => clearTimeout(timer) }
}

/** Settles as the promise does, or rejects when the signal aborts first: with its reason, if no error is given. */
export function unless<T>(signal: AbortSignal, promise: Promise<T>, error?: () => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(error ? error() : signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
