import { creditSign, gs1Digit, isLuhn, mod11Dash2, mod97 } from './check-digits.ts'
import { type Cleaner, named, plainText, unclean } from './cleaner.ts'
import { ibanCountries } from './iban-countries.ts'

/** Without blanks and hyphens, in capital letters. */
function compact(value: string, most: number, wanted: string): string {
  return plainText(value, most, wanted)
    .replace(/[\s\u2010-\u2015\u2212-]/g, '')
    .toUpperCase()
}

/** 统一社会信用代码 by GB 32100-2015, with its check sign. */
export const creditCode: Cleaner<string, string> = named('creditCode', value => {
  const wanted = 'a unified social credit code'
  const code = compact(value, 40, wanted)
  if (/^[0-9A-Z]{18}$/.test(code) && /[IOSVZ]/.test(code))
    throw unclean(value, `${wanted}: it has no I, O, S, V and Z; a 1, 0, 5 or 2 may be meant`)
  if (!/^[1-9AN-Y][1-9A-Y]\d{6}[0-9A-HJ-NP-RTUW-Y]{10}$/.test(code)) throw unclean(value, wanted)
  if (creditSign(code.slice(0, 17)) !== code[17]) throw unclean(value, `${wanted}: its check sign is another`)
  return code
})

/** GB/T 2260, the first two digits; 81, 82 and 83 are of residents from Hong Kong, Macao and Taiwan, 91 of foreigners. */
const provinces = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91'.split(
    ' ',
  ),
)

/**
 * 公民身份号码 by GB 11643-1999, with 18 characters: region, day of birth and check character are looked at. One of 15 digits
 * is given its century and check character. A birth after `bornBefore` (`2026-05-01`) is refused where that is given.
 */
export function residentId(options: { readonly bornBefore?: string } = {}): Cleaner<string, string> {
  const { bornBefore } = options
  return named(`residentId(${bornBefore ? `{ bornBefore: '${bornBefore}' }` : ''})`, value => {
    const wanted = 'a resident identity number'
    const given = compact(value, 40, wanted)
    const id = /^\d{15}$/.test(given) ? upgraded(given) : given
    if (!/^\d{17}[\dX]$/.test(id)) throw unclean(value, wanted)
    if (!provinces.has(id.slice(0, 2))) throw unclean(value, `${wanted}: there is no such region`)
    const birth = `${id.slice(6, 10)}-${id.slice(10, 12)}-${id.slice(12, 14)}`
    if (!isDay(birth) || birth < '1850' || (bornBefore && birth >= bornBefore))
      throw unclean(value, `${wanted}: nobody was born on that day`)
    if (mod11Dash2(id.slice(0, 17)) !== id[17])
      throw unclean(value, `${wanted}: its check character is another`)
    return id
  })
}

/** Of those with 15 digits, 996 to 999 were for people of a hundred years and more. */
function upgraded(old: string): string {
  const century = Number(old.slice(12)) >= 996 ? '18' : '19'
  const digits = `${old.slice(0, 6)}${century}${old.slice(6)}`
  return digits + mod11Dash2(digits)
}

function isDay(text: string): boolean {
  const moment = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text)
}

/** The number of a bank card, 12 to 19 digits with the check digit of ISO/IEC 7812-1. */
export const bankCard: Cleaner<string, string> = named('bankCard', value => {
  const wanted = 'the number of a bank card'
  const card = compact(value, 60, wanted)
  if (!/^\d{12,19}$/.test(card)) throw unclean(value, wanted)
  if (!isLuhn(card) || /^0+$/.test(card)) throw unclean(value, `${wanted}: its check digit is another`)
  return card
})

/** An IBAN by ISO 13616-1: country, length and form by SWIFT's registry, check digits by ISO/IEC 7064 MOD 97-10. */
export const iban: Cleaner<string, string> = named('iban', value => {
  const wanted = 'an IBAN'
  const text = compact(value, 80, wanted).replace(/^IBAN:?/, '')
  const form = ibanCountries.get(text.slice(0, 2))
  if (!form) throw unclean(value, `${wanted}: there is no such country among those with IBANs`)
  if (!form.test(text)) throw unclean(value, `${wanted}: it has not the form of its country`)
  const check = Number(text.slice(2, 4))
  if (mod97(text.slice(4) + text.slice(0, 4)) !== 1 || check < 2 || check > 98)
    throw unclean(value, `${wanted}: its check digits are others`)
  return text
})

/**
 * A GTIN (EAN, UPC) of 8, 12, 13 or 14 digits with its check digit; `digits: 14` fills it with zeros to one length. Source:
 * GS1 General Specifications, 7.9.
 */
export function gtin(options: { readonly digits?: 8 | 12 | 13 | 14 } = {}): Cleaner<string | number, string> {
  const { digits } = options
  return named(`gtin(${digits ? `{ digits: ${digits} }` : ''})`, value => {
    const wanted = digits ? `a GTIN of ${digits} digits` : 'a GTIN'
    const text = compact(String(value), 40, wanted)
    if (!/^(?:\d{8}|\d{12,14})$/.test(text)) throw unclean(value, wanted)
    if (gs1Digit(text.slice(0, -1)) !== Number(text.at(-1)) || /^0+$/.test(text))
      throw unclean(value, `${wanted}: its check digit is another`)
    if (!digits) return text
    const bare = text.length > digits ? text.slice(text.length - digits) : text.padStart(digits, '0')
    if (text.length > digits && !/^0*$/.test(text.slice(0, -digits))) throw unclean(value, wanted)
    return bare
  })
}
