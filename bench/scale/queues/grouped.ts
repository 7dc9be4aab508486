/**
 * Does one by one what is asked one by one, in groups: what is asked while `most` groups are under way goes together with
 * the next, up to `size`.
 */
export function grouped<T>(
  most: number,
  size: number,
  group: (items: readonly T[]) => Promise<void>,
): (item: T) => Promise<void> {
  let waiting: { readonly item: T; readonly done: PromiseWithResolvers<void> }[] = []
  let running = 0
  const next = async () => {
    running++
    while (waiting.length > 0) {
      const taken = waiting.slice(0, size)
      waiting = waiting.slice(size)
      await group(taken.map(({ item }) => item)).then(
        () => taken.forEach(({ done }) => void done.resolve()),
        error => taken.forEach(({ done }) => void done.reject(error)),
      )
    }
    running--
  }
  return item => {
    const done = Promise.withResolvers<void>()
    waiting.push({ item, done })
    if (waiting.length === 1 && running < most) setImmediate(() => void (running < most && next()))
    return done.promise
  }
}
