import { IsthmusError } from '../../errors.ts'

/** Settles as `promise` does, or rejects when the signal aborts first; `late` gets what comes after all. */
export function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  late: (value: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      promise.then(late, () => {})
      reject(new IsthmusError('TARGET-UNAVAILABLE', 'The call was given up before it was sent.'))
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject)
    const done = () => signal.removeEventListener('abort', abort)
    promise.then(done, done)
  })
}
