import type { Json } from '../../message/json-value.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import { code, propertyName } from '../code.ts'
import { referredName } from '../sound-schema.ts'
import { docComment, shortComment } from './comment.ts'
import { call, type Item, type Layout, list, object } from './layout.ts'

/** How another model is written where a schema refers to it. */
export type Refer = (name: string) => Layout

/** A sound schema, written with TypeBox's `Type`; the static type that comes from it says what the schema does. */
export function schemaCode(schema: JsonSchema, refer: Refer): Layout {
  const whole = hasMore(schema, ['not', 'if', 'then', 'else', 'contains', 'propertyNames', 'prefixItems'])
  if (whole && !isNever(schema)) return unsafe(schema, refer)
  const parts = [...alternatives(schema, refer)]
  const own = ownCode(schema, refer)
  if (own !== undefined) parts.unshift(own)
  if (parts.length === 0)
    return call('Type.Unknown', ...options(schema, ['default', 'readOnly', 'writeOnly', 'deprecated']))
  return parts.length === 1 ? (parts[0] as Layout) : call('Type.Intersect', list(parts))
}

function isNever({ not, ...rest }: JsonSchema): boolean {
  return (
    typeof not === 'object' && not !== null && Object.keys(not).length === 0 && Object.keys(rest).length === 0
  )
}

function hasMore(schema: JsonSchema, names: readonly string[]): boolean {
  return names.some(name => name in schema)
}

/** What is said by other schemas. Of `oneOf` it is not checked that no second one fits, too. */
function alternatives(schema: JsonSchema, refer: Refer): Layout[] {
  const { $ref, anyOf, oneOf, allOf } = schema as Record<string, JsonSchema[]>
  const name = typeof schema.$ref === 'string' ? referredName(schema.$ref) : undefined
  const union = (schemas: readonly JsonSchema[]) => {
    const codes = schemas.map(inner => schemaCode(inner, refer))
    return codes.length === 1 ? (codes[0] as Layout) : call('Type.Union', list(codes))
  }
  return [
    ...($ref !== undefined && name !== undefined ? [refer(name)] : []),
    ...(allOf ?? []).map(inner => schemaCode(inner, refer)),
    ...(anyOf ? [union(anyOf)] : []),
    ...(oneOf ? [union(oneOf)] : []),
  ]
}

/** What the schema says itself; undefined where that is nothing. */
function ownCode(schema: JsonSchema, refer: Refer): Layout | undefined {
  if (isNever(schema)) return call('Type.Never')
  if ('const' in schema) return valuesCode([schema.const], schema, refer)
  if (Array.isArray(schema.enum)) return valuesCode(schema.enum, schema, refer)
  const type = schema.type ?? impliedType(schema)
  if (Array.isArray(type)) {
    const codes = type.map(name => typedCode(name, schema, refer))
    return call('Type.Union', list(codes))
  }
  return typeof type === 'string' ? typedCode(type, schema, refer) : undefined
}

