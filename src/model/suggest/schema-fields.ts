import type { JsonSchema } from '../schema-validator.ts'

export type FieldType = 'text' | 'decimal' | 'integer' | 'boolean' | 'date' | 'datetime' | 'any'

/** A field that holds a value, with the way to it: `lines[].price.amount`. */
export interface SchemaField {
  readonly path: string
  /** Names on the way, without brackets; the last is its own. */
  readonly names: readonly string[]
  /** The innermost list around it: `lines[]`; none if it is empty. */
  readonly list: string
  readonly type: FieldType
  readonly required: boolean
  readonly values: readonly string[]
  readonly description: string | undefined
  /** What samples say it holds. */
  samples: readonly string[]
}

type Schema = Readonly<Record<string, unknown>>

interface Place {
  readonly schema: Schema
  readonly path: string
  readonly names: readonly string[]
  readonly list: string
  readonly required: boolean
  /** References on the way, so that schemas that contain themselves come to an end. */
  readonly links: readonly string[]
}

const most = 6000
const deepest = 5

/** Fields of a schema and of what it refers to, the outer ones first, each reference at most once on one way. */
export function fieldsOfSchema(
  schema: JsonSchema,
  definitions: Readonly<Record<string, JsonSchema>> = {},
): SchemaField[] {
  const known = { ...definitions, ...(schema.$defs as Readonly<Record<string, JsonSchema>> | undefined) }
  const fields: SchemaField[] = []
  let places: Place[] = [{ schema, path: '', names: [], list: '', required: true, links: [] }]
  while (places.length > 0 && fields.length < most) {
    const next: Place[] = []
    for (const place of places) {
      const met = resolved(place, known)
      if (!met) continue
      const inner = insideOf(met)
      if (inner) next.push(...inner)
      else if (met.names.length > 0) fields.push(fieldAt(met))
    }
    places = next.filter(({ names }) => names.length <= deepest)
  }
  return fields
}

/** Behind references and what is only there to allow null. */
function resolved(place: Place, known: Readonly<Record<string, JsonSchema>>): Place | undefined {
  const { schema, links } = place
  if (typeof schema !== 'object' || schema === null) return undefined
  if (typeof schema.$ref === 'string') {
    const name = decodeURIComponent(schema.$ref.split('/').at(-1) ?? '')
    const target = Object.hasOwn(known, name) ? known[name] : undefined
    if (!target || links.includes(name)) return undefined
    const described =
      schema.description === undefined ? target : { ...target, description: schema.description }
    return resolved({ ...place, schema: described, links: [...links, name] }, known)
  }
  const options = (schema.anyOf ?? schema.oneOf ?? schema.allOf) as readonly Schema[] | undefined
  if (!Array.isArray(options) || schema.properties) return place
  const [first] = options.filter(({ type }) => type !== 'null')
  return first && resolved({ ...place, schema: first }, known)
}

function insideOf(place: Place): Place[] | undefined {
  const { schema, path, names, links } = place
  if (schema.items !== undefined) {
    const list = `${path}[]`
    const items = schema.items as Schema
    return [{ ...place, schema: items, path: list, list }]
  }
  const properties = schema.properties as Readonly<Record<string, Schema>> | undefined
  if (!properties) return undefined
  const required = (schema.required ?? []) as readonly string[]
  return Object.entries(properties).map(([name, inner]) => ({
    schema: inner,
    path: path === '' ? name : `${path}.${name}`,
    names: [...names, name],
    list: place.list,
    required: place.required && required.includes(name),
    links,
  }))
}

function fieldAt({ schema, path, names, list, required }: Place): SchemaField {
  const values = Array.isArray(schema.enum) ? schema.enum.filter(value => value !== null).map(String) : []
  const description = typeof schema.description === 'string' ? schema.description : undefined
  const examples = Array.isArray(schema.examples) ? schema.examples.map(String) : []
  // A list of plain values is one field of what is around it.
  const around = path.endsWith('[]') ? (/^.*\[\](?=.*\[\]$)/.exec(path)?.[0] ?? '') : list
  return { path, names, list: around, type: typeOf(schema), required, values, description, samples: examples }
}

function typeOf(schema: Schema): FieldType {
  const types = [schema.type].flat().filter(type => type !== 'null')
  if (schema.format === 'date') return 'date'
  if (schema.format === 'date-time' || isDatePattern(schema)) return 'datetime'
  if (types.includes('integer')) return 'integer'
  if (types.includes('number')) return 'decimal'
  if (types.includes('boolean')) return 'boolean'
  if (types.includes('string')) return isDecimalText(schema) ? 'decimal' : 'text'
  return Array.isArray(schema.enum) ? 'text' : 'any'
}

function isDatePattern({ pattern }: Schema): boolean {
  return typeof pattern === 'string' && /^\^\(?\\d\{4\}-/.test(pattern)
}

/** Decimals are text of digits with a point. */
function isDecimalText({ pattern, format }: Schema): boolean {
  return (
    format === 'decimal' ||
    (typeof pattern === 'string' && pattern.includes('\\d+') && pattern.includes('\\.'))
  )
}
