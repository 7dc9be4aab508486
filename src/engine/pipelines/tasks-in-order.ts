/**
 * Works on what has nothing before it that is not done, at most `parallel` at a time. `work` resolves with false where it
 * was in vain: then nothing behind it is begun, and what is under way comes to its end. True if all is done.
 */
export async function inOrder<T>(
  all: readonly T[],
  before: (one: T) => readonly T[],
  parallel: number,
  work: (one: T) => Promise<boolean>,
): Promise<boolean> {
  const waiting = new Set(all)
  const working = new Map<T, Promise<{ one: T; isDone: boolean }>>()
  let isGood = true
  for (;;) {
    for (const one of waiting) {
      const isFree = !before(one).some(each => waiting.has(each) || working.has(each))
      if (!isGood || working.size >= parallel || !isFree) continue
      waiting.delete(one)
      working.set(
        one,
        work(one).then(isDone => ({ one, isDone })),
      )
    }
    if (working.size === 0) return isGood
    const { one, isDone } = await Promise.race(working.values())
    working.delete(one)
    isGood &&= isDone
  }
}
