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

/** Multiplies by the same factor again and again, which is read once. */
export function multiplier(by: Decimal): (value: Decimal) => string {
  const factor = parse(by)
  return value => {
    const exact = parse(value)
    return print(times(exact.digits, factor.digits), exact.scale + factor.scale)
  }
}

/** The exact difference, with as many places as the one that has more. */
export function subtract(a: Decimal, b: Decimal): string {
  const [left, right] = [parse(a), parse(b)]
  const scale = Math.max(left.scale, right.scale)
  const taken = shift(right.digits, scale - right.scale)
  return print(plus(shift(left.digits, scale - left.scale), -taken), scale)
}

/** The exact sum of a list, as `add`. */
export function sum(terms: Iterable<Decimal>): string {
  let scale = 0
  let digits: Digits = 0
  for (const term of terms) {
    const exact = parse(term)
    if (exact.scale > scale) {
      digits = shift(digits, exact.scale - scale)
      scale = exact.scale
    }
    digits = plus(digits, shift(exact.digits, scale - exact.scale))
  }
  return print(digits, scale)
}

/** Less than 0 if `a` is the smaller one, 0 if both are the same number however they are written. */
export function compare(a: Decimal, b: Decimal): number {
  const [left, right] = [parse(a), parse(b)]
  const scale = Math.max(left.scale, right.scale)
  const [l, r] = [shift(left.digits, scale - left.scale), shift(right.digits, scale - right.scale)]
  return l < r ? -1 : l > r ? 1 : 0
}

/** The smallest of the values as it is written; of equal ones the first. */
export function min(first: Decimal, ...rest: readonly Decimal[]): string {
  return String(rest.reduce((so, next) => (compare(next, so) < 0 ? next : so), first))
}

/** The largest of the values as it is written; of equal ones the first. */
export function max(first: Decimal, ...rest: readonly Decimal[]): string {
  return String(rest.reduce((so, next) => (compare(next, so) > 0 ? next : so), first))
}

/**
 * Where a value between two neighbours goes. `half-up`: to the nearer one, a half away from zero, as in bookkeeping;
 * `half-down`: a half towards zero; `half-even`: a half to the even neighbour, so that many halves do not add up (bankers');
 * `up`: away from zero; `down`: towards zero; `ceiling` and `floor`: to the larger and the smaller one.
 */
export type Rounding = 'half-up' | 'half-even' | 'half-down' | 'up' | 'down' | 'ceiling' | 'floor'

/** With exactly `scale` places; without a rule, a half goes away from zero, as in bookkeeping. */
export function round(value: Decimal, scale: number, rounding: Rounding = 'half-up'): string {
  const exact = parse(value)
  if (exact.scale <= scale) return print(shift(exact.digits, scale - exact.scale), scale)
  const unit = shift(1, exact.scale - scale)
  if (rounding !== 'half-up') return print(nearest(BigInt(exact.digits), BigInt(unit), rounding), scale)
  const sum = plus(exact.digits, exact.digits < 0 ? -half(unit) : half(unit))
  return print(isSmall(sum) && isSmall(unit) ? Math.trunc(sum / unit) : BigInt(sum) / BigInt(unit), scale)
}

/** The nearest multiple of `step`, with the places of `step`: `roundTo('12.37', '0.05')` is `12.35`, as cash in francs. */
export function roundTo(value: Decimal, step: Decimal, rounding: Rounding = 'half-up'): string {
  return multiply(divide(value, step, { scale: 0, rounding }), step)
}

/** The quotient with exactly `scale` places; without a rule, a half goes away from zero. */
export function divide(
  a: Decimal,
  b: Decimal,
  { scale, rounding = 'half-up' }: { readonly scale: number; readonly rounding?: Rounding | undefined },
): string {
  const [over, under] = fraction(a, b)
  return print(nearest(over * 10n ** BigInt(scale), under, rounding), scale)
}

/** The quotient if it has an end, with as few places as it takes; undefined for one such as 1/3. */
export function quotient(a: Decimal, b: Decimal): string | undefined {
  const [over, under] = fraction(a, b)
  const common = commonFactor(over, under)
  let [digits, rest, scale] = [over / common, under / common, 0]
  // A fraction in lowest terms has an end if its denominator has no other prime factors than ten has.
  while (rest !== 1n && scale < longest) {
    const factor = rest % 10n === 0n ? 10n : rest % 5n === 0n ? 5n : rest % 2n === 0n ? 2n : undefined
    if (factor === undefined) return undefined
    rest /= factor
    digits *= 10n / factor
    scale++
  }
  return rest === 1n ? print(digits, scale) : undefined
}

/** As whole numbers, the lower one above zero. */
function fraction(a: Decimal, b: Decimal): [bigint, bigint] {
  const [left, right] = [parse(a), parse(b)]
  const [over, under] = [BigInt(left.digits), BigInt(right.digits)]
  if (under === 0n) throw new IsthmusError('CLEAN-VALUE', `${a} cannot be divided by zero`)
  const sign = under < 0n ? -1n : 1n
  return [sign * over * 10n ** BigInt(right.scale), sign * under * 10n ** BigInt(left.scale)]
}

function commonFactor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** The whole number near over/under. */
function nearest(over: bigint, under: bigint, rounding: Rounding): bigint {
  const whole = over / under
  const rest = over % under
  if (rest === 0n) return whole
  const away = over < 0n ? -1n : 1n
  const twice = 2n * (rest < 0n ? -rest : rest)
  const goesAway = {
    'half-up': twice >= under,
    'half-down': twice > under,
    'half-even': twice > under || (twice === under && whole % 2n !== 0n),
    up: true,
    down: false,
    ceiling: over > 0n,
    floor: over < 0n,
  }[rounding]
  return goesAway ? whole + away : whole
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
