/**
 * The number that a decimal text says, or undefined where a JavaScript number would say another: 9007199254740993,
 * 0.1234567890123456789, 1e400. The text must be digits with, at most, a sign, a point and an exponent.
 */
export function exactNumber(text: string): number | undefined {
  const value = Number(text)
  // A double keeps 15 significant digits at any magnitude that digits without an exponent can reach.
  if (text.length <= 15 && !text.includes('e') && !text.includes('E')) return value
  return Number.isFinite(value) && canonical(text) === canonical(String(value)) ? value : undefined
}

const powers = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)

/**
 * The number of a text that is nothing but at most 15 digits, with or without a point; else undefined. This is
 * `Number`, several times as fast: both numbers are held exactly, hence their quotient is the nearest one there is.
 */
export function shortDecimal(text: string): number | undefined {
  if (text.length === 0 || text.length > 15) return undefined
  let digits = 0
  let point = -1
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 48 && code <= 57) digits = digits * 10 + code - 48
    else if (code === 46 && point === -1 && text.length > 1) point = at
    else return undefined
  }
  return point === -1 ? digits : digits / (powers[text.length - 1 - point] as number)
}

/** One text per decimal value: significant digits, then the power of ten of the last of them. Linear in the text. */
function canonical(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.')
  const digits = whole + fraction
  let start = 0
  while (digits[start] === '0') start++
  let end = digits.length
  while (end > start && digits[end - 1] === '0') end--
  if (start === end) return '0'
  return `${digits.slice(start, end)}e${Number(exponent) - fraction.length + digits.length - end}`
}

/** The digits that JavaScript prints for a number, without an exponent. */
export function plainDigits(number: number): string {
  const text = Object.is(number, -0) ? '-0' : String(number)
  const [mantissa = '', exponent] = text.split('e')
  if (exponent === undefined) return text
  const sign = mantissa.startsWith('-') ? '-' : ''
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.')
  const places = fraction.length - Number(exponent)
  const digits = (whole + fraction).padStart(places + 1, '0')
  if (places <= 0) return sign + digits + '0'.repeat(-places)
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}
