import { IsthmusError } from '../errors.ts'

/** What went wrong where rows come from: it is told as it is, not as an error of the warehouse. */
export class RowsFailed extends Error {
  constructor(cause: unknown) {
    super('rows could not be read', { cause })
  }
}

/** The same batches, whose errors are told as RowsFailed; rejects when the signal aborts, also while the next one is waited for. */
export async function* untilAborted<T>(batches: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = batches[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await orAborted(rowsOf(iterator), signal)
      if (next.done) return
      yield next.value
    }
  } finally {
    // One that waits for ever does not end by being told so.
    iterator.return?.().catch(() => {})
  }
}

async function rowsOf<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> {
  try {
    return await iterator.next()
  } catch (error) {
    throw new RowsFailed(error)
  }
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(givenUp())
    if (signal.aborted) {
      promise.catch(() => {})
      return abort()
    }
    signal.addEventListener('abort', abort, { once: true })
    const done = () => signal.removeEventListener('abort', abort)
    promise.then(resolve, reject).finally(done)
  })
}

export function givenUp(): IsthmusError {
  return new IsthmusError('TARGET-UNAVAILABLE', 'The call was given up, and nothing of it was done.')
}
