import type { JsonSchema } from '../model/schema-validator.ts'

/** A difference between two schemas, at a path of fields: `lines[].qty`; an empty one for the schema itself. */
export interface SchemaChange {
  readonly path: string
  readonly kind:
    | 'field-added'
    | 'field-removed'
    | 'type-changed'
    | 'now-required'
    | 'now-optional'
    | 'values-added'
    | 'values-removed'
    | 'null-allowed'
    | 'null-refused'
    | 'limit-changed'
  readonly text: string
  /** Of a field that was added. */
  readonly required?: boolean
}

type Schema = Readonly<Record<string, unknown>>

/** Models that both refer to by the same name are not looked into: they are compared by themselves. */
export function compareSchemas(before: JsonSchema, after: JsonSchema, path = ''): SchemaChange[] {
  const [old, oldNull] = withoutNull(before)
  const [now, nowNull] = withoutNull(after)
  const changes: SchemaChange[] = []
  if (oldNull !== nowNull)
    changes.push({
      path,
      kind: nowNull ? 'null-allowed' : 'null-refused',
      text: nowNull ? 'may be null now' : 'is never null now',
    })
  const [was, is] = [typeText(old), typeText(now)]
  if (was !== is) return [...changes, { path, kind: 'type-changed', text: `was ${was}, is ${is}` }]
  return [...changes, ...values(old, now, path), ...limits(old, now, path), ...inside(old, now, path)]
}

function inside(old: Schema, now: Schema, path: string): SchemaChange[] {
  if (typeof old.items === 'object' && typeof now.items === 'object')
    return compareSchemas(old.items as Schema, now.items as Schema, `${path}[]`)
  const maps = [old.additionalProperties, now.additionalProperties]
  const rest = maps.every(map => typeof map === 'object' && map !== null)
    ? compareSchemas(maps[0] as Schema, maps[1] as Schema, `${path}{}`)
    : []
  return [...fields(old, now, path), ...rest]
}

function fields(old: Schema, now: Schema, path: string): SchemaChange[] {
  const [was, is] = [properties(old), properties(now)]
  const [needed, needs] = [required(old), required(now)]
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  const removed = Object.keys(was).filter(name => !Object.hasOwn(is, name))
  const changes: SchemaChange[] = removed.map(name => ({
    path: at(name),
    kind: 'field-removed',
    text: 'is gone',
  }))
  for (const [name, inner] of Object.entries(is)) {
    const isNeeded = needs.has(name)
    if (!Object.hasOwn(was, name)) {
      const text = `is new: ${typeText(withoutNull(inner)[0])}, ${isNeeded ? 'required' : 'optional'}`
      changes.push({ path: at(name), kind: 'field-added', text, required: isNeeded })
      continue
    }
    if (isNeeded !== needed.has(name))
      changes.push({
        path: at(name),
        kind: isNeeded ? 'now-required' : 'now-optional',
        text: isNeeded ? 'was optional, is required' : 'was required, is optional',
      })
    changes.push(...compareSchemas(was[name] as Schema, inner, at(name)))
  }
  return changes
}

function values(old: Schema, now: Schema, path: string): SchemaChange[] {
  const [was, is] = [valuesOf(old), valuesOf(now)]
  if (!was && !is) return []
  if (!was || !is) {
    const text = is ? `may only be ${[...is].join(', ')} now` : 'may be anything now, not only known values'
    return [{ path, kind: is ? 'values-removed' : 'values-added', text }]
  }
  const added = [...is].filter(value => !was.has(value))
  const removed = [...was].filter(value => !is.has(value))
  return [
    ...(added.length > 0
      ? [{ path, kind: 'values-added' as const, text: `may be ${added.join(', ')}, too` }]
      : []),
    ...(removed.length > 0
      ? [{ path, kind: 'values-removed' as const, text: `is no longer ${removed.join(', ')}` }]
      : []),
  ]
}

function valuesOf(schema: Schema): Set<string> | undefined {
  if ('const' in schema) return new Set([JSON.stringify(schema.const)])
  if (!Array.isArray(schema.enum)) return undefined
  return new Set(schema.enum.map(value => JSON.stringify(value)))
}

const limitNames = [
  ...[
    'format',
    'pattern',
    'minLength',
    'maxLength',
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
  ],
  ...['multipleOf', 'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties'],
]

function limits(old: Schema, now: Schema, path: string): SchemaChange[] {
  return limitNames.flatMap(name => {
    const [was, is] = [old[name], now[name]]
    if (JSON.stringify(was) === JSON.stringify(is)) return []
    const text = `${name} was ${JSON.stringify(was) ?? 'not set'}, is ${JSON.stringify(is) ?? 'not set'}`
    return { path, kind: 'limit-changed' as const, text }
  })
}

/** The schema of values other than null, and whether null is one, too. */
function withoutNull(schema: Schema): readonly [Schema, boolean] {
  const { type, anyOf, ...rest } = schema
  if (Array.isArray(type) && type.includes('null')) {
    const types = type.filter(name => name !== 'null')
    return [{ ...schema, type: types.length === 1 ? types[0] : types }, true]
  }
  if (!Array.isArray(anyOf) || !anyOf.some(inner => Object(inner).type === 'null')) return [schema, false]
  const kept = anyOf.filter(inner => Object(inner).type !== 'null')
  const [only] = kept
  return [kept.length === 1 ? { ...rest, ...only } : { ...rest, anyOf: kept }, true]
}

/** What a person calls it. Equal texts are followed further, or are the same. */
function typeText(schema: Schema): string {
  const { $ref, type, anyOf, oneOf, allOf } = schema
  if (typeof $ref === 'string') return $ref.slice('#/$defs/'.length)
  const several = (anyOf ?? oneOf ?? allOf) as readonly Schema[] | undefined
  if (several) return `${allOf ? 'all' : 'one'} of (${several.map(inner => partText(inner)).join(', ')})`
  if (schema.items) return 'list'
  if (schema.properties) return 'object'
  if (Array.isArray(schema.enum) || 'const' in schema) return type === undefined ? 'value' : String(type)
  return type === undefined ? 'anything' : [type].flat().join(' or ')
}

/** Parts of a choice have no path of their own: what differs in one of them makes it another type. */
function partText(schema: Schema): string {
  const text = typeText(schema)
  const { description: _, $comment: __, $ref, ...rest } = schema
  return $ref === undefined && text !== 'anything' && Object.keys(rest).length > 1
    ? JSON.stringify(rest)
    : text
}

function properties(schema: Schema): Readonly<Record<string, Schema>> {
  return (schema.properties ?? {}) as Record<string, Schema>
}

function required(schema: Schema): ReadonlySet<string> {
  return new Set((schema.required ?? []) as string[])
}
