import { IsthmusError } from '../../errors.ts'
import { type Cleaner, named, plainText, unclean } from './cleaner.ts'
import { decimal, type Notation } from './number.ts'
import { currencyNamed } from './units.ts'

interface AmountOptions {
  /** Places behind the point, exactly. */
  readonly scale: number
  /** The one currency of the field, by ISO 4217: its sign or name may stand before or behind the number. */
  readonly currency: string
  /** Where a text could mean two numbers, how it is written. */
  readonly notation?: Notation
}

/** Signs of several currencies: each is the declared one's, if it has that sign. */
const shared: Readonly<Record<string, string>> = {
  '¥': 'CNY JPY',
  元: 'CNY HKD TWD MOP',
  圆: 'CNY JPY',
  块: 'CNY',
  $: 'USD AUD CAD HKD MXN NZD SGD TWD ARS CLP COP',
  kr: 'DKK ISK NOK SEK',
}

/** A decimal of an amount whose currency may stand beside it: `￥1,234.50元`, `1.2万元`, `USD 5`. Another currency is refused. */
export function amount(options: AmountOptions): Cleaner<string | number, string> {
  const { currency, ...rest } = options
  if (currencyNamed(currency) !== currency)
    throw new IsthmusError('FLOW-DEFINITION', `amount(): ISO 4217 has no ${currency}.`)
  const number = decimal(rest)
  const told = number.name.replace(/^decimal\(\{ (.*) \}\)$/, '$1')
  return named(`amount({ ${told}, currency: '${currency}' })`, value => {
    if (typeof value === 'number') return number(value)
    const bare = withoutCurrency(value, currency)
    try {
      return number(bare)
    } catch (error) {
      // The reason is that of the number, the value the whole text.
      throw bare === value ? error : unclean(value, `an amount: ${(error as Error).message}`)
    }
  })
}

function withoutCurrency(value: string, wanted: string): string {
  const text = plainText(value, 200, 'an amount').replaceAll('￥', '¥')
  const [, sign = '', before = '', middle = '', behind = '', end = ''] =
    /^([-+(]?)\s*([^\d\s.,()+\-零一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟]*)(.*?)([^\d\s.,()+\-零一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟]*)([-+)]?)$/s.exec(
      text,
    ) ?? []
  for (const name of [before.replace(/:$/, ''), behind.replace(/[整正]$/, '')])
    if (name !== '' && !isOf(name, wanted)) throw unclean(value, `an amount of ${wanted}`)
  return before + behind === '' ? value : `${sign}${middle.trim()}${end}`
}

function isOf(name: string, currency: string): boolean {
  const sign = Object.hasOwn(shared, name.toLowerCase()) ? shared[name.toLowerCase()] : undefined
  return sign === undefined ? currencyNamed(name) === currency : sign.split(' ').includes(currency)
}
