import type { Cleaner } from './cleaner.ts'

/** Without white space and invisible characters at both ends. */
export const trim: Cleaner<string, string> = value =>
  value.replace(/^[\s\u200b-\u200d\u2060\ufeff]+|[\s\u200b-\u200d\u2060\ufeff]+$/g, '')

/** With single blanks where any white space stood. */
export const singleSpaces: Cleaner<string, string> = value => value.replace(/\s+/g, ' ')

export const upperCase: Cleaner<string, string> = value => value.toUpperCase()

export const lowerCase: Cleaner<string, string> = value => value.toLowerCase()

/**
 * Full-width letters, digits and signs (U+FF01 to U+FF5E) and the ideographic space become their half-width forms.
 * Source: Unicode, Halfwidth and Fullwidth Forms.
 */
export const halfWidth: Cleaner<string, string> = value =>
  value
    .replace(/[\uff01-\uff5e]/g, sign => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, ' ')
