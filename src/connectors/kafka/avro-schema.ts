import type { Type } from 'avsc'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Avsc } from './driver.ts'

/** A schema as JSON. */
export type Schema = string | readonly Schema[] | SchemaObject

export interface SchemaObject {
  readonly type: Schema
  readonly name?: string
  readonly namespace?: string
  readonly logicalType?: string
  readonly precision?: number
  readonly scale?: number
  readonly size?: number
  readonly fields?: readonly { readonly name: string; readonly type: Schema; readonly default?: unknown }[]
  readonly symbols?: readonly string[]
  readonly items?: Schema
  readonly values?: Schema
}

/** A schema that was read, with the schemas that have a name in it, and the type of the package that goes by it. */
export interface ReadSchema {
  readonly schema: Schema
  readonly names: ReadonlyMap<string, Schema>
  readonly type: Type
}

const primitives: ReadonlySet<unknown> = new Set([
  ...['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'],
])
const named: ReadonlySet<unknown> = new Set(['record', 'error', 'enum', 'fixed'])

/** Throws CONFIG-INVALID for a text that is no schema. */
export function readSchema(text: string, avsc: Avsc): ReadSchema {
  try {
    const schema = JSON.parse(text) as Schema
    const names = new Map<string, Schema>()
    collect(schema, '', names)
    // Every branch of a union is named, so that it can be told which one a value was.
    const type = avsc.Type.forSchema(bare(schema) as never, {
      registry: { long: longType(avsc) },
      wrapUnions: 'always',
    })
    return { schema, names, type }
  } catch (cause) {
    throw new IsthmusError('CONFIG-INVALID', `A schema cannot be used: ${reasonOf(cause).slice(0, 200)}.`, {
      cause,
    })
  }
}

/** The full name of a schema or of a reference to one. Source: Avro 1.12, "Names". */
export function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' || primitives.has(name) ? name : `${namespace}.${name}`
}

/** The namespace in which the parts of a schema stand. */
export function namespaceWithin({ name = '', namespace }: SchemaObject, around: string): string {
  if (name.includes('.')) return name.slice(0, name.lastIndexOf('.'))
  return namespace ?? around
}

export function isNamed(schema: SchemaObject): boolean {
  return named.has(schema.type)
}

function collect(schema: Schema, around: string, names: Map<string, Schema>): void {
  if (typeof schema === 'string') return
  if (Array.isArray(schema)) {
    for (const part of schema) collect(part, around, names)
    return
  }
  const object = schema as SchemaObject
  const within = isNamed(object) ? namespaceWithin(object, around) : around
  if (isNamed(object)) names.set(fullName(object.name ?? '', within), { ...object, namespace: within })
  // It would set the prototype of what is read.
  for (const { name, type } of object.fields ?? []) {
    if (name === '__proto__') throw new Error('a field must not be named __proto__')
    collect(type, within, names)
  }
  for (const part of [object.items, object.values]) if (part !== undefined) collect(part, within, names)
  if (typeof object.type === 'object') collect(object.type, within, names)
}

/** Without logical types, which we read ourselves: what is left of a primitive is its name. */
function bare(schema: Schema): Schema {
  if (typeof schema === 'string') return schema
  if (Array.isArray(schema)) return schema.map(bare)
  const { logicalType, ...object } = schema as SchemaObject
  if (typeof object.type === 'object') return bare(object.type)
  if (primitives.has(object.type)) return object.type
  return {
    ...object,
    ...(object.fields && { fields: object.fields.map(field => ({ ...field, type: bare(field.type) })) }),
    ...(object.items && { items: bare(object.items) }),
    ...(object.values && { values: bare(object.values) }),
  }
}

let exactLong: Type | undefined

/** One for all: types of two schemas are compared. */
function longType(avsc: Avsc): Type {
  exactLong ??= avsc.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer(value: bigint) {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(value)
      return bytes
    },
    // Defaults stand in schemas as numbers of JSON.
    fromJSON: (value: number) => BigInt(value),
    toJSON: (value: bigint) => Number(value),
    isValid: (value: unknown) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
    compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
  })
  return exactLong
}
