import { jaroWinklerOf } from './edits.ts'
import type { Likeness } from './likeness.ts'

/** The words of a text in lower case without accents: runs of letters and digits; each Chinese character is one. */
export function words(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return plain.match(/\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu) ?? []
}

/** All runs of `length` letters of a text, its ends being marked; for blocking and for texts without words. */
export function qgrams(text: string, length = 2): string[] {
  const whole = `${' '.repeat(length - 1)}${words(text).join(' ')}${' '.repeat(length - 1)}`
  const grams = new Set<string>()
  for (let at = 0; at + length <= whole.length; at++) grams.add(whole.slice(at, at + length))
  return [...grams]
}

/** Share of the words that two texts have in common (Dice), in any order. */
export const sameWords: Likeness = shared('sameWords', [0.8, 0.5], words)

/** Share of the pairs of letters that two texts have in common (Dice). */
export const sameLetters: Likeness = shared('sameLetters', [0.8, 0.6], text => qgrams(text, 2))

function shared(
  name: string,
  steps: readonly number[],
  parts: (text: string) => readonly string[],
): Likeness {
  return Object.freeze({
    name,
    steps: Object.freeze([...steps]),
    over(texts: readonly string[]) {
      const ids = new Map<string, number>()
      const idOf = (part: string) => {
        const id = ids.get(part) ?? ids.size
        ids.set(part, id)
        return id
      }
      const ready = texts.map(text => Int32Array.from(new Set(parts(text).map(idOf))).sort())
      return (a: number, b: number) => diceOf(ready[a] as Int32Array, ready[b] as Int32Array)
    },
  })
}

/** Of two sorted lists. */
function diceOf(a: Int32Array, b: Int32Array): number {
  let [at, other, common] = [0, 0, 0]
  while (at < a.length && other < b.length) {
    const [left, right] = [a[at] as number, b[other] as number]
    if (left === right) common++
    if (left <= right) at++
    if (right <= left) other++
  }
  const all = a.length + b.length
  return all === 0 ? 1 : (2 * common) / all
}

interface Weighed {
  readonly words: readonly number[]
  readonly weights: readonly number[]
}

/** Of a longer text only the beginning is compared, so that a hostile one costs no more than others. */
const mostWords = 64

/** Words that are spelled so alike count as the same one, by as much. */
const nearlySame = 0.9

/**
 * Words in common, a rare one counting more than one that many records have (soft TF-IDF: Cohen, Ravikumar and
 * Fienberg 2003). For names of companies and sites, and addresses: `GmbH`, `Street` and `School` hardly count.
 */
export const rareWords: Likeness = Object.freeze({
  name: 'rareWords',
  steps: Object.freeze([0.85, 0.65, 0.45]),
  over(texts: readonly string[], counts: readonly number[]) {
    const split = texts.map(text => [...new Set(words(text))].slice(0, mostWords))
    const { ids, names, weightOf } = vocabulary(split, counts)
    const ready = split.map(parts => weighed(parts.map(word => ids.get(word) as number).sort(less), weightOf))
    const near = nearWords(names)
    return (a: number, b: number) => cosineOf(ready[a] as Weighed, ready[b] as Weighed, near)
  },
})

const less = (a: number, b: number) => a - b

function vocabulary(split: readonly (readonly string[])[], counts: readonly number[]) {
  const ids = new Map<string, number>()
  const names: string[] = []
  const having: number[] = []
  let all = 0
  for (const [at, parts] of split.entries()) {
    const count = counts[at] ?? 1
    all += count
    for (const word of parts) {
      const id = ids.get(word) ?? names.push(word) - 1
      ids.set(word, id)
      having[id] = (having[id] ?? 0) + count
    }
  }
  return { ids, names, weightOf: (id: number) => Math.log(1 + all / (having[id] ?? 1)) }
}

function weighed(parts: readonly number[], weightOf: (id: number) => number): Weighed {
  const raw = parts.map(weightOf)
  const length = Math.hypot(...raw)
  return { words: parts, weights: raw.map(weight => weight / length) }
}

/** How alike two words are, by their ids; 0 unless nearly the same. Numbers are the same or they are not. */
function nearWords(names: readonly string[]): (a: number, b: number) => number {
  return (a, b) => {
    const [one, other] = [names[a] as string, names[b] as string]
    if (one.length < 4 || other.length < 4 || /\d/.test(one) || one[0] !== other[0]) return 0
    const like = jaroWinklerOf(one, other)
    return like >= nearlySame ? like : 0
  }
}

function cosineOf(a: Weighed, b: Weighed, near: (a: number, b: number) => number): number {
  let sum = 0
  const left: number[] = []
  const free = new Set(b.words.keys())
  for (const [at, word] of a.words.entries()) {
    const other = b.words.indexOf(word)
    if (other < 0) left.push(at)
    else {
      sum += (a.weights[at] as number) * (b.weights[other] as number)
      free.delete(other)
    }
  }
  for (const at of left) {
    let [best, found] = [0, -1]
    for (const other of free) {
      const like = near(a.words[at] as number, b.words[other] as number)
      if (like > best) [best, found] = [like, other]
    }
    if (found < 0) continue
    sum += best * (a.weights[at] as number) * (b.weights[found] as number)
    free.delete(found)
  }
  return Math.min(1, sum)
}
