import { add } from '../../model/decimal.ts'
import { type Builtin, builtinOf } from './builtin-types.ts'
import type { Facets, SimpleType } from './components.ts'
import { patternOf } from './pattern.ts'

/** Why a text is no value of a type, without repeating it; undefined where it is one. */
export function valueProblem(type: SimpleType, text: string): string | undefined {
  const builtin = builtinOf(type)
  const { facets } = type
  if (builtin.lexical && !builtin.lexical.test(text)) return `is no ${type.builtin}`
  if (facets.enumeration && !isAmong(facets.enumeration, text, builtin))
    return 'is none of the values allowed'
  return (
    lengthProblem(facets, type, text) ?? patternProblem(facets, text) ?? numberProblem(facets, builtin, text)
  )
}

function isAmong(values: readonly string[], text: string, { decimal }: Builtin): boolean {
  return values.includes(text) || (decimal === true && values.some(value => difference(value, text) === 0))
}

function lengthProblem(
  { length, minLength, maxLength }: Facets,
  type: SimpleType,
  text: string,
): string | undefined {
  if (length === undefined && minLength === undefined && maxLength === undefined) return undefined
  const size = sizeOf(type, text)
  if (length !== undefined && size !== length) return `is not ${length} long`
  if (minLength !== undefined && size < minLength) return `is shorter than ${minLength}`
  return maxLength !== undefined && size > maxLength ? `is longer than ${maxLength}` : undefined
}

/** Bytes of binary data, else characters. */
function sizeOf({ builtin }: SimpleType, text: string): number {
  if (builtin === 'hexBinary') return text.length / 2
  return builtin === 'base64Binary' ? Buffer.from(text, 'base64').length : [...text].length
}

function patternProblem({ patterns = [] }: Facets, text: string): string | undefined {
  for (const group of patterns) {
    const pattern = compiled(group)
    if (pattern && !pattern.test(text)) return 'does not have the pattern that is required'
  }
  return undefined
}

const known = new WeakMap<readonly string[], RegExp | 'none'>()

function compiled(group: readonly string[]): RegExp | undefined {
  let pattern = known.get(group)
  if (pattern === undefined) {
    const text = patternOf(group)
    pattern = text === undefined ? 'none' : new RegExp(text, 'u')
    known.set(group, pattern)
  }
  return pattern === 'none' ? undefined : pattern
}

function numberProblem(facets: Facets, { decimal, kind }: Builtin, text: string): string | undefined {
  if (!decimal && kind !== 'number') return undefined
  const compare = decimal ? difference : (a: string, b: string) => Number(a) - Number(b)
  const { minInclusive, maxInclusive, minExclusive, maxExclusive } = facets
  if (minInclusive !== undefined && compare(text, minInclusive) < 0) return `is less than ${minInclusive}`
  if (maxInclusive !== undefined && compare(text, maxInclusive) > 0) return `is more than ${maxInclusive}`
  if (minExclusive !== undefined && compare(text, minExclusive) <= 0)
    return `is not more than ${minExclusive}`
  if (maxExclusive !== undefined && compare(text, maxExclusive) >= 0)
    return `is not less than ${maxExclusive}`
  return decimal ? digitsProblem(facets, text) : undefined
}

function digitsProblem({ totalDigits, fractionDigits }: Facets, text: string): string | undefined {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.')
  const places = fraction.replace(/0+$/, '').length
  const digits = whole.replace(/^0+/, '').length + places
  if (fractionDigits !== undefined && places > fractionDigits)
    return `has more than ${fractionDigits} decimal places`
  return totalDigits !== undefined && digits > totalDigits ? `has more than ${totalDigits} digits` : undefined
}

/** Less than, equal to or more than 0, as `a` is to `b`; 0 where one of them is no decimal, or a very long one. */
function difference(a: string, b: string): number {
  const [left, right] = [normal(a), normal(b)]
  if (left === undefined || right === undefined) return 0
  return Math.sign(Number(add(left, right.startsWith('-') ? right.slice(1) : `-${right}`)))
}

function normal(text: string): string | undefined {
  const [, sign, whole, fraction = ''] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text) ?? []
  if (whole === undefined || text.length > 900) return undefined
  return `${sign === '-' ? '-' : ''}${whole || '0'}${fraction && `.${fraction}`}`
}
