import { IsthmusError } from '../../errors.ts'

/**
 * Puts one value into the form it should have. Pure and total: what cannot be cleaned throws CLEAN-VALUE with a reason
 * that a planner understands, and the message is parked with it. What it gave before, it gives again.
 */
export type Cleaner<I, O> = (value: I) => O

/** So much of a value is shown. */
const shownLength = 80

/** The error of a cleaner. The value is shown, so use it only for values that may be shown. */
export function unclean(value: unknown, wanted: string): IsthmusError {
  const isLong = typeof value === 'string' && value.length > shownLength
  const shown = isLong ? `${value.slice(0, shownLength)}…` : value
  return new IsthmusError('CLEAN-VALUE', `${JSON.stringify(shown)} is not ${wanted}`)
}

/** Gives a cleaner the name by which traces tell it: as it is called in a flow. */
export function named<I, O>(name: string, cleaner: Cleaner<I, O>): Cleaner<I, O> {
  return Object.defineProperty(cleaner, 'name', { value: name })
}

/**
 * A text of at most `most` characters without white space around it, letters, digits and signs in half width, as codes
 * and numbers are written. A longer one is none of these, and is refused before anything looks at it closely.
 */
export function plainText(value: unknown, most: number, wanted: string): string {
  const text = typeof value === 'string' ? value : String(value)
  if (text.length > most) throw unclean(text, wanted)
  return plainForms(text).trim()
}

function plainForms(text: string): string {
  for (let at = 0; at < text.length; at++)
    if (text.charCodeAt(at) > 126)
      return text
        .replace(/[\uff01-\uff5e]/g, sign => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
        .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]/g, '')
  return text
}
