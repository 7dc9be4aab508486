import type { Cleaner } from './cleaner.ts'

/** Source of all forms: Unicode, Halfwidth and Fullwidth Forms (U+FF00 to U+FFEF). */
const wideSigns = '￠￡￢￣￤￥￦'
const usualSigns = '¢£¬¯¦¥₩'
const narrowSymbols = '￨￩￪￫￬￭￮'
const usualSymbols = '│←↑→↓■○'
/** First and last of each run of half-width Hangul letters, with the first of the usual ones. */
const hangul = [
  [0xffa1, 0xffbe, 0x3131],
  [0xffc2, 0xffc7, 0x314f],
  [0xffca, 0xffcf, 0x3155],
  [0xffd2, 0xffd7, 0x315b],
  [0xffda, 0xffdc, 0x3161],
] as const

/** Full-width letters, digits and signs, and the ideographic space, become their half-width forms. */
export const halfWidth: Cleaner<string, string> = value => {
  if (isAscii(value)) return value
  return value
    .replace(/[\uff01-\uff5e]/g, sign => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/[\uffe0-\uffe6]/g, sign => usualSigns[wideSigns.indexOf(sign)] as string)
    .replace(/\u3000/g, ' ')
}

/** Half-width katakana (with their voice marks) and Hangul become the usual, wide ones. */
export const wideScript: Cleaner<string, string> = value => {
  if (isAscii(value)) return value
  return value
    .replace(/[\u3041-\u3096\u30a1-\u30fa]?[\uff61-\uff9f]+/g, run => run.normalize('NFKC'))
    .replace(/[\uffa1-\uffdc]/g, wideHangul)
    .replace(/[\uffe8-\uffee]/g, sign => usualSymbols[narrowSymbols.indexOf(sign)] as string)
}

/** The usual width of everything: letters, digits and signs half width, katakana and Hangul wide. */
export const usualWidth: Cleaner<string, string> = value => wideScript(halfWidth(value))

/** Everything in full width, as some forms and mainframes want it. */
export const fullWidth: Cleaner<string, string> = value =>
  wideScript(value)
    .replace(/[!-~]/g, sign => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))
    .replace(/[¢£¬¯¦¥₩]/g, sign => wideSigns[usualSigns.indexOf(sign)] as string)
    .replace(/ /g, '\u3000')

function wideHangul(sign: string): string {
  const code = sign.charCodeAt(0)
  const run = hangul.find(([first, last]) => code >= first && code <= last)
  return run ? String.fromCharCode(code - run[0] + run[2]) : sign
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false
  return true
}