/** Documents leave `type` out where it can be told from what else they say. */
function impliedType(schema: JsonSchema): string | undefined {
  if (hasMore(schema, ['properties', 'additionalProperties', 'required', 'minProperties', 'maxProperties']))
    return 'object'
  if (hasMore(schema, ['items', 'minItems', 'maxItems', 'uniqueItems'])) return 'array'
  if (hasMore(schema, ['pattern', 'format', 'minLength', 'maxLength'])) return 'string'
  if (hasMore(schema, ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']))
    return 'number'
  return undefined
}

const notes = ['title', 'default', 'readOnly', 'writeOnly', 'deprecated']
const textOptions = ['format', 'pattern', 'minLength', 'maxLength', ...notes]
const numberOptions = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', ...notes]
const listOptions = ['minItems', 'maxItems', 'uniqueItems', ...notes]
const objectOptions = ['minProperties', 'maxProperties', ...notes]

function typedCode(type: string, schema: JsonSchema, refer: Refer): Layout {
  if (type === 'string') return call('Type.String', ...options(schema, textOptions))
  if (type === 'number') return call('Type.Number', ...options(schema, numberOptions))
  if (type === 'integer') return call('Type.Integer', ...options(schema, numberOptions))
  if (type === 'boolean') return call('Type.Boolean', ...options(schema, notes))
  if (type === 'null') return call('Type.Null', ...options(schema, []))
  if (type === 'array') {
    const items = schemaCode((schema.items ?? {}) as JsonSchema, refer)
    return call('Type.Array', items, ...options(schema, listOptions))
  }
  return objectCode(schema, refer)
}

function objectCode(schema: JsonSchema, refer: Refer): Layout {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>
  const required = new Set((schema.required ?? []) as readonly string[])
  const more = schema.additionalProperties as JsonSchema | undefined
  const names = [...new Set([...Object.keys(properties), ...required])]
  const own = optionItems(schema, objectOptions)
  if (names.length === 0 && !(more && isNever(more))) {
    const value = schemaCode(more ?? {}, refer)
    return call('Type.Record', call('Type.String'), value, ...(own.length > 0 ? [object(own)] : []))
  }
  const items = names.map(name => {
    const inner = properties[name] ?? {}
    const value = schemaCode(inner, refer)
    const code = required.has(name) ? value : call('Type.Optional', value)
    return field(name, code, inner)
  })
  if (more)
    own.unshift({ code: ['additionalProperties: ', isNever(more) ? 'false' : schemaCode(more, refer)] })
  return call('Type.Object', object(items), ...(own.length > 0 ? [object(own)] : []))
}

function field(name: string, value: Layout, { description, $comment }: JsonSchema): Item {
  return {
    code: [`${propertyName(name)}: `, value],
    above: docComment(typeof description === 'string' ? description : undefined),
    behind: typeof $comment === 'string' ? shortComment($comment) : undefined,
  }
}

function valuesCode(values: readonly unknown[], schema: JsonSchema, refer: Refer): Layout {
  const [only] = values
  const simple = values.every(value => typeof value === 'string' || Number.isFinite(value))
  if (values.length === 1 && (simple || typeof only === 'boolean'))
    return call('Type.Literal', valueCode(only), ...options(schema, notes))
  if (values.length === 1 && only === null) return call('Type.Null')
  if (simple) return call('Type.Enum', list(values.map(valueCode)), ...options(schema, notes))
  const scalar = values.every(value => value === null || typeof value !== 'object')
  if (!scalar) return unsafe(schema, refer)
  const kept = values.filter(value => typeof value !== 'boolean' && value !== null)
  const rest = values.filter(value => typeof value === 'boolean' || value === null)
  const first = kept.length > 0 ? [valuesCode(kept, {}, refer)] : []
  const codes = [...first, ...rest.map(value => valuesCode([value], {}, refer))]
  return call('Type.Union', list(codes), ...options(schema, notes))
}

/** For what TypeBox has no builder for: checked as the schema says, of an unknown type. */
function unsafe(schema: JsonSchema, refer: Refer): Layout {
  return call('Type.Unsafe<unknown>', rawCode(schema, refer))
}

const remarks = new Set(['description', '$comment'])

function rawCode(value: unknown, refer: Refer): Layout {
  if (Array.isArray(value)) return list(value.map(item => rawCode(item, refer)))
  if (typeof value !== 'object' || value === null) return valueCode(value)
  const { $ref } = value as { $ref?: unknown }
  const name = typeof $ref === 'string' ? referredName($ref) : undefined
  if (name !== undefined) return refer(name)
  const items = Object.entries(value).filter(([key, text]) => !(remarks.has(key) && typeof text === 'string'))
  return object(items.map(([key, inner]) => ({ code: [`${propertyName(key)}: `, rawCode(inner, refer)] })))
}

function options(schema: JsonSchema, names: readonly string[]): Layout[] {
  const items = optionItems(schema, names)
  return items.length > 0 ? [object(items)] : []
}

function optionItems(schema: JsonSchema, names: readonly string[]): Item[] {
  const given = names.filter(name => name in schema)
  return given.map(name => ({ code: [`${name}: `, valueCode(schema[name])] }))
}

/** A value of JSON as a literal. */
export function valueCode(value: unknown): Layout {
  if (Array.isArray(value)) return list(value.map(valueCode))
  if (typeof value !== 'object' || value === null) return code`${value as Json}`.text
  return object(
    Object.entries(value).map(([name, inner]) => ({ code: [`${propertyName(name)}: `, valueCode(inner)] })),
  )
}
