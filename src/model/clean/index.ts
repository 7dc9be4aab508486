export { type ChineseAddress, chineseAddress } from './address.ts'
export { amount } from './amount.ts'
export { amountFromWords, amountInWords } from './amount-in-words.ts'
export {
  type CleanChange,
  type Cleaned,
  type CleanRules,
  cleanersOf,
  cleanRow,
  type RowRules,
  rowCleaner,
  type Told,
} from './clean-row.ts'
export { type Cleaner, named, unclean } from './cleaner.ts'
export { chain, each, firstOf, oneOf, optional } from './combine.ts'
export { type CompanyName, companyName } from './company.ts'
export { type DateRules, date, dateTime } from './date.ts'
export { email } from './email.ts'
export { simplified, type Traditional, traditional } from './han.ts'
export { bankCard, creditCode, gtin, iban, residentId } from './identifiers.ts'
export { decimal, type Notation, percentage } from './number.ts'
export { phone } from './phone.ts'
export { brokenRules, fieldsOfRule, type Rule, type RuleSeverity, refuseBroken, rule } from './rule.ts'
export {
  lowerCase,
  nfc,
  nfkc,
  noSpaces,
  singleSpaces,
  titleCase,
  trim,
  upperCase,
  visible,
} from './text.ts'
export { type ClockRules, localTime } from './time.ts'
export { countTolerance, type Tolerance, type ToleranceCount } from './tolerance.ts'
export { currency, unit } from './units.ts'
export { type VatCountry, vatNumber } from './vat.ts'
export { fullWidth, halfWidth, usualWidth, wideScript } from './width.ts'
