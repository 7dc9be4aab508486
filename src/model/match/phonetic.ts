import { type Likeness, likeness } from './likeness.ts'

/** The letters of a Latin name, without accents, in upper case. */
const lettersOf = (name: string) =>
  name
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z]/g, '')

const soundexDigit: Readonly<Record<string, string>> = Object.fromEntries(
  ['BFPV', 'CGJKQSXZ', 'DT', 'L', 'MN', 'R'].flatMap((letters, at) =>
    [...letters].map(letter => [letter, String(at + 1)]),
  ),
)

/** American Soundex: `Robert` and `Rupert` are R163. Empty for a text without Latin letters. Source: US National Archives. */
export function soundex(name: string): string {
  const letters = lettersOf(name)
  let code = letters.slice(0, 1)
  let last = soundexDigit[code] ?? ''
  for (const letter of letters.slice(1)) {
    const digit = soundexDigit[letter] ?? ''
    if (digit !== '' && digit !== last) code += digit
    // H and W do not part two letters of the same sound; vowels do.
    if (letter !== 'H' && letter !== 'W') last = digit
  }
  return code === '' ? '' : code.slice(0, 4).padEnd(4, '0')
}

const beginnings: readonly (readonly [RegExp, string])[] = [
  [/^MAC/, 'MCC'],
  [/^KN/, 'NN'],
  [/^K/, 'C'],
  [/^P[HF]/, 'FF'],
  [/^SCH/, 'SSS'],
]
const endings: readonly (readonly [RegExp, string])[] = [
  [/(?:EE|IE)$/, 'Y'],
  [/(?:DT|RT|RD|NT|ND)$/, 'D'],
]
const insides: readonly (readonly [RegExp, string])[] = [
  [/EV/g, 'AF'],
  [/[AEIOU]/g, 'A'],
  [/Q/g, 'G'],
  [/Z/g, 'S'],
  [/M/g, 'N'],
  [/KN/g, 'N'],
  [/K/g, 'C'],
  [/SCH/g, 'SSS'],
  [/PH/g, 'FF'],
  [/(?<!A)H|H(?!A)/g, 'A'],
  [/AW/g, 'A'],
]

/** NYSIIS, finer than Soundex for surnames. Source: Taft 1970, New York State Identification and Intelligence System. */
export function nysiis(name: string): string {
  let letters = lettersOf(name)
  if (letters === '') return ''
  for (const [from, to] of beginnings) letters = letters.replace(from, to)
  for (const [from, to] of endings) letters = letters.replace(from, to)
  let rest = letters.slice(1)
  for (const [from, to] of insides) rest = rest.replace(from, to)
  const code = `${letters[0]}${rest}`.replace(/(.)\1+/g, '$1')
  const end = code.replace(/S$/, '').replace(/AY$/, 'Y').replace(/A$/, '')
  return end === '' ? code : end
}

/** 1 where two names sound the same by NYSIIS, a half by Soundex. */
export const sounds: Likeness = likeness(
  'sounds',
  [1, 0.5],
  name => ({ fine: nysiis(name), rough: soundex(name) }),
  (a, b) => (a.fine !== '' && a.fine === b.fine ? 1 : a.rough !== '' && a.rough === b.rough ? 0.5 : 0),
)
