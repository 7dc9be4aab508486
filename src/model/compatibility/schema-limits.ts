type Schema = Readonly<Record<string, unknown>>

/** Whether more fits a schema than before, less, or something else. */
export type Turn = 'loosened' | 'tightened' | 'changed'

export interface LimitChange {
  readonly turn: Turn
  readonly text: string
}

/** What it means that a limit was one thing and is another; both are set. */
type Compare = (was: unknown, is: unknown) => Turn

const lower: Compare = (was, is) => (Number(is) < Number(was) ? 'loosened' : 'tightened')
const upper: Compare = (was, is) => (Number(is) > Number(was) ? 'loosened' : 'tightened')
const other: Compare = () => 'changed'

/** What is a multiple of 10 is one of 5, too. */
const multiple: Compare = (was, is) => {
  if (isWhole(Number(was) / Number(is))) return 'loosened'
  return isWhole(Number(is) / Number(was)) ? 'tightened' : 'changed'
}

/** Keywords that forbid something, each by itself. */
const keywords: readonly (readonly [Compare, ...string[]])[] = [
  [lower, 'minLength', 'minItems', 'minProperties'],
  [upper, 'maxLength', 'maxItems', 'maxProperties'],
  [multiple, 'multipleOf'],
  [other, 'format', 'pattern', 'uniqueItems', 'not', 'contains', 'propertyNames', 'if', 'then', 'else'],
]

/** What the limits of a schema allow more or less than before, those within it left out. */
export function compareLimits(old: Schema, now: Schema): LimitChange[] {
  const single = keywords.flatMap(([compare, ...names]) =>
    names.flatMap(name => differ(name, limit(old, name), limit(now, name), compare)),
  )
  const least = differ('the minimum', bound(old, true), bound(now, true), (was, is) =>
    order(was as Bound, is as Bound) > 0 ? 'loosened' : 'tightened',
  )
  const most = differ('the maximum', bound(old, false), bound(now, false), (was, is) =>
    order(was as Bound, is as Bound) < 0 ? 'loosened' : 'tightened',
  )
  return [...single, ...least, ...most]
}

function differ(name: string, was: unknown, is: unknown, compare: Compare): LimitChange[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return []
  const text = `${name} was ${shown(was)}, is ${shown(is)}`
  if (is === undefined) return [{ turn: 'loosened', text }]
  return [{ turn: was === undefined ? 'tightened' : compare(was, is), text }]
}

/** Undefined where it forbids nothing. */
function limit(schema: Schema, name: string): unknown {
  const value = schema[name]
  return value === false || (value === 0 && /^min/.test(name)) ? undefined : value
}

/** A number as limit; `beyond` where it itself does not fit. */
interface Bound {
  readonly value: number
  readonly beyond: boolean
  readonly isLower: boolean
}

/** The stricter one of both keywords. */
function bound(schema: Schema, isLower: boolean): Bound | undefined {
  const [plain, beyond] = isLower
    ? [schema.minimum, schema.exclusiveMinimum]
    : [schema.maximum, schema.exclusiveMaximum]
  const bounds: Bound[] = []
  if (typeof plain === 'number') bounds.push({ value: plain, beyond: false, isLower })
  if (typeof beyond === 'number') bounds.push({ value: beyond, beyond: true, isLower })
  return bounds.sort((a, b) => (isLower ? order(b, a) : order(a, b)))[0]
}

/** Below zero where `a` lies below `b`. */
function order(a: Bound, b: Bound): number {
  if (a.value !== b.value) return a.value - b.value
  return (Number(a.beyond) - Number(b.beyond)) * (a.isLower ? 1 : -1)
}

function shown(limit: unknown): string {
  if (typeof limit !== 'object' || limit === null || !('isLower' in limit))
    return JSON.stringify(limit) ?? 'not set'
  const { value, beyond, isLower } = limit as Bound
  return beyond ? `${isLower ? 'above' : 'below'} ${value}` : String(value)
}

function isWhole(quotient: number): boolean {
  return Math.abs(quotient - Math.round(quotient)) < 1e-9
}
