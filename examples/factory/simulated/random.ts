import { createHash } from 'node:crypto'

/** Numbers from 0 to below 1 that a text decides: always the same 16. */
export function numbersOf(text: string): () => number {
  const bytes = createHash('sha512').update(text).digest()
  let at = 0
  return () => bytes.readUInt32LE(4 * at++) / 2 ** 32
}

/** One of a list, which is not empty. */
export function pick<T>(list: readonly T[], random: () => number = Math.random): T {
  return list[Math.floor(random() * list.length)] as T
}
