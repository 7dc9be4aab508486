import { IsthmusError } from '../../errors.ts'
import { type Cleaner, named, plainText, unclean } from './cleaner.ts'
import { load } from './han.ts'

type Phones = Pick<typeof import('libphonenumber-js'), 'parsePhoneNumberFromString' | 'isSupportedCountry'>

/**
 * A telephone number in the form of E.164, `+8613800138000`. `region` (ISO 3166, `CN`) says whose a number without a country is;
 * `type` narrows it to mobile or fixed lines, where the country tells them apart. An extension is refused: E.164 has none.
 */
export function phone(
  region: string,
  options: { readonly type?: 'mobile' | 'fixed' } = {},
): Cleaner<string, string> {
  const { type } = options
  const phones = load<Phones>('libphonenumber-js/max', 'Telephone numbers')
  if (!phones.isSupportedCountry(region)) throw unknownRegion(region)
  return named(`phone('${region}'${type ? `, { type: '${type}' }` : ''})`, value => {
    const wanted = `a telephone number of ${region}, or one with its country`
    const text = plainText(value, 60, wanted)
      .replace(/^(?:电话|手机|联系电话|tel|phone|mobile)\.?\s*[:：]\s*/i, '')
      .replace(/^tel:/i, '')
      .replace(/[‐-―−]/g, '-')
    if (/[转轉]|分机|ext|x\s*\d|#/i.test(text))
      throw unclean(value, 'a telephone number without an extension')
    if (/[^\d+()\-./\s]/.test(text)) throw unclean(value, wanted)
    const found = phones.parsePhoneNumberFromString(text.replace(/^00(?=[1-9])/, '+'), region)
    if (!found?.isValid() || found.ext) throw unclean(value, wanted)
    if (type && !kinds[type].includes(found.getType() ?? ''))
      throw unclean(value, `the number of a ${type} telephone`)
    return found.number
  })
}

const kinds = { mobile: ['MOBILE', 'FIXED_LINE_OR_MOBILE'], fixed: ['FIXED_LINE', 'FIXED_LINE_OR_MOBILE'] }

function unknownRegion(region: string): IsthmusError {
  return new IsthmusError(
    'FLOW-DEFINITION',
    `phone(): there is no region ${JSON.stringify(region)} in ISO 3166.`,
  )
}
