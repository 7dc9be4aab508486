import { concepts, isEmptyWord } from './concepts.ts'

/** The pinyin of a Chinese term without tones, a syllable each. */
export type Pinyin = (term: string) => readonly string[]

/** What a name may mean: concepts, and words that are none behind a question mark. */
export type Reading = readonly string[]

/** Reads names. Those made of pinyin, or of its first letters, only where pinyin is given. */
export class NameReader {
  readonly #spelled: ReadonlyMap<string, readonly string[]>
  readonly #known = new Map<string, readonly Reading[]>()

  constructor(pinyin?: Pinyin) {
    this.#spelled = pinyin ? spellings(pinyin) : new Map()
  }

  /** The most likely reading first; at most eight. */
  readings(name: string): readonly Reading[] {
    let known = this.#known.get(name)
    if (!known) {
      known = combined(this.#parts(name)).map(expanded)
      this.#known.set(name, known)
    }
    return known
  }

  /** For each part of the name, what it may mean. */
  #parts(name: string): (readonly Reading[])[] {
    return piecesOf(name).flatMap(piece =>
      /\p{Script=Han}/u.test(piece.text) ? readChinese(piece.text) : this.#latin(piece.words),
    )
  }

  /** Phrases before words: `unit of measure` is one concept. */
  #latin(words: readonly string[]): (readonly Reading[])[] {
    const parts: (readonly Reading[])[] = []
    for (let at = 0; at < words.length; ) {
      const length = [4, 3, 2, 1].find(
        count => concepts.english.has(words.slice(at, at + count).join(' ')) && at + count <= words.length,
      )
      const word = words[at] as string
      if (length !== undefined) {
        const phrase = words.slice(at, at + length).join(' ')
        const meanings = (concepts.english.get(phrase) ?? []).map(concept => [concept])
        parts.push(length === 1 && word.length <= 3 ? [...meanings, ...this.#byPinyin(word)] : meanings)
      } else if (!isEmptyWord(word) && !/^\d+$/.test(word) && !isPrefix(word, at, words))
        parts.push(this.#unknown(word))
      at += length ?? 1
    }
    return parts
  }

  #unknown(word: string): readonly Reading[] {
    const singular = singulars(word).find(each => concepts.english.has(each))
    if (singular) return (concepts.english.get(singular) ?? []).map(concept => [concept])
    const joined = twoWords(word)
    if (joined) return [joined]
    const spelled = this.#byPinyin(word)
    if (spelled.length > 0) return spelled
    const begun = byBeginning(word)
    return begun ? [[begun]] : [[`?${word}`]]
  }

  /** Ways to read a word as terms in pinyin, one behind another; the ones of fewer terms first. */
  #byPinyin(word: string): Reading[] {
    const ways = (rest: string, most: number): Reading[] => {
      if (rest === '') return [[]]
      if (most === 0) return []
      const found: Reading[] = []
      for (let length = rest.length; length >= 1; length--) {
        const here = this.#spelled.get(rest.slice(0, length))
        if (!here || (length === 1 && rest.length === word.length)) continue
        for (const after of ways(rest.slice(length), most - 1))
          for (const concept of here) found.push([concept, ...after])
      }
      return found
    }
    return ways(word, 3)
      .toSorted((a, b) => a.length - b.length)
      .filter((way, _, all) => way.length === all[0]?.length)
      .slice(0, 4)
  }
}

/** The `c` of `cInvCode` and the `F` of `FNumber` say what type a column has, if anything. */
function isPrefix(word: string, at: number, words: readonly string[]): boolean {
  return at === 0 && words.length > 1 && /^[a-z]$/.test(word)
}

interface Piece {
  readonly text: string
  readonly words: readonly string[]
}

