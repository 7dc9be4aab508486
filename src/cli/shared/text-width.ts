import { stripVTControlCharacters } from 'node:util'

/** A change of colour, or one character. */
const colourOrCharacter = /\p{Cc}\[\d+m|./gsu

/** Cuts what does not fit on one line. Colours stay whole. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let shown = ''
  let taken = 0
  for (const [piece] of text.matchAll(colourOrCharacter)) {
    const wide = piece.length > 3 ? 0 : widthOf(piece)
    if (wide === 0 || taken + wide < width) shown += piece
    taken += wide
  }
  return `${shown}…`
}

/** Columns that a text takes: Chinese characters take two. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) {
    if (/\p{M}|\p{Cf}/u.test(character)) continue
    width += isWide(character.codePointAt(0) as number) ? 2 : 1
  }
  return width
}

/** Source: the wide and full-width ranges of Unicode's East Asian Width, roughly. */
function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  )
}
