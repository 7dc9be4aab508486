import { probeLineage } from '../../model/lineage.ts'
import { samplesOf } from '../../model/sample.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'

/** A field of the source that a value is made of. `same`: the value is handed on as it is. */
export interface Influence {
  readonly from: string
  readonly same: boolean
}

/** What one value in the result of a function is made of. */
export interface MadeValue {
  /** Dotted path in the result, `[]` for each element of a list; empty for the result itself. */
  readonly path: string
  readonly sources: readonly Influence[]
  /** False: more may be read behind a failure, or it is not known which of the values these sources make. */
  readonly complete: boolean
}

type Code = (data: never) => unknown
type Values = ReadonlyMap<string, string>

/** Fields of one sample that are varied; of larger ones no more is known than what is read. */
const mostLeaves = 300

/**
 * What each value that a function makes is made of, found by running it on samples of its source in which one field
 * after the other is changed. Undefined where no sample passes. A branch that no sample reaches is not seen.
 */
export function influences(schema: JsonSchema, code: Code): readonly MadeValue[] | undefined {
  const known = Object.keys(schema).length > 0
  const { sources: reads = [], complete: isRead = false } = known
    ? (probeLineage([['all', code]], schema).all ?? {})
    : {}
  const found = new Map<string, Map<string, boolean>>()
  let passed = false
  for (const sample of known ? samplesOf(schema) : []) {
    const base = attempt(code, sample)
    if (!base) continue
    passed = true
    for (const path of base.keys()) found.set(path, found.get(path) ?? new Map())
    const varied = [...leavesOf(sample), ...listsOf(sample)].slice(0, mostLeaves)
    for (const [path, value] of varied) vary(code, sample, path, value, base, found)
  }
  return passed ? told(found, reads, isRead) : undefined
}

/** A value alone is made of all that is read; of several each is made of what was seen to change it. */
function told(found: ReadonlyMap<string, Map<string, boolean>>, reads: readonly string[], isRead: boolean) {
  const seen = new Set([...found.values()].flatMap(sources => [...sources.keys()]))
  const only = found.size === 1 && found.has('')
  const unseen = reads.filter(read => !seen.has(read) && ![...seen].some(each => isInside(each, read)))
  return [...found].map(([path, sources]): MadeValue => {
    const changed = [...sources].map(([from, same]) => ({ from, same }))
    const others = unseen.map(from => ({ from, same: false }))
    return { path, sources: [...changed, ...others], complete: isRead && (only || unseen.length === 0) }
  })
}

function vary(
  code: Code,
  sample: unknown,
  leaf: string,
  value: unknown,
  base: Values,
  found: Map<string, Map<string, boolean>>,
): void {
  for (const changed of othersOf(value)) {
    const made = attempt(code, replaced(sample, leaf.split(/\.|(?=\[\])/), changed))
    if (!made) continue
    for (const path of new Set([...base.keys(), ...made.keys()])) {
      if (base.get(path) === made.get(path)) continue
      const sources = found.get(path) ?? new Map<string, boolean>()
      found.set(path, sources)
      const same = made.get(path) === textOf([changed])
      sources.set(leaf, (sources.get(leaf) ?? true) && same)
    }
  }
}

/** Values unlike this one: of its kind, and for texts one that trimming and another case change. */
function othersOf(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1, value * 7 + 13]
  if (typeof value === 'boolean') return [!value]
  // One element more, which is like another one: it shows what is made of how many there are.
  if (Array.isArray(value)) return value.length === 0 ? [] : [[...value, value[0]]]
  if (typeof value !== 'string') return []
  const digit = value.replace(/\d(?=\D|$)/, each => String((Number(each) + 1) % 10))
  const odd = ` \u{f0000}aB ${value} `
  return digit === value ? [odd] : [digit, odd]
}

function attempt(code: Code, sample: unknown): Values | undefined {
  try {
    const values = new Map<string, unknown[]>()
    for (const [path, value] of leavesOf(code(structuredClone(sample) as never)))
      values.set(path, [...(values.get(path) ?? []), value])
    return new Map([...values].map(([path, all]) => [path, textOf(all)]))
  } catch {
    return undefined
  }
}

/** Each value once, so that it does not matter how often lists hold it. */
function textOf(values: readonly unknown[]): string {
  const texts = values.map(value => (typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)))
  return [...new Set(texts)].join()
}

function* listsOf(value: unknown, path = ''): Generator<[string, unknown]> {
  if (Array.isArray(value)) {
    yield [path, value]
    for (const item of value) yield* listsOf(item, `${path}[]`)
  } else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) yield* listsOf(inner, path ? `${path}.${name}` : name)
}

/** Every value with its path, as often as lists have elements. */
function* leavesOf(value: unknown, path = ''): Generator<[string, unknown]> {
  if (Array.isArray(value)) for (const item of value) yield* leavesOf(item, `${path}[]`)
  else if (typeof value === 'object' && value !== null && !(value instanceof Date))
    for (const [name, inner] of Object.entries(value)) yield* leavesOf(inner, path ? `${path}.${name}` : name)
  else if (value !== undefined && typeof value !== 'function') yield [path, value]
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by
  if (name === '') return replaced(value, rest, by)
  if (name === '[]') return Array.isArray(value) ? value.map(item => replaced(item, rest, by)) : value
  if (typeof value !== 'object' || value === null) return value
  return { ...value, [name]: replaced((value as Record<string, unknown>)[name], rest, by) }
}

/** Whether the first path is the second one, or within it. */
export function isInside(path: string, other: string): boolean {
  return path === other || other === '' || path.startsWith(`${other}.`) || path.startsWith(`${other}[]`)
}
