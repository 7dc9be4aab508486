import type { ValueKind } from './part.ts'

/** Source: XML Schema part 2, the lexical forms of decimal, boolean and date. */
export function readValue(text: string, kind: ValueKind): unknown {
  if (kind === 'text') return text
  const trimmed = text.trim()
  if (kind === 'flag') return flags.get(trimmed) ?? trimmed
  if (kind === 'date') return zonedDate.exec(trimmed)?.[1] ?? trimmed
  return kind === 'decimal' ? decimalOf(trimmed) : trimmed
}

/** Whether a date has a zone, which is lost where it is read. */
export function hasZone(text: string): boolean {
  return zonedDate.test(text.trim())
}

const zonedDate = /^(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})$/

/** Undefined where the value is none of that kind. */
export function writeValue(value: unknown, kind: ValueKind): string | undefined {
  if (kind === 'flag') return typeof value === 'boolean' ? String(value) : undefined
  if (typeof value !== 'string') return undefined
  return kind === 'decimal' && !plainDecimal.test(value) ? undefined : value
}

const flags = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

const plainDecimal = /^-?\d+(\.\d+)?$/

/** `+1.50` is `1.50`, `.5` is `0.5`: the same digits, as models write them. */
function decimalOf(text: string): string {
  const [, sign, whole = '', places = ''] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text) ?? []
  if (sign === undefined || whole + places === '') return text
  return `${sign === '-' ? '-' : ''}${whole || '0'}${places && `.${places}`}`
}
