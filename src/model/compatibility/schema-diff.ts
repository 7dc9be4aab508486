import type { JsonSchema } from '../schema-validator.ts'
import { compareLimits } from './schema-limits.ts'
import { compareTypes, typeText } from './schema-types.ts'

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
    | 'loosened'
    | 'tightened'
    | 'limit-changed'
  readonly text: string
  /** Of a field that was added. */
  readonly required?: boolean
  /** Of a field that was added: what was there before refused fields that it did not know. */
  readonly refused?: boolean
}

type Schema = Readonly<Record<string, unknown>>

/** Models that both refer to by the same name are not looked into: they are compared by themselves. */
export function compareSchemas(before: JsonSchema, after: JsonSchema, path = ''): SchemaChange[] {
  const [old, oldNull] = asValues(withoutNull(before))
  const [now, nowNull] = asValues(withoutNull(after))
  const changes: SchemaChange[] = []
  if (oldNull !== nowNull)
    changes.push({
      path,
      kind: nowNull ? 'null-allowed' : 'null-refused',
      text: nowNull ? 'may be null now' : 'is never null now',
    })
  const turn = compareTypes(old, now)
  if (turn) {
    const text = `was ${typeText(old)}, is ${typeText(now)}`
    changes.push({ path, kind: turn.kind === 'changed' ? 'type-changed' : turn.kind, text })
    if (!turn.goesOn) return changes
  }
  return [...changes, ...values(old, now, path), ...limits(old, now, path), ...inside(old, now, path)]
}

function inside(old: Schema, now: Schema, path: string): SchemaChange[] {
  return [...items(old, now, path), ...fields(old, now, path), ...otherFields(old, now, path)]
}

function items(old: Schema, now: Schema, path: string): SchemaChange[] {
  const [first, firstNow] = [old.prefixItems, now.prefixItems].map(list => (list ?? []) as readonly Schema[])
  if (!first || !firstNow) return []
  const places = Array.from({ length: Math.max(first.length, firstNow.length) }, (_, n) =>
    innerSchemas(first[n], firstNow[n], `${path}[${n}]`),
  )
  return [...places.flat(), ...innerSchemas(old.items, now.items, `${path}[]`)]
}

/** What is within; where there was nothing, or is nothing any more, anything fits. */
function innerSchemas(old: unknown, now: unknown, path: string): SchemaChange[] {
  if (old === undefined && now === undefined) return []
  return compareSchemas(asSchema(old), asSchema(now), path)
}

function asSchema(schema: unknown): Schema {
  if (schema === false) return { not: {} }
  return typeof schema === 'object' && schema !== null ? (schema as Schema) : {}
}

/** Fields without a name of their own. New ones are like any new field, since more may come than is read. */
function otherFields(old: Schema, now: Schema, path: string): SchemaChange[] {
  const [was, is] = [asSchema(old.additionalProperties), asSchema(now.additionalProperties)]
  const at = `${path}{}`
  if (isNothing(was) && !isNothing(is))
    return [{ path: at, kind: 'field-added', text: 'may have other fields, too', refused: true }]
  if (isNothing(is) && !isNothing(was)) {
    const kind = Object.keys(was).length === 0 ? 'tightened' : 'field-removed'
    return [{ path: at, kind, text: 'may not have other fields any more' }]
  }
  return innerSchemas(old.additionalProperties, now.additionalProperties, at)
}

function refusing(old: Schema): { refused?: true } {
  return isNothing(asSchema(old.additionalProperties)) ? { refused: true } : {}
}

/** Whether no value fits. */
function isNothing({ not }: Schema): boolean {
  return typeof not === 'object' && not !== null && Object.keys(not).length === 0
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
      changes.push({ path: at(name), kind: 'field-added', text, required: isNeeded, ...refusing(old) })
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

function limits(old: Schema, now: Schema, path: string): SchemaChange[] {
  return compareLimits(old, now).map(({ turn, text }) => ({
    path,
    kind: turn === 'changed' ? 'limit-changed' : turn,
    text,
  }))
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

/** A choice of constants is what an enumeration of them is. */
function asValues([schema, isNull]: readonly [Schema, boolean]): readonly [Schema, boolean] {
  const { anyOf, oneOf, ...rest } = schema
  const choices = (anyOf ?? oneOf) as readonly Schema[] | undefined
  if (!Array.isArray(choices) || !choices.every(each => 'const' in Object(each))) return [schema, isNull]
  return [{ ...rest, enum: choices.map(each => each.const) }, isNull]
}

function properties(schema: Schema): Readonly<Record<string, Schema>> {
  return (schema.properties ?? {}) as Record<string, Schema>
}

function required(schema: Schema): ReadonlySet<string> {
  return new Set((schema.required ?? []) as string[])
}
