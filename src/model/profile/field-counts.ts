import { add, multiply } from '../decimal.ts'
import { writtenDate } from './date-notation.ts'
import { defectsOf } from './defects.ts'
import { Distinct } from './distinct.ts'
import { FrequentTexts } from './frequent.ts'
import { patternOf } from './pattern.ts'
import type { FieldProfile, Share, ValueType } from './profile.ts'
import { Sample } from './sample.ts'
import { TextCounts } from './text-counts.ts'

const shownValues = 10
const shownPatterns = 10
/** Longer texts are no values that repeat. */
const longestValue = 200
const decimalText = /^[+-]?\d{1,40}(?:\.\d{1,40})?$/

/** Counts one field, in memory that does not grow with the records. */
export class FieldCounts {
  readonly #path: string
  readonly #personal: boolean
  readonly #types: Partial<Record<ValueType, number>> = {}
  readonly #distinct = new Distinct()
  readonly #values = new FrequentTexts(256)
  readonly #patterns = new FrequentTexts(64)
  readonly #texts = new TextCounts()
  readonly #sample = new Sample(1_000)
  readonly #notations = new Map<string, number>()
  #null = 0
  #empty = 0
  #length: { min: number; max: number } | undefined
  #numbers = 0
  #scale = 0
  #least: string | undefined
  #most: string | undefined
  #dates = 0
  #ambiguous = 0
  #days: { min: string; max: string } | undefined

  constructor(path: string, personal: boolean) {
    this.#path = path
    this.#personal = personal
  }

  /** How often it was there, with or without a value. */
  seen = 0

  add(value: unknown): void {
    this.seen++
    if (value === null) this.#null++
    else if (typeof value === 'string' && value.trim() === '') this.#empty++
    else this.#addValue(value)
  }

  #addValue(value: unknown): void {
    const type = typeOf(value)
    this.#types[type] = (this.#types[type] ?? 0) + 1
    if (type === 'list') this.#measure((value as readonly unknown[]).length)
    if (type === 'list' || type === 'object') return
    const text = String(value)
    this.#distinct.add(text)
    if (text.length <= longestValue) this.#values.add(text)
    if (type === 'text') this.#addText(text)
    if (type === 'number' || (type === 'text' && decimalText.test(text))) this.#addNumber(text)
  }

  #addText(text: string): void {
    this.#measure(text.length)
    this.#patterns.add(patternOf(text))
    this.#texts.add(text)
    const date = writtenDate(text.trim())
    if (!date) return
    this.#dates++
    if (date.ambiguous) this.#ambiguous++
    this.#notations.set(date.notation, (this.#notations.get(date.notation) ?? 0) + 1)
    const { day } = date
    if (day === undefined) return
    if (!this.#days) this.#days = { min: day, max: day }
    else if (day < this.#days.min) this.#days.min = day
    else if (day > this.#days.max) this.#days.max = day
  }

  #addNumber(text: string): void {
    this.#numbers++
    this.#sample.add(Number(text))
    this.#scale = Math.max(this.#scale, text.includes('.') ? text.length - text.indexOf('.') - 1 : 0)
    if (this.#least === undefined || isLess(text, this.#least)) this.#least = text
    if (this.#most === undefined || isLess(this.#most, text)) this.#most = text
  }

  #measure(length: number): void {
    if (!this.#length) this.#length = { min: length, max: length }
    else if (length < this.#length.min) this.#length.min = length
    else if (length > this.#length.max) this.#length.max = length
  }

  /** `places`: how often the field could have been there. */
  result(places: number): FieldProfile {
    const values = Object.values(this.#types).reduce((sum, count) => sum + count, 0)
    const distinct = this.#distinct.count
    const isPlain = !this.#types.list && !this.#types.object
    const known = {
      path: this.#path,
      places,
      absent: Math.max(0, places - this.seen),
      null: this.#null,
      empty: this.#empty,
      types: { ...this.#types },
      ...(this.#length && { length: this.#length }),
      ...this.#number(values),
      ...this.#date(values),
      distinct,
      ...(isPlain && !this.#personal && { top: this.#top(distinct.exact) }),
      patterns: this.#patterns.all.slice(0, shownPatterns).map(shareOf),
      key: isPlain && values > 1 && values === places && isNearly(distinct, values) && !this.#repeats(),
      personal: this.#personal,
    } satisfies Omit<FieldProfile, 'defects'>
    return { ...known, defects: defectsOf(known, this.#texts, this.#values) }
  }

  /** It was seen that a value came twice. */
  #repeats(): boolean {
    const [first] = this.#values.all
    return first !== undefined && first.count - first.error > 1
  }

  #top(isExact: boolean): NonNullable<FieldProfile['top']> {
    const all = this.#values.all
    const complete = isExact && this.#values.isComplete && all.length <= 50
    const sure = all.map(({ text, count, error }) => ({ text, count: count - error }))
    const shown = complete ? sure : sure.filter(({ count }) => count > 1).sort((a, b) => b.count - a.count)
    return { values: complete ? shown : shown.slice(0, shownValues), complete }
  }

  /** Numbers in their own type, or most of the texts. */
  #number(values: number): Pick<FieldProfile, 'number'> {
    if (this.#numbers === 0 || this.#numbers < 0.5 * values) return {}
    const range = this.#personal ? {} : { min: this.#least as string, max: this.#most as string }
    const tenths = this.#sample.tenths
    return {
      number: {
        count: this.#numbers,
        scale: this.#scale,
        ...range,
        ...(tenths && !this.#personal && { tenths }),
      },
    }
  }

  #date(values: number): Pick<FieldProfile, 'date'> {
    if (this.#dates === 0 || this.#dates < 0.8 * values) return {}
    const notations = [...this.#notations].map(([text, count]) => ({ text, count }))
    const range = this.#personal ? {} : this.#days
    const sorted = notations.sort((a, b) => b.count - a.count)
    return { date: { count: this.#dates, ambiguous: this.#ambiguous, ...range, notations: sorted } }
  }
}

const shareOf = ({ text, count }: Share): Share => ({ text, count })

/** Of an estimate: within three times its standard error. */
function isNearly({ count, exact }: FieldProfile['distinct'], values: number): boolean {
  return exact ? count === values : Math.abs(count - values) <= 0.049 * values
}

function isLess(a: string, b: string): boolean {
  const [left, right] = [Number(a), Number(b)]
  if (left !== right) return left < right
  if (a === b || (a.length < 16 && b.length < 16)) return false
  return add(a, multiply(b, -1)).startsWith('-')
}

function typeOf(value: unknown): ValueType {
  if (Array.isArray(value)) return 'list'
  const type = typeof value
  if (type === 'string') return 'text'
  if (type === 'bigint') return 'number'
  return type === 'number' || type === 'boolean' ? type : 'object'
}
