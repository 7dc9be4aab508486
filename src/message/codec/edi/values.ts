import type { ReadScope, Schema, WriteScope } from './field.ts'
import type { ProblemKind } from './problem.ts'

/** How a text and data correspond. */
export interface TextValue<T = unknown> {
  readonly schema: Schema
  read(text: string, scope: Pick<ReadScope, 'decimal'>): { readonly value: T } | Fault
  write(value: T, scope: WriteScope): string
}

export interface Fault {
  readonly kind: ProblemKind
  readonly reason: string
}

export interface Length {
  /** Characters. Default 1. */
  readonly min?: number | undefined
  /** Characters. As many as a message may hold, if absent. */
  readonly max?: number | undefined
}

export function textValue({ min = 1, max }: Length): TextValue<string> {
  const fault = (text: string): Fault | undefined => {
    const length = text.length < min || max !== undefined ? [...text].length : text.length
    if (length < min)
      return { kind: 'element too short', reason: `has ${length} characters, at least ${min} expected` }
    if (max === undefined || length <= max) return undefined
    return { kind: 'element too long', reason: `has ${length} characters, at most ${max} expected` }
  }
  return {
    schema: { type: 'string', minLength: min, ...(max !== undefined && { maxLength: max }) },
    read: text => fault(text) ?? { value: text },
    write(value, scope) {
      const text = textOf(value, scope)
      const found = fault(text)
      return found === undefined ? text : scope.refuse(found.reason)
    },
  }
}

export function codeValue<T extends string>(codes: readonly T[]): TextValue<T> {
  const known = new Set<string>(codes)
  return {
    schema: { enum: codes },
    read: text =>
      known.has(text)
        ? { value: text as T }
        : { kind: 'code invalid', reason: `is none of the codes ${codes.join(', ')}` },
    write: (value, scope) =>
      known.has(value) ? value : scope.refuse(`is none of the codes ${codes.join(', ')}`),
  }
}

const exact = '^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$'
const exactPattern = new RegExp(exact)

/** A number with a decimal mark, as the exact text of its digits: `-2100`, `0.50`. Source: X12 type R, EDIFACT type n. */
export function decimalValue(): TextValue<string> {
  return {
    schema: { type: 'string', pattern: exact },
    read(text, { decimal }) {
      const [, sign = '', whole = '', fraction] = /^(-?)([0-9]*)(?:[.,]([0-9]+))?$/.exec(text) ?? []
      const mark = fraction === undefined ? decimal : text.charAt(sign.length + whole.length)
      if (mark !== decimal || (whole === '' && fraction === undefined))
        return {
          kind: 'element invalid',
          reason: `is no number with ${JSON.stringify(decimal)} as decimal mark`,
        }
      const digits = whole.replace(/^0+(?=[0-9])/, '') || '0'
      return { value: sign + digits + (fraction === undefined ? '' : `.${fraction}`) }
    },
    write: (value, scope) => exactText(value, scope).replace('.', scope.decimal),
  }
}

/** A number whose last digits stand behind an implied point, N2: `12345` is `123.45`. Source: X12 type Nn. */
export function impliedValue(places: number): TextValue<string> {
  return {
    schema: { type: 'string', pattern: exact },
    read(text) {
      if (!/^-?[0-9]+$/.test(text)) return { kind: 'element invalid', reason: 'is no whole number' }
      const sign = text.startsWith('-') ? '-' : ''
      const digits = text.slice(sign.length).padStart(places + 1, '0')
      const whole = digits.slice(0, digits.length - places).replace(/^0+(?=[0-9])/, '')
      return { value: sign + whole + (places === 0 ? '' : `.${digits.slice(digits.length - places)}`) }
    },
    write(value, scope) {
      const [whole = '', fraction = ''] = exactText(value, scope).split('.')
      if (fraction.replace(/0+$/, '').length > places) scope.refuse(`has more than ${places} decimal places`)
      const digits = whole + fraction.slice(0, places).padEnd(places, '0')
      return digits.replace(/^(-?)0+(?=[0-9])/, '$1')
    },
  }
}