/** Runs of Chinese, and between them words told apart by case, digits and signs; `UoM` is one that is known. */
function piecesOf(name: string): Piece[] {
  return (name.match(/\p{Script=Han}+|[^\p{Script=Han}]+/gu) ?? []).map(text => ({
    text,
    words: text
      .split(/[^\p{L}\d]+/u)
      .filter(Boolean)
      .flatMap(wordsOf),
  }))
}

function wordsOf(written: string): string[] {
  const whole = written.toLowerCase()
  if (concepts.english.has(whole)) return [whole]
  return written
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(' ')
    .flatMap(word => (concepts.english.has(word) ? [word] : word.split(/(?<=\p{L})(?=\d)/u)))
}

/** The longest term at each place; a sign that begins none is a word of its own. */
function readChinese(text: string): (readonly Reading[])[] {
  const parts: (readonly Reading[])[] = []
  for (let at = 0; at < text.length; ) {
    const length = [6, 5, 4, 3, 2, 1].find(
      count => at + count <= text.length && concepts.chinese.has(text.slice(at, at + count)),
    )
    const term = text.slice(at, at + (length ?? 1))
    if (length !== undefined) parts.push((concepts.chinese.get(term) ?? []).map(concept => [concept]))
    else if (!isEmptyWord(term)) parts.push([[`?${term}`]])
    at += term.length
  }
  return parts
}

function singulars(word: string): string[] {
  return [word.replace(/ies$/, 'y'), word.replace(/es$/, ''), word.replace(/s$/, '')].filter(
    each => each !== word && each.length > 1,
  )
}

/** `orderno`: two words that were written as one. */
function twoWords(word: string): Reading | undefined {
  for (let at = word.length - 2; at >= 3; at--) {
    const [left, right] = [word.slice(0, at), word.slice(at)].map(part => concepts.english.get(part)?.[0])
    if (left && right) return [left, right]
  }
  return undefined
}

/** The concept of the shortest word that begins like this one, of at least three letters, and that no other shares. */
function byBeginning(word: string): string | undefined {
  if (word.length < 3) return undefined
  const begun = [...concepts.english].filter(
    ([known]) => known.startsWith(word) || (word.length > 5 && isSkeleton(word, known)),
  )
  const shortest = begun.toSorted(([a], [b]) => a.length - b.length)[0]
  return shortest?.[1][0]
}

/** `correspnc` of correspondence: the same letters in order, with some left out. */
function isSkeleton(word: string, known: string): boolean {
  if (word[0] !== known[0] || word.length < known.length * 0.6 || word.length >= known.length) return false
  let at = 0
  for (const letter of known) if (letter === word[at]) at++
  return at === word.length
}

/** Whole syllables and first letters of the terms. A single sign is known by its whole syllable only, but for 号, which ends many names. */
function spellings(pinyin: Pinyin): ReadonlyMap<string, readonly string[]> {
  const spelled = new Map<string, string[]>()
  const note = (spelling: string, meanings: readonly string[]) => {
    const known = spelled.get(spelling) ?? []
    spelled.set(spelling, [...known, ...meanings.filter(concept => !known.includes(concept))])
  }
  for (const [term, meanings] of concepts.chinese) {
    const syllables = pinyin(term).map(each => each.toLowerCase().replaceAll('ü', 'v'))
    const whole = syllables.join('')
    if (whole.length >= 3) note(whole, meanings)
    if (whole.includes('v')) note(whole.replaceAll('v', 'u'), meanings)
    const letters = syllables.map(syllable => syllable[0]).join('')
    if (letters.length > 1 || term === '号') note(letters, meanings)
  }
  return spelled
}

function combined(parts: readonly (readonly Reading[])[]): Reading[] {
  let readings: Reading[] = [[]]
  for (const meanings of parts)
    readings = readings.flatMap(reading => meanings.map(meaning => [...reading, ...meaning])).slice(0, 8)
  return readings
}

function expanded(reading: Reading): Reading {
  return reading.flatMap(concept => concepts.parts.get(concept) ?? [concept])
}
