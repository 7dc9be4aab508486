import type { Range } from './ends.ts'

/** What is in `a` and not in `b`; both are in order. */
export function without(a: readonly Range[], b: readonly Range[]): Range[] {
  const left: Range[] = []
  let at = 0
  for (const [first, last] of a) {
    let from = first
    while (at < b.length && (b[at] as Range)[1] < from) at++
    for (let n = at; n < b.length && from <= last; n++) {
      const [start, end] = b[n] as Range
      if (start > last) break
      if (start > from) left.push([from, start - 1])
      from = Math.max(from, end + 1)
    }
    if (from <= last) left.push([from, last])
  }
  return left
}

/** Each number of the ranges that is behind `after` and not behind `to`. */
export function* numbersOf(ranges: readonly Range[], after = 0, to = Infinity): Generator<number> {
  for (const [first, last] of ranges)
    for (let seq = Math.max(first, after + 1); seq <= Math.min(last, to); seq++) yield seq
}

/** So many at a time. */
export function* inParts<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let part: T[] = []
  for (const item of items) {
    part.push(item)
    if (part.length < size) continue
    yield part
    part = []
  }
  if (part.length > 0) yield part
}
