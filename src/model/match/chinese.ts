import { load } from '../clean/han.ts'
import { editsBetween } from './edits.ts'
import { type Likeness, likeness } from './likeness.ts'

type Pinyin = Pick<typeof import('pinyin-pro'), 'pinyin'>

let loaded: Pinyin | undefined

/** The syllables of a Chinese text without tones; what is not Chinese stays, letter by letter, in lower case. */
export function syllables(text: string): string[] {
  loaded ??= load<Pinyin>('pinyin-pro', 'Comparisons of Chinese names by sound')
  const all = loaded.pinyin(text, { toneType: 'none', type: 'array' })
  return all.map(each => each.toLowerCase()).filter(each => each.trim() !== '')
}

/**
 * Chinese names: 0.9 where they sound the same and are written otherwise (张三, 章三; ZhangSan does too), else the
 * share of characters kept, a character of the same sound counting half.
 */
export const chineseName: Likeness = likeness(
  'chineseName',
  [0.9, 0.7],
  text => {
    const signs = [...text.replace(/\s/g, '')]
    const spoken = syllables(text)
    return { signs: signs.join(''), spoken, sound: spoken.join('') }
  },
  (a, b) => {
    if (a.sound === b.sound) return 0.9
    const most = Math.max(a.signs.length, b.signs.length)
    if (most === 0) return 1
    const bySigns = editsBetween(a.signs, b.signs, true)
    const bySound = editsBetween(letters(a.spoken), letters(b.spoken), true)
    return Math.min(0.9, Math.max(0, 1 - (bySigns + bySound) / 2 / most))
  },
)

const known = new Map<string, string>()

/** One letter for each syllable, so that distances count syllables. */
function letters(spoken: readonly string[]): string {
  return spoken
    .map(syllable => {
      const letter = known.get(syllable) ?? String.fromCharCode(0xe000 + (known.size % 0x1900))
      known.set(syllable, letter)
      return letter
    })
    .join('')
}
