// Plain functions that the fields of a mapping are made with. See docs/mapping.md.
export {
  add,
  compare,
  type Decimal,
  divide,
  max,
  min,
  multiplier,
  multiply,
  quotient,
  type Rounding,
  round,
  roundTo,
  subtract,
  sum,
} from './model/decimal.ts'
export { choose } from './model/mapping/choose.ts'
export { type CodeTable, codeTable, type Miss } from './model/mapping/code-table.ts'
export {
  type Invertible,
  invertible,
  type NotRoundTrip,
  roundTripProblems,
  type TwoWay,
  unitPair,
} from './model/mapping/invertible.ts'
export { groupBy, type MatchKey, type MatchRules, matchBy } from './model/mapping/lists.ts'
export {
  addDays,
  businessDate,
  instant,
  isoWeek,
  localDate,
  localTimeOf,
  period,
} from './model/mapping/zoned-time.ts'
export { type Fields, type Mapping, mapping } from './model/mapping.ts'
export { allocate } from './model/money/allocate.ts'
export { minorDigits } from './model/money/currencies.ts'
export { exchange, type Money, money, roundMoney, total } from './model/money/money.ts'
export { type DatedRate, inverse, type Rate, type Rates, rates } from './model/money/rates.ts'
export { type Places, type Quantity, quantity, toUnit } from './model/units/quantity.ts'
export type { Factor } from './model/units/ratio.ts'
export { type CodeTableFileOptions, codeTableFile } from './system/code-table-file.ts'
