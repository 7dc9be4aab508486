import { type Likeness, likeness } from './likeness.ts'

/** Longer texts are compared by their beginning, so that a hostile one costs no more than others. */
const longest = 256

/** Jaro's likeness, raised for a common beginning of up to four letters. Source: Winkler 1990. */
export function jaroWinklerOf(a: string, b: string): number {
  const jaro = jaroOf(a, b)
  if (jaro < 0.7) return jaro
  let common = 0
  while (common < 4 && common < a.length && a[common] === b[common]) common++
  return jaro + common * 0.1 * (1 - jaro)
}

const taken = [new Uint8Array(longest), new Uint8Array(longest)] as const

/** Letters in common within half the length, less half of those that stand in another order. Source: Jaro 1989. */
export function jaroOf(a: string, b: string): number {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  const [n, m] = [Math.min(short.length, longest), Math.min(long.length, longest)]
  if (n === 0) return m === 0 ? 1 : 0
  const reach = Math.max(0, (m >> 1) - 1)
  const [inShort, inLong] = taken
  inShort.fill(0, 0, n)
  inLong.fill(0, 0, m)
  let matches = 0
  for (let at = 0; at < n; at++) {
    const letter = short.charCodeAt(at)
    const end = Math.min(m - 1, at + reach)
    for (let other = Math.max(0, at - reach); other <= end; other++) {
      if (inLong[other] || long.charCodeAt(other) !== letter) continue
      inShort[at] = inLong[other] = 1
      matches++
      break
    }
  }
  if (matches === 0) return 0
  let moved = 0
  for (let at = 0, other = 0; at < n; at++) {
    if (!inShort[at]) continue
    while (!inLong[other]) other++
    if (short.charCodeAt(at) !== long.charCodeAt(other++)) moved++
  }
  return (matches / n + matches / m + (matches - moved / 2) / matches) / 3
}

const rows = [
  new Uint16Array(longest + 1),
  new Uint16Array(longest + 1),
  new Uint16Array(longest + 1),
] as const

/**
 * Letters to insert, remove or change; with `swaps`, two neighbours that changed places count once (optimal string
 * alignment). Source: Levenshtein 1966, Damerau 1964.
 */
export function editsBetween(a: string, b: string, swaps = false): number {
  const [n, m] = [Math.min(a.length, longest), Math.min(b.length, longest)]
  let [before, last, now]: [Uint16Array, Uint16Array, Uint16Array] = [rows[0], rows[1], rows[2]]
  for (let j = 0; j <= m; j++) last[j] = j
  for (let i = 1; i <= n; i++) {
    now[0] = i
    const letter = a.charCodeAt(i - 1)
    for (let j = 1; j <= m; j++) {
      const other = b.charCodeAt(j - 1)
      let cost = (last[j - 1] as number) + (letter === other ? 0 : 1)
      cost = Math.min(cost, (last[j] as number) + 1, (now[j - 1] as number) + 1)
      const isSwap =
        swaps && i > 1 && j > 1 && letter === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === other
      if (isSwap) cost = Math.min(cost, (before[j - 2] as number) + 1)
      now[j] = cost
    }
    const free = before
    before = last
    last = now
    now = free
  }
  return last[m] as number
}

interface Typed {
  readonly text: string
  /** A bit for each letter that occurs, several letters sharing one. */
  readonly letters: number
}

function typed(text: string): Typed {
  let letters = 0
  for (let at = 0; at < text.length && at < longest; at++) letters |= 1 << (text.charCodeAt(at) & 31)
  return { text, letters }
}

/** How many bits are set. Source: Hacker's Delight, 5-1. */
function bits(mask: number): number {
  let sum = mask - ((mask >>> 1) & 0x55555555)
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333)
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

const lengthOf = (text: string) => Math.min(longest, text.length)

/** The likeness of two names, unless their letters alone show that it is below `least`. */
function winkler(a: Typed, b: Typed, least: number): number {
  const [n, m] = [lengthOf(a.text), lengthOf(b.text)]
  const common = Math.min(n - bits(a.letters & ~b.letters), m - bits(b.letters & ~a.letters))
  const jaro = (common / n + common / m + 1) / 3
  return jaro + 0.4 * (1 - jaro) < least ? 0 : jaroWinklerOf(a.text, b.text)
}

/** The share of letters kept, unless lengths and letters alone show that it is below `least`. */
const kept =
  (swaps: boolean) =>
  (a: Typed, b: Typed, least: number): number => {
    const [n, m] = [lengthOf(a.text), lengthOf(b.text)]
    const most = Math.max(n, m)
    const foreign = Math.max(bits(a.letters & ~b.letters), bits(b.letters & ~a.letters), Math.abs(n - m))
    return 1 - foreign / most < least ? 0 : 1 - editsBetween(a.text, b.text, swaps) / most
  }

/** For names of people and short names: what stands at the beginning counts more. */
export const jaroWinkler: Likeness = likeness('jaroWinkler', [0.92, 0.8], typed, winkler)

/** Share of the letters that stay when one text is edited into the other. */
export const levenshtein: Likeness = likeness('levenshtein', [0.85, 0.7], typed, kept(false))

/** As `levenshtein`, two neighbours that changed places being one edit: what typing gets wrong; also for numbers. */
export const damerau: Likeness = likeness('damerau', [0.85, 0.7], typed, kept(true))
