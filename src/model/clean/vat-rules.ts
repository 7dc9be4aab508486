import { isLuhn, isMod11Comma10, mod97, weighted } from './check-digits.ts'

/**
 * Form and check digits of VAT numbers without their country, by the algorithms that the European Commission publishes for
 * VIES, HMRC's for the United Kingdom, the Federal Statistical Office's for Switzerland and Brønnøysund's for Norway. A
 * number without `check` has digits whose rule is not published, or none.
 */
export interface VatRule {
  readonly form: RegExp
  check?(number: string): boolean
}

const sum = weighted
const last = (number: string, length = 1) => Number(number.slice(-length))

export const vatRules: Readonly<Record<string, VatRule>> = {
  AT: { form: /^U\d{8}$/, check: n => (10 - ((luhnSum(n.slice(1, 8)) + 4) % 10)) % 10 === last(n) },
  BE: { form: /^[01]\d{9}$/, check: n => 97 - (Number(n.slice(0, 8)) % 97) === last(n, 2) },
  BG: { form: /^\d{9,10}$/, check: n => (n.length === 9 ? bulgarianFirm(n) : bulgarianPerson(n)) },
  CY: { form: /^(?!12)\d{8}[A-Z]$/, check: cyprus },
  CZ: { form: /^\d{8,10}$/, check: czech },
  DE: { form: /^[1-9]\d{8}$/, check: isMod11Comma10 },
  DK: { form: /^[1-9]\d{7}$/, check: n => sum(n, [2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0 },
  EE: { form: /^10\d{7}$/, check: n => sum(n, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0 },
  EL: { form: /^\d{9}$/, check: n => (sum(n, [256, 128, 64, 32, 16, 8, 4, 2]) % 11) % 10 === last(n) },
  ES: { form: /^(?:[A-Z]\d{7}[0-9A-Z]|\d{8}[A-Z])$/, check: spain },
  FI: { form: /^\d{8}$/, check: n => sum(n, [7, 9, 10, 5, 8, 4, 2, 1]) % 11 === 0 },
  FR: { form: /^[0-9A-HJ-NP-Z]{2}\d{9}$/, check: france },
  HR: { form: /^\d{11}$/, check: isMod11Comma10 },
  HU: { form: /^\d{8}$/, check: n => sum(n, [9, 7, 3, 1, 9, 7, 3, 1]) % 10 === 0 },
  IE: { form: /^(?:\d{7}[A-W][A-IW]?|\d[A-Z+*]\d{5}[A-W])$/, check: ireland },
  IT: { form: /^(?!0{7})\d{11}$/, check: n => isItalianOffice(Number(n.slice(7, 10))) && isLuhn(n) },
  LT: { form: /^(?:\d{7}1\d|\d{10}1\d)$/, check: lithuania },
  LU: { form: /^\d{8}$/, check: n => Number(n.slice(0, 6)) % 89 === last(n, 2) },
  LV: { form: /^\d{11}$/, check: latvia },
  MT: { form: /^[1-9]\d{7}$/, check: n => 37 - (sum(n, [3, 4, 6, 7, 8, 9]) % 37) === last(n, 2) },
  NL: { form: /^\d{9}B(?!00)\d{2}$/, check: n => isDutchPerson(n) || mod97(`NL${n}`) === 1 },
  PL: { form: /^\d{10}$/, check: n => sum(n, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === last(n) },
  PT: { form: /^[1-9]\d{8}$/, check: n => digitOf11(sum(n, [9, 8, 7, 6, 5, 4, 3, 2])) === last(n) },
  RO: { form: /^[1-9]\d{1,9}$/, check: romania },
  SE: { form: /^\d{10}(?!00)\d\d$/, check: n => isLuhn(n.slice(0, 10)) },
  SI: { form: /^[1-9]\d{7}$/, check: slovenia },
  SK: { form: /^[1-9]\d[2-47-9]\d{7}$/, check: n => Number(n) % 11 === 0 },
  GB: { form: /^(?:\d{9}(?:\d{3})?|GD[0-4]\d\d|HA[5-9]\d\d)$/, check: britain },
  XI: { form: /^(?:\d{9}(?:\d{3})?|GD[0-4]\d\d|HA[5-9]\d\d)$/, check: britain },
  CHE: { form: /^\d{9}$/, check: switzerland },
  NO: { form: /^[89]\d{8}$/, check: n => sum(n, [3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0 },
}

/** The digit that makes a sum a multiple of eleven; ten and eleven are 0. */
function digitOf11(total: number): number {
  const digit = 11 - (total % 11)
  return digit > 9 ? 0 : digit
}

/** Digits at even places doubled, from the left, and their digits added. */
function luhnSum(digits: string): number {
  let total = 0
  for (const [n, sign] of [...digits].entries()) {
    const digit = Number(sign)
    total += n % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit
  }
  return total
}

function bulgarianFirm(n: string): boolean {
  const first = sum(n, [1, 2, 3, 4, 5, 6, 7, 8]) % 11
  const check = first === 10 ? (sum(n, [3, 4, 5, 6, 7, 8, 9, 10]) % 11) % 10 : first
  return check === last(n)
}

function bulgarianPerson(n: string): boolean {
  const citizen = (sum(n, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10
  const foreigner = sum(n, [21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10
  const other = (11 - (sum(n, [4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11
  const isBorn = isDate(centuryMonth(Number(n.slice(2, 4))), Number(n.slice(4, 6)))
  return (citizen === last(n) && isBorn) || foreigner === last(n) || other === last(n)
}

/** 20 are added to the months of the century before 1900, 40 to those of the one behind 1999. */
function centuryMonth(month: number): number {
  return month > 40 ? month - 40 : month > 20 ? month - 20 : month
}

function isDate(month: number, day: number): boolean {
  const days = month === 2 ? 29 : [4, 6, 9, 11].includes(month) ? 30 : 31
  return month >= 1 && month <= 12 && day >= 1 && day <= days
}

function cyprus(n: string): boolean {
  const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]
  let total = 0
  for (let at = 0; at < 8; at++) total += at % 2 === 0 ? (odd[Number(n[at])] as number) : Number(n[at])
  return n.charCodeAt(8) - 65 === total % 26
}

/** Firms have 8 digits; people 9 (before 1954 without a check digit) or 10; some of 9 begin with 6. */
function czech(n: string): boolean {
  const weights = [8, 7, 6, 5, 4, 3, 2]
  if (n.length === 8) return n[0] !== '9' && ((11 - (sum(n, weights) % 11)) % 11 || 1) % 10 === last(n)
  if (n.length === 9 && n[0] === '6') {
    const special = (10 - (sum(n.slice(1), weights) % 11)) % 11
    return (8 - special + 10) % 10 === last(n)
  }
  // 50 are added to women's months, and 20 more since 2004 where a day's numbers are used up.
  const isBorn = isDate((Number(n.slice(2, 4)) % 50) % 20, Number(n.slice(4, 6)))
  const year = Number(n.slice(0, 2))
  if (n.length === 9) return isBorn && (year < 54 || year >= 80)
  return isBorn && (Number(n.slice(0, 9)) % 11) % 10 === last(n)
}

const spanishLetters = 'TRWAGMYFPDXBNJZSQVHLCKE'

function spain(n: string): boolean {
  const letter = (digits: string) => spanishLetters[Number(digits) % 23] === n[8]
  if (/^\d/.test(n)) return letter(n.slice(0, 8))
  const foreign = 'XYZ'.indexOf(n[0] as string)
  if (foreign >= 0) return letter(foreign + n.slice(1, 8))
  if (/^[KLM]/.test(n)) return letter(n.slice(1, 8))
  if (!/^[A-HJNP-SUVW]/.test(n)) return false
  const digits = n.slice(1, 8)
  let total = 0
  for (const [at, sign] of [...digits].entries()) {
    const digit = Number(sign)
    total += at % 2 === 1 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit
  }
  const check = (10 - (total % 10)) % 10
  return n[8] === String(check) || n[8] === 'JABCDEFGHI'[check]
}

/** The key before a SIREN; companies of Monaco have no SIREN but 000. */
function france(n: string): boolean {
  const siren = n.slice(2)
  if (!siren.startsWith('000') && !isLuhn(siren)) return false
  if (/^\d\d/.test(n)) return (Number(siren) * 100 + 12) % 97 === Number(n.slice(0, 2))
  const signs = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ'
  const [first, second] = [signs.indexOf(n[0] as string), signs.indexOf(n[1] as string)]
  const key = first < 10 ? first * 24 + second - 10 : first * 34 + second - 100
  return (Number(siren) + 1 + Math.floor(key / 11)) % 11 === key % 11
}

/** Since 2013 a second letter counts 9; before, a letter or sign could be the second character. */
function ireland(n: string): boolean {
  const weights = [8, 7, 6, 5, 4, 3, 2]
  const isOld = !/^\d{7}/.test(n)
  const digits = isOld ? `0${n.slice(2, 7)}${n[0]}` : n.slice(0, 7)
  const second = n[8] === undefined || n[8] === 'W' ? 0 : n.charCodeAt(8) - 64
  return 'WABCDEFGHIJKLMNOPQRSTUV'[(sum(digits, weights) + 9 * second) % 23] === n[7]
}

function isItalianOffice(office: number): boolean {
  return (
    (office >= 1 && office <= 100) || office === 120 || office === 121 || office === 888 || office === 999
  )
}

function lithuania(n: string): boolean {
  const length = n.length - 1
  const weights = (start: number) => Array.from({ length }, (_, at) => ((at + start - 1) % 9) + 1)
  const first = sum(n, weights(1)) % 11
  const check = first === 10 ? (sum(n, weights(3)) % 11) % 10 : first
  return check === last(n)
}

/** Firms begin with 4 and more. People's begin with their birthday, or since 2017 with 32; their digit is not published by the Commission. */
function latvia(n: string): boolean {
  if (Number(n[0]) > 3) return sum(n, [9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 === 3
  const check = ((1 + sum(n, [10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11) % 10
  const isBorn = n.startsWith('32') || isDate(Number(n.slice(2, 4)), Number(n.slice(0, 2)))
  return isBorn && check === last(n)
}

function isDutchPerson(n: string): boolean {
  return (
    Number(n.slice(0, 9)) > 0 &&
    sum(n, [9, 8, 7, 6, 5, 4, 3, 2]) % 11 === Number(n[8]) &&
    n.slice(10) !== '00'
  )
}

function romania(n: string): boolean {
  const digits = n.slice(0, -1).padStart(9, '0')
  return ((sum(digits, [7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10) % 11) % 10 === last(n)
}

function slovenia(n: string): boolean {
  const digit = 11 - (sum(n, [8, 7, 6, 5, 4, 3, 2]) % 11)
  return digit !== 11 && digit % 10 === last(n)
}

/** The older numbers by modulus 97, the newer by 9755; those of government and health carry none. */
function britain(n: string): boolean {
  if (/^[A-Z]/.test(n)) return true
  const total = sum(n, [8, 7, 6, 5, 4, 3, 2]) + Number(n.slice(7, 9))
  return Number(n.slice(0, 7)) > 0 && (total % 97 === 0 || (total + 55) % 97 === 0)
}

function switzerland(n: string): boolean {
  const digit = 11 - (sum(n, [5, 4, 3, 2, 7, 6, 5, 4]) % 11)
  return digit !== 10 && digit % 11 === last(n)
}
