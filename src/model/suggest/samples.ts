import type { SchemaField } from './schema-fields.ts'

/** How alike what two fields hold is, 0 to 1; undefined where nothing is known of one of them. */
export function alikeValues(from: SchemaField, to: SchemaField): number | undefined {
  const [given, wanted] = [valuesOf(from), valuesOf(to)]
  if (from.values.length > 0 && to.values.length > 0) return overlap(from.values, to.values)
  if (given.length > 0 && to.values.length > 0) return within(given, to.values)
  if (given.length > 0 && wanted.length > 0)
    return Math.max(overlap(given, wanted), samePatterns(given, wanted))
  if (from.samples.length > 0) return fits(from.samples, to.type)
  return undefined
}

const valuesOf = ({ samples, values }: SchemaField) => (samples.length > 0 ? samples : values)
const plain = (value: string) => value.toLowerCase().replace(/[\s_-]/g, '')

function overlap(a: readonly string[], b: readonly string[]): number {
  const [left, right] = [new Set(a.map(plain)), new Set(b.map(plain))]
  return left.intersection(right).size / Math.min(left.size, right.size)
}

function within(given: readonly string[], values: readonly string[]): number {
  const known = new Set(values.map(plain))
  return given.filter(value => known.has(plain(value))).length / given.length
}

/** Letters and digits as their kinds, runs as one: `A-12` is `a-9`. */
function samePatterns(a: readonly string[], b: readonly string[]): number {
  const patternOf = (value: string) =>
    value
      .replace(/\p{Script=Han}+/gu, '中')
      .replace(/\p{Nd}+/gu, '9')
      .replace(/[\p{L}--\p{Script=Han}]+/gv, 'a')
  const patterns = new Set(b.map(patternOf))
  return 0.7 * (a.filter(value => patterns.has(patternOf(value))).length / a.length)
}

const forms: Partial<Record<SchemaField['type'], RegExp>> = {
  date: /^(?:\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[T ].*)?$/,
  datetime: /^\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?(?:[T ].*)?$/,
  decimal: /^[+-]?[\d,]*\.?\d+%?$/,
  integer: /^[+-]?\d+$/,
  boolean: /^(?:true|false|0|1|y|n|yes|no|x|是|否)$/i,
}

/** Undefined where the type says nothing of the form. */
function fits(samples: readonly string[], type: SchemaField['type']): number | undefined {
  const form = forms[type]
  return form && samples.filter(value => form.test(value.trim())).length / samples.length
}
