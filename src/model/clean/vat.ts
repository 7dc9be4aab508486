import { IsthmusError } from '../../errors.ts'
import { type Cleaner, named, plainText, unclean } from './cleaner.ts'
import { vatRules } from './vat-rules.ts'

/** Member states of the European Union (Greece is EL), Great Britain, Northern Ireland, Switzerland and Norway. */
export type VatCountry =
  | 'AT'
  | 'BE'
  | 'BG'
  | 'CH'
  | 'CY'
  | 'CZ'
  | 'DE'
  | 'DK'
  | 'EE'
  | 'EL'
  | 'ES'
  | 'FI'
  | 'FR'
  | 'GB'
  | 'HR'
  | 'HU'
  | 'IE'
  | 'IT'
  | 'LT'
  | 'LU'
  | 'LV'
  | 'MT'
  | 'NL'
  | 'NO'
  | 'PL'
  | 'PT'
  | 'RO'
  | 'SE'
  | 'SI'
  | 'SK'
  | 'XI'

const wanted = 'a VAT number'

/**
 * A VAT number with its country before it and nothing between, its check digits right: `DE136695976`, `CHE107787577`.
 * `country` is that of numbers without one. That a number was given to somebody only its register knows.
 */
export function vatNumber(country?: VatCountry): Cleaner<string, string> {
  const home = country === 'CH' ? 'CHE' : country
  if (home !== undefined && !Object.hasOwn(vatRules, home))
    throw new IsthmusError('FLOW-DEFINITION', `vatNumber(): nothing is known of ${country}.`)
  return named(`vatNumber(${country ? `'${country}'` : ''})`, value => {
    const text = plainText(value, 60, wanted)
      .toUpperCase()
      .replace(/[\s./-]/g, '')
      .replace(/^GR(?=\d{9}$)/, 'EL')
    const { prefix, number } = partsOf(text, home)
    if (prefix === undefined) throw unclean(value, `${wanted} with its country`)
    const rule = vatRules[prefix]
    if (!rule?.form.test(number)) throw unclean(value, `${wanted} of ${prefix}: it has not the form`)
    if (rule.check && !rule.check(number))
      throw unclean(value, `${wanted} of ${prefix}: its check digits are others`)
    return prefix + number
  })
}

/** What is a number of the country at home without a prefix is taken for one: in Spain and Ireland letters stand in it. */
function partsOf(
  text: string,
  home: string | undefined,
): { readonly prefix?: string; readonly number: string } {
  const bare = text.replace(/(?:MWST|TVA|IVA|MVA)$/, '')
  if (bare.startsWith('CHE')) return { prefix: 'CHE', number: bare.slice(3) }
  const atHome = (number: string) => (home === 'BE' && /^\d{9}$/.test(number) ? `0${number}` : number)
  const prefix = bare.slice(0, 2)
  if (Object.hasOwn(vatRules, prefix) && !(home && vatRules[home]?.form.test(bare)))
    return {
      prefix,
      number: prefix === 'BE' && /^\d{9}$/.test(bare.slice(2)) ? `0${bare.slice(2)}` : bare.slice(2),
    }
  return home === undefined ? { number: bare } : { prefix: home, number: atHome(bare) }
}
