import { emptyWords, glossaryText, kinships } from './glossary.ts'

/** What words mean; a term may mean one of several things. */
export interface Concepts {
  /** English words and phrases, in lower case with single spaces. */
  readonly english: ReadonlyMap<string, readonly string[]>
  readonly chinese: ReadonlyMap<string, readonly string[]>
  /** Things whose plain name stands for their number. */
  readonly things: ReadonlySet<string>
  /** Of composed concepts: what they are put together of. */
  readonly parts: ReadonlyMap<string, readonly string[]>
}

export const concepts: Concepts = readGlossary()

/** 1 for the same concept, 0 for strangers. */
export function kinship(a: string, b: string): number {
  if (a === b) return 1
  return kin.get(a)?.get(b) ?? 0
}

export const isEmptyWord = (word: string): boolean => emptyWords.has(word)

const kin = readKinships()

function readGlossary(): Concepts {
  const english = new Map<string, string[]>()
  const chinese = new Map<string, string[]>()
  const things = new Set<string>()
  const composed: string[] = []
  for (const line of linesOf(glossaryText)) {
    const [marked = '', words = '', terms = ''] = line.split(' = ')
    const concept = marked.replace(/[*+]$/, '')
    if (marked.endsWith('*')) things.add(concept)
    if (marked.endsWith('+')) composed.push(concept)

    for (const word of words.split(',')) note(english, word, concept)
    for (const term of terms.split(',')) note(chinese, term, concept)
  }
  const parts = new Map(composed.map(concept => [concept, partsOf(concept, english)]))
  return { english, chinese, things, parts }
}

function note(into: Map<string, string[]>, word: string, concept: string): void {
  const known = into.get(word)
  if (!known) into.set(word, [concept])
  else if (!known.includes(concept)) known.push(concept)
}

function partsOf(concept: string, english: ReadonlyMap<string, readonly string[]>): string[] {
  return concept.split(' ').map(word => english.get(word)?.[0] ?? word)
}

function readKinships(): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const known = new Set([...concepts.english.values()].flat())
  const found = new Map<string, Map<string, number>>()
  const relate = (a: string, b: string, degree: number) => {
    if (!found.has(a)) found.set(a, new Map())
    found.get(a)?.set(b, degree)
  }
  for (const line of linesOf(kinships)) {
    const words = line.split(' ')
    const degree = Number(words.pop())
    for (let at = 1; at < words.length; at++) {
      const [a, b] = [words.slice(0, at).join(' '), words.slice(at).join(' ')]
      if (!known.has(a) || !known.has(b)) continue
      relate(a, b, degree)
      relate(b, a, degree)
    }
  }
  return found
}

function linesOf(text: string): string[] {
  return text.split('\n').filter(Boolean)
}
