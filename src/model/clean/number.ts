import { add, multiply } from '../decimal.ts'
import { chineseNumber, hasChineseNumeral } from './chinese-number.ts'
import { type Cleaner, named, plainText, unclean } from './cleaner.ts'

/** How numbers are written somewhere, shown by one: groups and the decimal sign. */
export type Notation = '1,234.5' | '1.234,5' | '1 234,5' | "1'234.5" | '12,34,567.8'

interface NumberOptions {
  /** Places behind the point, exactly. More are refused unless they are zeros: rounding is the mapping's decision. */
  readonly scale: number
  /** Where a text could mean two numbers, how it is written. */
  readonly notation?: Notation
}

/**
 * A decimal text with exactly `scale` places, exact: `' 1,234.5 '` with scale 2 becomes `'1234.50'`. Digits of other
 * scripts, groups, a sign behind, accountants' parentheses and Chinese numerals (`1.2万`, `三百五十`) are understood.
 * Without a notation the point is the decimal sign, as machines write it: a text with a decimal comma is refused, since in
 * the rows beside it a point may stand between thousands, and so is a lone comma before three digits, which may be either.
 */
export function decimal(options: NumberOptions): Cleaner<string | number, string> {
  const { scale, notation } = options
  // Where the comma is the decimal sign, 1.234 is another number than the one that is made of 1,234.
  const mayBeReady = notation === undefined || notation.at(-2) === '.'
  return named(nameOf('decimal', options), value => {
    const text = typeof value === 'string' ? value.trim() : value
    return mayBeReady && isReady(text, scale) ? text : scaled(value, numberIn(value, notation), scale)
  })
}

/** A share as a decimal: `12.5%` is `0.125`, `3‰` is `0.003`; without a sign the number is the share itself. */
export function percentage(options: NumberOptions): Cleaner<string | number, string> {
  return named(nameOf('percentage', options), value => {
    const text = plainText(value, longest, 'a percentage')
    const sign = /\s*[%‰٪]\s*(?=\)?$)/.exec(text)
    if (!sign) return scaled(value, numberIn(value, options.notation), options.scale)
    const number = numberIn(
      text.slice(0, sign.index) + text.slice(sign.index + sign[0].length),
      options.notation,
    )
    return scaled(value, multiply(number, sign[0].includes('‰') ? '0.001' : '0.01'), options.scale)
  })
}

/** Texts of more characters are no numbers that anybody wrote. */
const longest = 200
const wanted = 'a decimal number'

/** A text that is written as it should be, but for white space around it, is seen without any pattern: most are. */
function isReady(value: string | number, scale: number): value is string {
  if (typeof value !== 'string' || value.length > 40) return false
  const point = value.length - 1 - scale
  const start = value.charCodeAt(0) === 45 ? 1 : 0
  const whole = scale === 0 ? value.length : point
  if (whole - start < 1) return false
  for (let at = start; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (scale > 0 && at === point ? code !== 46 : code < 48 || code > 57) return false
  }
  const hasZeros = value.charCodeAt(start) === 48 && whole - start > 1
  return !hasZeros && (start === 0 || /[1-9]/.test(value))
}

function scaled(value: unknown, number: string, scale: number): string {
  const isNegative = number.startsWith('-')
  const [whole = '0', behind = ''] = (isNegative ? number.slice(1) : number).split('.')
  const places = behind.replace(/0+$/, '')
  if (places.length > scale) throw unclean(value, `a number of at most ${scale} decimal places`)
  const digits = whole.replace(/^0+(?=\d)/, '')
  const amount = scale > 0 ? `${digits}.${places.padEnd(scale, '0')}` : digits
  return isNegative && /[1-9]/.test(amount) ? `-${amount}` : amount
}

/** The number that a text says, as a decimal text of any scale. */
export function numberIn(value: string | number, notation: Notation | undefined): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw unclean(String(value), wanted)
    return add(value)
  }
  const simple = simpleNumber(value, notation)
  if (simple !== undefined) return simple
  const { sign, text } = signed(arabicDigits(plainText(value, longest, wanted)), value)
  const number = hasChineseNumeral(text)
    ? chineseNumber(text.replaceAll(/[,\s]/g, ''))
    : grouped(text, notation, value)
  if (number === undefined || (sign && number.startsWith('-'))) throw unclean(value, wanted)
  return sign + number
}

