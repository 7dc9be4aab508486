import { IsthmusError } from '../errors.ts'

/** A decimal text such as `-12.50`. A number stands for the digits that JavaScript prints for it: 0.1 is one tenth. */
export type Decimal = string | number

/** A number as long as that is exact, which is several times faster. */
type Digits = number | bigint

interface Exact {
  readonly digits: Digits
  /** Places behind the point. */
  readonly scale: number
}

/** The exact sum, with as many places as the term that has most; `0` of no terms. */
export function add(...terms: readonly Decimal[]): string {
  const exact = terms.map(parse)
  const scale = exact.reduce((most, term) => Math.max(most, term.scale), 0)
  const sum = exact.reduce((so, term) => plus(so, shift(term.digits, scale - term.scale)), 0 as Digits)
  return print(sum, scale)
}

/** The exact product, with the places of both factors together. */
export function multiply(a: Decimal, b: Decimal): string {
  const [left, right] = [parse(a), parse(b)]
  return print(times(left.digits, right.digits), left.scale + right.scale)
}

/** With exactly `scale` places; a half goes away from zero, as in bookkeeping. */
export function round(value: Decimal, scale: number): string {
  const exact = parse(value)
  if (exact.scale <= scale) return print(shift(exact.digits, scale - exact.scale), scale)
  const unit = shift(1, exact.scale - scale)
  const sum = plus(exact.digits, exact.digits < 0 ? -half(unit) : half(unit))
  return print(isSmall(sum) && isSmall(unit) ? Math.trunc(sum / unit) : BigInt(sum) / BigInt(unit), scale)
}

const isSmall = (digits: Digits): digits is number => typeof digits === 'number'
const half = (unit: Digits): Digits => (isSmall(unit) ? unit / 2 : unit / 2n)

function plus(a: Digits, b: Digits): Digits {
  const sum = isSmall(a) && isSmall(b) ? a + b : Number.NaN
  return Number.isSafeInteger(sum) ? sum : BigInt(a) + BigInt(b)
}

function times(a: Digits, b: Digits): Digits {
  const product = isSmall(a) && isSmall(b) ? a * b : Number.NaN
  return Number.isSafeInteger(product) ? product : BigInt(a) * BigInt(b)
}

function shift(digits: Digits, places: number): Digits {
  return places === 0 ? digits : times(digits, places < 16 ? 10 ** places : 10n ** BigInt(places))
}

/** Numbers print with an exponent below 1e-6 and from 1e21 on; the length keeps hostile texts cheap. */
const pattern = /^([+-]?\d+)(?:\.(\d+))?(?:e([+-]\d{1,3}))?$/
const longest = 1000

function parse(value: Decimal): Exact {
  if (Number.isSafeInteger(value)) return { digits: value as number, scale: 0 }
  const text = String(value)
  const short = text.length < 16 ? parseShort(text) : undefined
  if (short) return short
  const parts = text.length <= longest ? pattern.exec(text) : null
  if (!parts)
    throw new IsthmusError('CLEAN-VALUE', `${JSON.stringify(text.slice(0, 40))} is not a decimal number`)
  const [, whole = '', places = '', exponent = '0'] = parts
  const digits = BigInt(whole + places)
  const scale = places.length - Number(exponent)
  return scale < 0 ? { digits: shift(digits, -scale), scale: 0 } : { digits, scale }
}

/** What most decimals look like, without exponent: twice as fast as the pattern. */
function parseShort(text: string): Exact | undefined {
  const isNegative = text.startsWith('-')
  const start = isNegative ? 1 : 0
  let digits = 0
  let point = -1
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit
    else if (text[at] === '.' && point < 0 && at > start) point = at
    else return undefined
  }
  if (text.length === start || point === text.length - 1) return undefined
  return { digits: isNegative ? -digits : digits, scale: point < 0 ? 0 : text.length - 1 - point }
}

function print(digits: Digits, scale: number): string {
  if (scale === 0) return String(digits)
  const sign = digits < 0 ? '-' : ''
  const text = String(digits < 0 ? -digits : digits).padStart(scale + 1, '0')
  return `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`
}
