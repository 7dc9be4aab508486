import { type CheckedCode, checkedCodes } from './check-digits.ts'

/** What may be wrong with single texts, and how often it was. */
export class TextCounts {
  /** White space or invisible characters at an end. */
  spaced = 0
  fullWidth = 0
  mojibake = 0
  placeholders = 0
  /** The first placeholders, as they are written. */
  readonly placeholderTexts = new Set<string>()
  /** By the name of the code. */
  readonly codes = new Map<CheckedCode, { looks: number; fails: number }>()

  add(text: string): void {
    if (/^[\s\u200b\u2060\ufeff]|[\s\u200b\u2060\ufeff]$/.test(text)) this.spaced++
    if (/[\uff01-\uff5e\u3000]/.test(text)) this.fullWidth++
    if (isMojibake(text)) this.mojibake++
    if (isPlaceholder(text)) {
      this.placeholders++
      if (this.placeholderTexts.size < 5) this.placeholderTexts.add(text.trim())
    }
    if (text.length >= 8 && text.length <= 34) this.#check(text)
  }

  #check(text: string): void {
    for (const code of checkedCodes) {
      if (!code.looks(text)) continue
      const known = this.codes.get(code) ?? { looks: 0, fails: 0 }
      known.looks++
      if (!code.holds(text)) known.fails++
      this.codes.set(code, known)
    }
  }
}

/** UTF-8 that was read as Latin-1 or Windows-1252, GBK as UTF-8 and back, or characters that were lost. */
function isMojibake(text: string): boolean {
  return /\ufffd|锟斤拷|烫烫烫|[ÃÂ][\u0080-\u00bf]|â€[\u0090-\u2122]|[äåæçèé][\u0080-\u00bf]{2}/.test(text)
}

const placeholder =
  /^(?:n\/?a|n\.a\.|null|none|nil|undefined|unknown|unbekannt|tbd|tba|test|xxx+|-+|\?+|\.+|无|暂无|不详|未知|待定|9999-?12-?31.*|1900-?01-?01.*|1970-?01-?01(?:T00:00:00.*)?|0000-?00-?00.*|9{5,}|0{5,}|1234567(?:89?0?)?)$/i

function isPlaceholder(text: string): boolean {
  return text.length < 40 && placeholder.test(text.trim())
}
