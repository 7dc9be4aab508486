import { concepts, kinship } from './concepts.ts'
import { alikeValues } from './samples.ts'
import type { FieldType, SchemaField } from './schema-fields.ts'
import type { NameReader, Reading } from './words.ts'

interface Token {
  readonly concept: string
  readonly weight: number
}

/** A field as it is compared: each of its readings as weighted concepts. */
export interface ReadField {
  readonly field: SchemaField
  readonly readings: readonly (readonly Token[])[]
  /** By its description, where that is short enough to be a name. */
  readonly described: readonly (readonly Token[])[]
}

/** Say less of what a field holds than others do. */
const common: ReadonlyMap<string, number> = new Map([
  ...['number', 'id', 'code', 'name', 'type', 'date', 'time', 'amount', 'user', 'string value', 'data'].map(
    concept => [concept, 0.7] as const,
  ),
  ['document', 0.35],
])
/** What the names around a field weigh together at most. */
const parentsWeight = 0.6
const rootWeight = 0.3
/** A code of these is nothing else than they are. */
const coded = new Set(['type', 'status', 'currency', 'country', 'language', 'unit'])

/** `model` is what the names of the models say: what is said of every field distinguishes none, nor does the name of its list. */
export function readField(given: SchemaField, model: Reading, reader: NameReader): ReadField {
  const depth = given.list.split('.').filter(Boolean).length
  const field = { ...given, names: telling(given.names, depth) }
  const lists = field.names.slice(0, depth)
  const root = [...model, ...lists.flatMap(name => reader.readings(name)[0] ?? [])]
  const inherited = inheritedTokens(field, root, reader)
  const tokensOf = (reading: Reading) => {
    const own = unique(withoutCode(reading)).map(concept => ({ concept, weight: weightOf(concept, root) }))
    return [...named(own), ...inherited.filter(({ concept }) => !reading.includes(concept))]
  }
  const own = reader.readings(field.names.at(-1) ?? '')
  const { description = '' } = field
  const short = description.length <= 40 && description.split(/\s+/).length <= 5
  return {
    field: given,
    readings: own.map(tokensOf),
    described: short && description !== '' ? reader.readings(description).map(tokensOf) : [],
  }
}

/** `quantity.value`, `taxId.id` and `price.amount` are named by what they are the value of. */
function telling(names: readonly string[], lists: number): readonly string[] {
  const [before = '', last = ''] = names.slice(-2)
  const isPlain = /^(?:value|text|amount)$/i.test(last) || (last === 'id' && /ids?$/i.test(before))
  return isPlain && names.length > lists + 1 ? telling(names.slice(0, -1), lists) : names
}

/** Of the objects around it; lists are found to belong together by all of their fields. */
function inheritedTokens(field: SchemaField, root: Reading, reader: NameReader): Token[] {
  const objects = field.names.slice(field.list.split('.').filter(Boolean).length, -1)
  const parents = unique(objects.flatMap(name => reader.readings(name)[0] ?? []))
  const tokens = parents.map(concept => ({ concept, weight: weightOf(concept, root) / 2 }))
  const share = Math.min(1, parentsWeight / weightSum(tokens))
  return tokens.map(({ concept, weight }) => ({ concept, weight: weight * share }))
}

function withoutCode(reading: Reading): Reading {
  return reading.filter((concept, at) => concept !== 'code' || !coded.has(reading[at - 1] ?? ''))
}

/** The plain name of a thing stands for its number. */
function named(tokens: Token[]): Token[] {
  const isThing =
    tokens.length > 0 &&
    tokens.every(
      ({ concept }) => concepts.things.has(concept) || concept === 'purchase' || concept === 'sales',
    )
  return isThing ? [...tokens, { concept: 'number', weight: 0.4 }] : tokens
}

function weightOf(concept: string, root: Reading): number {
  return root.includes(concept) ? rootWeight : (common.get(concept) ?? 1)
}

/** How sure it is that one field holds what the other should, 0 to 1. */
export function score(from: ReadField, to: ReadField, isFlat: boolean): number {
  const byName = best(from.readings, to.readings)
  const byDescription = Math.max(best(from.described, to.readings), best(from.readings, to.described)) * 0.92
  const meaning = Math.max(byName, byName * 0.5 + byDescription * 0.5)
  if (meaning < 0.2) return 0
  const structure = listFactor(from.field, to.field, isFlat)
  const values = alikeValues(from.field, to.field)
  const shallow = 1 - 0.03 * Math.max(0, from.field.names.length - to.field.names.length)
  const judged = meaning * typeFactor(from.field.type, to.field.type) * structure * shallow
  return values === undefined ? judged : judged * (0.75 + 0.25 * values) + 0.1 * values * (1 - judged)
}

function best(from: ReadField['readings'], to: ReadField['readings']): number {
  let most = 0
  for (const [at, a] of from.entries())
    for (const [and, b] of to.entries())
      most = Math.max(most, likeness(a, b) * (1 - 0.03 * Math.min(3, at + and)))
  return most
}

/** Twice the shared weight over the whole: each concept finds its nearest on the other side. */
function likeness(a: readonly Token[], b: readonly Token[]): number {
  const whole = weightSum(a) + weightSum(b)
  return whole === 0 ? 0 : (shared(a, b) + shared(b, a)) / whole
}

function shared(a: readonly Token[], b: readonly Token[]): number {
  let sum = 0
  for (const { concept, weight } of a) {
    let nearest = 0
    for (const other of b) nearest = Math.max(nearest, kinship(concept, other.concept))
    sum += weight * nearest
  }
  return sum
}

function weightSum(tokens: readonly Token[]): number {
  return tokens.reduce((sum, { weight }) => sum + weight, 0)
}

/** A field of a line is not one of the whole; a flat source says nothing of that. */
function listFactor(from: SchemaField, to: SchemaField, isFlat: boolean): number {
  const depth = ({ list }: SchemaField) => list.split('[]').length - 1
  const difference = Math.abs(depth(from) - depth(to))
  if (difference === 0) return 1
  return isFlat ? 0.97 : difference === 1 ? 0.6 : 0.4
}

const alike: Readonly<Record<string, number>> = {
  'decimal integer': 0.97,
  'decimal text': 0.92,
  'integer text': 0.93,
  'date datetime': 0.97,
  'date text': 0.93,
  'datetime text': 0.92,
  'boolean integer': 0.6,
  'boolean text': 0.6,
  'date decimal': 0.3,
  'datetime decimal': 0.3,
  'boolean decimal': 0.3,
  'boolean date': 0.2,
  'boolean datetime': 0.2,
  'date integer': 0.5,
  'datetime integer': 0.5,
}

function typeFactor(a: FieldType, b: FieldType): number {
  if (a === b || a === 'any' || b === 'any') return 1
  return alike[[a, b].toSorted().join(' ')] ?? 0.5
}

function unique(reading: Reading): string[] {
  return [...new Set(reading)]
}