/** A day as `2026-11-30`. Read of CCYYMMDD and of YYMMDD, where years below 50 are of this century. */
export function dateValue(digits: 6 | 8): TextValue<string> {
  return {
    schema: { type: 'string', format: 'date' },
    read(text) {
      const full = text.length === 6 ? (text < '5' ? '20' : '19') + text : text
      const [, year, month, day] = /^([0-9]{4})([0-9]{2})([0-9]{2})$/.exec(full) ?? []
      const value = `${year}-${month}-${day}`
      return isDay(value) ? { value } : { kind: 'date invalid', reason: 'is no date' }
    },
    write(value, scope) {
      if (!isDay(value)) scope.refuse('is no date')
      return value.replaceAll('-', '').slice(-digits)
    },
  }
}

function isDay(text: string): boolean {
  const time = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

const timePattern = '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,2})?)?$'
const timeTest = new RegExp(timePattern)

/** A time of day as `14:05`, `14:05:59` or, with hundredths, `14:05:59.25`. */
export function timeValue(): TextValue<string> {
  return {
    schema: { type: 'string', pattern: timePattern },
    read(text) {
      const [, hour, minute, second, part] = /^(..)(..)(..)?([0-9]{1,2})?$/.exec(text) ?? []
      const value = [hour, minute, ...(second === undefined ? [] : [second])].join(':')
      const full = part === undefined ? value : `${value}.${part}`
      return timeTest.test(full) ? { value: full } : { kind: 'time invalid', reason: 'is no time of day' }
    },
    write: (value, scope) =>
      timeTest.test(value) ? value.replace(/[:.]/g, '') : scope.refuse('is no time of day'),
  }
}

/** What a date and time of EDIFACT is in each of its formats (data element 2379), as ISO 8601 without a zone. */
const moments: Readonly<Record<string, { readonly digits: RegExp; readonly iso: string }>> = {
  '101': { digits: /^(..)(..)(..)$/, iso: '$Y-$2-$3' },
  '102': { digits: /^(....)(..)(..)$/, iso: '$1-$2-$3' },
  '201': { digits: /^(..)(..)(..)(..)(..)$/, iso: '$Y-$2-$3T$4:$5' },
  '203': { digits: /^(....)(..)(..)(..)(..)$/, iso: '$1-$2-$3T$4:$5' },
  '204': { digits: /^(....)(..)(..)(..)(..)(..)$/, iso: '$1-$2-$3T$4:$5:$6' },
}
const momentPattern = '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$'
export const momentSchema: Schema = { type: 'string', pattern: momentPattern }

export function readMoment(text: string, format: string): { readonly value: string } | Fault {
  const known = Object.hasOwn(moments, format) ? moments[format] : undefined
  if (known === undefined)
    return {
      kind: 'code invalid',
      reason: `is in the date format ${JSON.stringify(format)}, which is not read`,
    }
  const century = text < '5' ? '20' : '19'
  const value = text.replace(known.digits, known.iso).replace('$Y', century + text.slice(0, 2))
  return isMoment(value) ? { value } : { kind: 'date invalid', reason: `is no date in format ${format}` }
}

/** The digits of a moment, and the format that they are in. */
export function writeMoment(value: string, scope: WriteScope): readonly [text: string, format: string] {
  if (typeof value !== 'string' || !isMoment(value)) scope.refuse('is no date or date and time')
  const text = value.replace(/[-T:]/g, '')
  return [text, text.length === 8 ? '102' : text.length === 12 ? '203' : '204']
}

function isMoment(value: string): boolean {
  const [day = '', time = '00:00'] = value.split('T')
  return new RegExp(momentPattern).test(value) && isDay(day) && timeTest.test(time)
}

function textOf(value: unknown, scope: WriteScope): string {
  return typeof value === 'string' ? value : scope.refuse('is no text')
}

function exactText(value: unknown, scope: WriteScope): string {
  const text = textOf(value, scope)
  return exactPattern.test(text) ? text : scope.refuse('is no decimal number')
}