/** What most numbers look like that are not ready: digits, perhaps in groups of three, and a point. Several times as fast. */
function simpleNumber(value: string, notation: Notation | undefined): string | undefined {
  if (value.length > 40 || (notation !== undefined && notation !== '1,234.5')) return undefined
  const parts = /^\s*(-?)(\d+|\d{1,3}(?:,\d{3})+(?=\.))(\.\d+)?\s*$/.exec(value)
  if (!parts) return undefined
  const whole = parts[2] as string
  return `${parts[1]}${whole.includes(',') ? whole.replaceAll(',', '') : whole}${parts[3] ?? ''}`
}

/** A minus of any kind before or behind, `+`, or parentheses around. */
function signed(given: string, value: string): { readonly sign: '' | '-'; readonly text: string } {
  const text = given.replaceAll(/[\u2212\u2013\u2010\u2011\ufe63]/g, '-')
  const inside = /^\(([^()]*)\)$/.exec(text)
  const before = /^([-+△▲])\s?/.exec(text)
  const behind = /\s?([-+])$/.exec(text)
  const signs = [inside, before, behind].filter(Boolean)
  if (signs.length === 0) return { sign: '', text }
  if (signs.length > 1) throw unclean(value, 'a number with one sign')
  if (inside) return { sign: '-', text: (inside[1] as string).trim() }
  const isMinus = (before ?? behind)?.[1] !== '+'
  const bare = before ? text.slice(before[0].length) : text.slice(0, -(behind?.[0].length ?? 0))
  return { sign: isMinus ? '-' : '', text: bare }
}

const patterns: Readonly<Record<Notation, RegExp>> = {
  '1,234.5': /^(\d+|\d{1,3}(?:,\d{3})+)?(?:\.(\d+))?$/,
  '1.234,5': /^(\d+|\d{1,3}(?:\.\d{3})+)?(?:,(\d+))?$/,
  '1 234,5': /^(\d+|\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+)?(?:,(\d+))?$/,
  "1'234.5": /^(\d+|\d{1,3}(?:['’]\d{3})+)?(?:\.(\d+))?$/,
  '12,34,567.8': /^(\d+|\d{1,2}(?:,\d{2})*,\d{3})?(?:\.(\d+))?$/,
}

const withPoint = [
  ...Object.entries(patterns)
    .filter(([notation]) => notation.at(-2) === '.')
    .map(([, pattern]) => pattern),
  /^(\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+)(?:\.(\d+))?$/,
]

function grouped(text: string, notation: Notation | undefined, value: string): string | undefined {
  if (notation) return read(patterns[notation], text)
  if (/^\d{1,3},\d{3}$/.test(text))
    throw unclean(value, 'a number with one meaning: the comma may be the decimal sign. Declare the notation')
  for (const pattern of withPoint) {
    const number = read(pattern, text)
    if (number !== undefined) return number
  }
  return undefined
}

function read(pattern: RegExp, text: string): string | undefined {
  const parts = pattern.exec(text)
  if (!parts || (parts[1] === undefined && parts[2] === undefined)) return undefined
  const whole = (parts[1] ?? '0').replaceAll(/\D/g, '')
  return parts[2] === undefined ? whole : `${whole}.${parts[2]}`
}

/** The zeros of scripts with decimal digits in the Basic Multilingual Plane. Source: Unicode, General_Category Nd. */
const zeros = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50,
  0x0ed0, 0x0f20, 0x1040, 0x17e0, 0x1810, 0xff10,
]

function arabicDigits(text: string): string {
  return text
    .replace(/(?![0-9])\p{Nd}/gu, sign => {
      const code = sign.charCodeAt(0)
      const zero = sign.length === 1 && zeros.find(first => code >= first && code < first + 10)
      return zero ? String(code - zero) : sign
    })
    .replaceAll('٫', '.')
    .replaceAll('٬', ',')
}

function nameOf(name: string, { scale, notation }: NumberOptions): string {
  return `${name}({ scale: ${scale}${notation ? `, notation: ${JSON.stringify(notation)}` : ''} })`
}
