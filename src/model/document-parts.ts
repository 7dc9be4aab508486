import {
  bare,
  elsewhere,
  fixed,
  type Group,
  group,
  type Leaf,
  many,
  type Part,
  told,
  type ValueKind,
  within,
} from '../message/codec/document/part.ts'
import { ownTerms } from './canonical/term.ts'
import type { JsonSchema } from './schema-validator.ts'

export interface PartsOptions {
  /** The standard whose terms are meant: `UBL`. */
  readonly standard: string
  /** What always stands behind an element, unless a field says it: `{ QuantityString: ['DataType', 'decimal'] }`. */
  readonly behind?: Readonly<Record<string, readonly [element: string, text: string]>>
  /** By field: the words of the document, and those of the record. */
  readonly words?: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>
}

/**
 * Where the fields of a schema stand in a document, as their terms say: in the order of its properties, which is that of
 * the standard. Fields without a term of it have no place.
 */
export function partsOf(schema: JsonSchema, options: PartsOptions): Part[] {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
  const parts = properties.flatMap(([name, property]) => {
    const isList = property.type === 'array'
    const inner = isList ? (property.items as JsonSchema) : property
    const terms = ownTerms(inner).filter(
      ([standard, term]) => standard === options.standard && !term.startsWith('/'),
    )
    return terms.map(([, term], index) => {
      const part = partAt(term.split('/'), name, inner, isList, options)
      return index === 0 ? part : inmost(part, elsewhere)
    })
  })
  return withBehind(merged(parts), options)
}

function partAt(
  steps: readonly string[],
  field: string,
  schema: JsonSchema,
  isList: boolean,
  options: PartsOptions,
): Leaf | Group {
  const start = isList
    ? listAt(steps, field, schema, options)
    : partFor(steps.at(-1) ?? '', field, schema, options)
  const repeated = isList ? repeatedIn(steps) : steps.length - 1
  return steps.slice(0, repeated).reduceRight<Leaf | Group>((part, step) => around(step, [part]), start)
}

/** The step that is marked, or the last. */
function repeatedIn(steps: readonly string[]): number {
  const marked = steps.findIndex(step => step.endsWith('*'))
  return marked === -1 ? steps.length - 1 : marked
}

function listAt(
  steps: readonly string[],
  field: string,
  schema: JsonSchema,
  options: PartsOptions,
): Leaf | Group {
  const at = repeatedIn(steps)
  const element = (steps[at] as string).replace('*', '')
  const inner = steps.slice(at + 1)
  if (inner.length === 0) return many(partFor(element, field, schema, options))
  if (!schema.properties) return many(bare(element, field, partAt(inner, '', schema, false, options)))
  const last = partFor(inner.at(-1) ?? '', undefined, schema, options)
  const parts = inner.slice(0, -1).reduceRight<Leaf | Group>((part, step) => around(step, [part]), last)
  return many(group(element, field, [parts]))
}

/** `MaterialDefinitionProperty[ID=BaseUnit]`: only the one with this text. */
function around(step: string, parts: readonly Part[]): Group {
  const [, element = step, name, value = ''] = /^(.*)\[(.*)=(.*)\]$/.exec(step) ?? []
  return within(element, name === undefined ? parts : [told(name, value), ...parts])
}

function partFor(
  element: string,
  field: string | undefined,
  schema: JsonSchema,
  options: PartsOptions,
): Leaf | Group {
  const { properties } = schema as { properties?: Record<string, JsonSchema> }
  const words = options.words?.[field ?? '']
  if (!properties) return { kind: 'leaf', element, field, value: kindOf(schema), object: undefined, words }
  const terms = Object.entries(properties).map(([name, inner]) => {
    const [, term = ''] = ownTerms(inner).find(([standard]) => standard === options.standard) ?? []
    return [name, term, inner] as const
  })
  const text = terms.find(([, term]) => term === 'text()')
  if (!text) return { kind: 'group', element, field, parts: partsOf(schema, options) }
  const attributes = terms.flatMap(([name, term]) =>
    term.startsWith('@') ? [[term.slice(1), name] as const] : [],
  )
  const object = { text: text[0], attributes: Object.fromEntries(attributes) }
  return { kind: 'leaf', element, field, value: kindOf(text[2]), object }
}

function kindOf({ type, pattern, minLength, format, enum: values }: JsonSchema): ValueKind {
  if (type === 'boolean') return 'flag'
  if (format === 'date') return 'date'
  if (typeof pattern === 'string' && pattern.includes('(\\.\\d+)?$')) return 'decimal'
  return pattern || minLength || format || values ? 'token' : 'text'
}

/** Elements around several fields are one element. */
function merged(parts: readonly (Leaf | Group)[]): (Leaf | Group)[] {
  const result: (Leaf | Group)[] = []
  for (const part of parts) {
    const at = result.findIndex(other => isAround(other) && isAround(part) && isSame(other, part))
    if (at === -1) result.push(part)
    else {
      const together = [
        ...(result[at] as Group).parts,
        ...(part as Group).parts.filter(p => p.kind !== 'fixed'),
      ]
      result[at] = { ...(result[at] as Group), parts: merged(together as (Leaf | Group)[]) }
    }
  }
  return result
}

function isAround(part: Part): part is Group {
  return part.kind === 'group' && part.field === undefined
}

function isSame(one: Group, other: Group): boolean {
  const telling = ({ parts }: Group) => JSON.stringify(parts.filter(({ kind }) => kind === 'fixed'))
  return one.element === other.element && telling(one) === telling(other)
}

function inmost(part: Leaf | Group, change: typeof elsewhere): Leaf | Group {
  if (part.kind === 'leaf' || part.field !== undefined) return change(part)
  return { ...part, parts: part.parts.map(inner => (inner.kind === 'fixed' ? inner : inmost(inner, change))) }
}

function withBehind(parts: readonly Part[], { behind = {} }: PartsOptions): Part[] {
  const present = new Set(parts.map(({ element }) => element))
  return parts.flatMap(part => {
    const inside = isAround(part)
      ? { ...part, parts: withBehind(part.parts, { standard: '', behind }) }
      : part
    const [element, value = ''] = Object.hasOwn(behind, part.element) ? (behind[part.element] ?? []) : []
    return element === undefined || present.has(element) ? [inside] : [inside, fixed(element, value)]
  })
}
