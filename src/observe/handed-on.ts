import { samplesOf } from '../model/sample.ts'
import type { JsonSchema } from '../model/schema-validator.ts'
import type { Shape } from './shape.ts'

/** Distinguish personal values of a sample, so that they are found again in what a function makes of it. */
const textMark = '\u{f0000}'
const numberMark = 9_000_000_000_000

/**
 * The shape of what a function makes that takes data apart or puts them together, found by running it on samples: which
 * values it hands on can be seen, not what it computes. Undefined if it makes nothing of any sample.
 */
export function handedOn(from: Shape, make: (data: unknown) => readonly unknown[]): Shape | undefined {
  const samples = samplesOf(from.schema)
  const made = samples.flatMap(sample => attempt(make, sample))
  if (made.length === 0) return undefined
  const paths = from.personal.map(path => path.split('.'))
  const marked = samples.flatMap(sample => attempt(make, markedAt(sample, paths)))
  const personal =
    marked.length === 0 ? pathEnds(from.personal) : marked.flatMap(value => [...marksIn(value, '')])
  return { schema: schemaOf(made), personal: [...new Set(personal)] }
}

/** The ends of paths, under which parts of the data may be found when it is not known which parts they are. */
export function pathEnds(paths: readonly string[]): string[] {
  const ends = paths.flatMap(path => {
    const names = path.split('.')
    return names.map((_, n) => names.slice(n).join('.'))
  })
  return [...new Set(ends)]
}

function attempt(make: (data: unknown) => readonly unknown[], sample: unknown): readonly unknown[] {
  try {
    return make(sample)
  } catch {
    return []
  }
}

/** An empty path means the value itself, with everything in it. */
function markedAt(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.length === 0) return value
  if (Array.isArray(value)) return value.map(item => markedAt(item, paths))
  const isWhole = paths.some(path => path.length === 0)
  if (typeof value === 'string') return isWhole ? textMark + value : value
  if (typeof value === 'number') return isWhole ? numberMark + value : value
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([name, inner]) => {
    const inside = isWhole ? [[]] : paths.filter(path => path[0] === name).map(path => path.slice(1))
    return [name, markedAt(inner, inside)]
  })
  return Object.fromEntries(fields)
}

function* marksIn(value: unknown, path: string): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* marksIn(item, path)
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) yield* marksIn(inner, path ? `${path}.${name}` : name)
  else if (typeof value === 'string' ? value.includes(textMark) : Number(value) >= numberMark) yield path
}

function schemaOf(values: readonly unknown[]): JsonSchema {
  const known = values.filter(value => value !== undefined && value !== null)
  const [first] = known
  if (first === undefined) return {}
  if (Array.isArray(first)) return { type: 'array', items: schemaOf(known.filter(Array.isArray).flat()) }
  if (typeof first !== 'object') return { type: typeof first, examples: [...new Set(known)] }
  const objects = known.filter(value => typeof value === 'object') as Record<string, unknown>[]
  const names = [...new Set(objects.flatMap(Object.keys))]
  const properties = names.map(name => [name, schemaOf(objects.map(object => object[name]))])
  const required = names.filter(name => objects.every(object => object[name] !== undefined))
  return { type: 'object', properties: Object.fromEntries(properties), required }
}
