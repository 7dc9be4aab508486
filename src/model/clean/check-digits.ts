/** Algorithms of check digits, each by its standard. Digits are texts, and what they hold was checked before. */

/** ISO/IEC 7812-1 annex B (Luhn): the sum of the digits, every second from the right doubled, is a multiple of ten. */
export function isLuhn(digits: string): boolean {
  let sum = 0
  for (let at = digits.length - 1, n = 0; at >= 0; at--, n++) {
    const digit = digits.charCodeAt(at) - 48
    sum += n % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit
  }
  return sum % 10 === 0
}

/** ISO/IEC 7064 MOD 97-10, of digits and letters (A is 10). The remainder of what is right is 1. */
export function mod97(text: string): number {
  let rest = 0
  for (const sign of text) {
    const value = Number.parseInt(sign, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest
}

/** ISO/IEC 7064 MOD 11-2: `0` to `9` or `X` for 17 digits of a resident identity number, or 15 of another. */
export function mod11Dash2(digits: string): string {
  let product = 0
  for (const digit of digits) product = ((product + Number(digit)) * 2) % 11
  return '0123456789X'[(12 - product) % 11] as string
}

/** ISO/IEC 7064 MOD 11,10. What is right has its check digit last. */
export function isMod11Comma10(digits: string): boolean {
  let product = 10
  for (const digit of digits.slice(0, -1)) {
    const sum = (product + Number(digit)) % 10 || 10
    product = (sum * 2) % 11
  }
  return (product + Number(digits.at(-1))) % 10 === 1
}

/** GS1 General Specifications, 7.9.1: threes and ones by turns from the right, without the check digit. */
export function gs1Digit(digits: string): number {
  let sum = 0
  for (let at = digits.length - 1, n = 0; at >= 0; at--, n++)
    sum += (digits.charCodeAt(at) - 48) * (n % 2 === 0 ? 3 : 1)
  return (10 - (sum % 10)) % 10
}

/** The sum of digits, each times its weight. */
export function weighted(digits: string, weights: readonly number[]): number {
  let sum = 0
  for (const [n, weight] of weights.entries()) sum += Number(digits[n]) * weight
  return sum
}

/** GB 32100-2015, table 1: letters without I, O, S, V and Z. */
const creditSigns = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** The sign that GB 32100-2015, 5.5 puts behind 17 others: weights are powers of 3 modulo 31. */
export function creditSign(text: string): string | undefined {
  let sum = 0
  let weight = 1
  for (const sign of text) {
    sum += creditSigns.indexOf(sign) * weight
    weight = (weight * 3) % 31
  }
  return creditSigns[(31 - (sum % 31)) % 31]
}
