import { type Cleaner, unclean } from './cleaner.ts'

/**
 * A decimal text with exactly `scale` places, exact: `' 1,234.5 '` with scale 2 becomes `'1234.50'`. Groups of
 * thousands by comma are understood; a lone comma is refused, because it may be a decimal comma. More places than
 * `scale` are refused unless they are zeros: rounding is the mapping's decision.
 */
export function decimal(options: { readonly scale: number }): Cleaner<string | number, string> {
  return value => {
    const text = String(value).trim()
    const parts = /^([+-]?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/.exec(text)
    if (!parts || (text.includes(',') && !text.includes('.') && /^[+-]?\d{1,3},\d{3}$/.test(text)))
      throw unclean(value, 'a decimal number')
    const places = (parts[3] ?? '').replace(/0+$/, '')
    if (places.length > options.scale)
      throw unclean(value, `a number of at most ${options.scale} decimal places`)
    const whole = (parts[2] as string).replaceAll(',', '').replace(/^0+(?=\d)/, '')
    const padded = places.padEnd(options.scale, '0')
    const amount = padded ? `${whole}.${padded}` : whole
    return parts[1] === '-' && /[1-9]/.test(amount) ? `-${amount}` : amount
  }
}
