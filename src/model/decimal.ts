import { IsthmusError } from '../errors.ts'

/** A decimal text such as `-12.50`. A number stands for the digits that JavaScript prints for it: 0.1 is one tenth. */
export type Decimal = string | number

interface Exact {
  readonly digits: bigint
  /** Places behind the point. */
  readonly scale: number
}

/** The exact sum, with as many places as the term that has most; `0` of no terms. */
export function add(...terms: readonly Decimal[]): string {
  const exact = terms.map(parse)
  const scale = Math.max(0, ...exact.map(term => term.scale))
  const digits = exact.reduce((sum, term) => sum + term.digits * 10n ** BigInt(scale - term.scale), 0n)
  return print(digits, scale)
}

/** The exact product, with the places of both factors together. */
export function multiply(a: Decimal, b: Decimal): string {
  const [left, right] = [parse(a), parse(b)]
  return print(left.digits * right.digits, left.scale + right.scale)
}

/** With exactly `scale` places; a half goes away from zero, as in bookkeeping. */
export function round(value: Decimal, scale: number): string {
  const exact = parse(value)
  if (exact.scale <= scale) return print(exact.digits * 10n ** BigInt(scale - exact.scale), scale)
  const unit = 10n ** BigInt(exact.scale - scale)
  const half = exact.digits < 0n ? -unit / 2n : unit / 2n
  return print((exact.digits + half) / unit, scale)
}

/** Numbers print with an exponent below 1e-6 and from 1e21 on; the length keeps hostile texts cheap. */
const pattern = /^([+-]?\d+)(?:\.(\d+))?(?:e([+-]\d{1,3}))?$/
const longest = 1000

function parse(value: Decimal): Exact {
  const text = String(value)
  const parts = text.length <= longest ? pattern.exec(text) : null
  if (!parts)
    throw new IsthmusError('CLEAN-VALUE', `${JSON.stringify(text.slice(0, 40))} is not a decimal number`)
  const [, whole = '', places = '', exponent = '0'] = parts
  const digits = BigInt(whole + places)
  const scale = places.length - Number(exponent)
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale }
}

function print(digits: bigint, scale: number): string {
  if (scale === 0) return String(digits)
  const sign = digits < 0n ? '-' : ''
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
  return `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`
}
