import { type Cleaner, named, unclean } from './cleaner.ts'

/** Without white space and invisible characters at both ends. */
export const trim: Cleaner<string, string> = value => {
  let start = 0
  let end = value.length
  while (start < end && isEdge(value.charCodeAt(start))) start++
  while (end > start && isEdge(value.charCodeAt(end - 1))) end--
  return end - start === value.length ? value : value.slice(start, end)
}

/** White space of ECMAScript, and U+200B to U+200D and U+2060, which show as nothing. */
function isEdge(code: number): boolean {
  if (code <= 32) return code === 32 || (code >= 9 && code <= 13)
  if (code < 160) return false
  return /[\s\u200b-\u200d\u2060]/.test(String.fromCharCode(code))
}

/** With single blanks where any white space stood. */
export const singleSpaces: Cleaner<string, string> = value => value.replace(/\s+/g, ' ')

/** Without any white space. */
export const noSpaces: Cleaner<string, string> = value => value.replace(/\s+/g, '')

/**
 * What is kept of U+200C and U+200D: between letters of scripts that are written with them, and inside of emoji. Tags
 * (U+E0020 to U+E007F) are kept in the flags that are made of them.
 */
const joined =
  /(?<=(?:[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Malayalam}\p{Script=Kannada}\p{Script=Telugu}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Oriya}\p{Script=Sinhala}\p{Script=Khmer}\p{Extended_Pictographic}]|[\u{1f3fb}-\u{1f3ff}]|\ufe0f))[\u200c\u200d](?=[\p{L}\p{M}\p{Extended_Pictographic}])/u
const flag = /\u{1f3f4}[\u{e0020}-\u{e007e}]+\u{e007f}/u
/** Variation selectors choose among the looks of the character before them. */
const unseen = /[[\p{Cc}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\t\n\r\p{Variation_Selector}]]/v
const unseenUnlessJoined = new RegExp(`(${flag.source}|${joined.source})|${unseen.source}`, 'gv')
const mayBeUnseen = new RegExp(`${unseen.source}|[^\\S \\t\\r\\n]`, 'v')

/**
 * Without characters that show as nothing: zero width, marks of writing direction, BOM, soft hyphen, control characters
 * but tab and line ends. Blanks of other kinds (no-break, ideographic, thin) become usual ones. Joiners stay where emoji
 * and scripts need them. Source: Unicode, Default_Ignorable_Code_Point and General_Category Zs, Cc.
 */
export const visible: Cleaner<string, string> = value => {
  let text = value
  // Where one goes, two others may come together.
  for (let round = 0; round < 4 && mayBeUnseen.test(text); round++) {
    const next = text
      .replace(/[\u2028\u2029\u0085]/g, '\n')
      .replace(unseenUnlessJoined, (_, kept: string | undefined) => kept ?? '')
      .replace(/\p{Zs}/gu, ' ')
    if (next === text) break
    text = next
  }
  return text
}

export const upperCase: Cleaner<string, string> = value => value.toUpperCase()

export const lowerCase: Cleaner<string, string> = value => value.toLowerCase()

/** Each word with a capital letter before small ones. */
export const titleCase: Cleaner<string, string> = value =>
  value.replace(/\p{L}[\p{L}\p{M}\p{Nd}]*/gu, word => {
    const lower = word.toLowerCase()
    const [first = ''] = lower
    const capital = first.toUpperCase()
    return capital.length === first.length ? capital + lower.slice(first.length) : lower
  })

/** In Unicode's composed form: `e` and an accent are one character. */
export const nfc: Cleaner<string, string> = named('nfc', value => normalized(value, 'NFC'))

/**
 * In Unicode's compatibility form, which also makes ligatures, circled and raised digits and units usual letters: `①`
 * becomes `1`, `m²` becomes `m2`. For codes and names to compare, not for texts to show.
 */
export const nfkc: Cleaner<string, string> = named('nfkc', value => normalized(value, 'NFKC'))

/** Sorting the marks of one letter takes the square of their number. Unicode's stream-safe texts have 30 at most. */
const manyMarks = /\p{M}{100}/u

function normalized(value: string, form: 'NFC' | 'NFKC'): string {
  if (manyMarks.test(value)) throw unclean(value, 'a text with less than 100 marks on one letter')
  return value.normalize(form)
}
