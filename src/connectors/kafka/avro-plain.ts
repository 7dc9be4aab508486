import { IsthmusError } from '../../errors.ts'
import { setOwn } from '../../message/codec/codec.ts'
import { type Logical, logicals, unfit } from './avro-logical.ts'
import {
  fullName,
  isNamed,
  namespaceWithin,
  type ReadSchema,
  type Schema,
  type SchemaObject,
} from './avro-schema.ts'

type Names = ReadSchema['names']

/** A schema at its place: where its references are looked up. */
interface Placed {
  readonly schema: SchemaObject
  readonly within: string
}

/** What the package has read, as plain data. Values of unions come without the name of their branch. */
export function toPlain({ schema, names }: ReadSchema, value: unknown): unknown {
  return plain(schema, '', names, value)
}

/** What the package writes, made of plain data. Of a union, the first branch that the data fits. Throws MSG-ENCODE. */
export function fromPlain({ schema, names }: ReadSchema, data: unknown): unknown {
  return avro(schema, '', names, data)
}

function plain(schema: Schema, around: string, names: Names, value: unknown): unknown {
  if (Array.isArray(schema)) {
    if (value === null) return null
    const [[branch, inner] = ['', undefined]] = Object.entries(value as object)
    const found = schema.find(each => branchOf(each, around) === branch)
    return plain(found ?? branch, around, names, inner)
  }
  const { schema: own, within } = resolve(schema as string | SchemaObject, around, names)
  const logical = logicalOf(own)
  if (logical) return logical.toText(value as never, own)
  switch (own.type) {
    case 'long':
      return exactNumber(value as bigint)
    case 'float':
    case 'double':
      if (Number.isFinite(value)) return value
      throw new IsthmusError('MSG-DECODE', 'A number is infinite, or none, which JSON does not have.')
    case 'bytes':
    case 'fixed':
      return Buffer.from(value as Uint8Array).toString('base64')
    case 'array':
      return (value as unknown[]).map(each => plain(own.items ?? 'null', within, names, each))
    case 'map':
      return entries(Object.entries(value as object), each =>
        plain(own.values ?? 'null', within, names, each),
      )
    case 'record':
    case 'error': {
      const record: Record<string, unknown> = {}
      for (const { name, type } of own.fields ?? [])
        setOwn(record, name, plain(type, within, names, (value as Record<string, unknown>)[name]))
      return record
    }
    default:
      return value
  }
}

function avro(schema: Schema, around: string, names: Names, data: unknown): unknown {
  if (Array.isArray(schema)) return unionOf(schema, around, names, data)
  const { schema: own, within } = resolve(schema as string | SchemaObject, around, names)
  const logical = logicalOf(own)
  if (logical) return logical.fromText(textIn(data), own)
  switch (own.type) {
    case 'long':
      return longOf(data)
    case 'bytes':
    case 'fixed':
      return bytesOf(data, own.size)
    case 'enum':
      if (own.symbols?.includes(data as string)) return data
      throw unfit('one of the symbols of an enum')
    case 'array':
      if (!Array.isArray(data)) throw unfit('a list')
      return data.map((each, n) => at(`item ${n + 1}`, () => avro(own.items ?? 'null', within, names, each)))
    case 'map':
      return entries(Object.entries(objectIn(data)), (each, key) =>
        at(key.slice(0, 60), () => avro(own.values ?? 'null', within, names, each)),
      )
    case 'record':
    case 'error':
      return recordOf(own, within, names, objectIn(data))
    default:
      return checked(own.type as string, data)
  }
}

function unionOf(branches: readonly Schema[], around: string, names: Names, data: unknown): unknown {
  if (data === null || data === undefined) {
    if (branches.includes('null')) return null
    throw unfit('a value')
  }
  for (const branch of branches) {
    if (branch === 'null') continue
    try {
      return { [branchOf(branch, around)]: avro(branch, around, names, data) }
    } catch (error) {
      if (!(error instanceof IsthmusError)) throw error
    }
  }
  throw unfit('one of several types')
}

function recordOf(own: SchemaObject, within: string, names: Names, data: Readonly<Record<string, unknown>>) {
  const fields = own.fields ?? []
  const stranger = Object.keys(data).find(name => !fields.some(field => field.name === name))
  if (stranger !== undefined)
    throw unfit(`a record without the field ${JSON.stringify(stranger.slice(0, 60))}`)
  const record: Record<string, unknown> = {}
  for (const field of fields) {
    const value = Object.hasOwn(data, field.name) ? data[field.name] : undefined
    // The package fills in the default.
    if (value === undefined && 'default' in field) continue
    record[field.name] = at(field.name, () => avro(field.type, within, names, value))
  }
  return record
}

/** What does not fit says where it stands: `lines: item 2: amount: The schema wants ...` */
function at<T>(place: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof IsthmusError)) throw error
    throw new IsthmusError(error.code, `${place}: ${error.message}`)
  }
}

/** What a schema is, wherever it is named, and the namespace in which its parts stand. */
export function resolve(schema: string | SchemaObject, around: string, names: Names): Placed {
  if (typeof schema === 'string') {
    const named = names.get(fullName(schema, around)) ?? names.get(schema)
    if (named === undefined) return { schema: { type: schema }, within: around }
    const found = named as SchemaObject
    return { schema: found, within: found.namespace ?? '' }
  }
  if (isNamed(schema)) return { schema, within: namespaceWithin(schema, around) }
  if (typeof schema.type === 'object' && !Array.isArray(schema.type))
    return resolve(schema.type as SchemaObject, around, names)
  if (typeof schema.type === 'string' && names.has(fullName(schema.type, around)))
    return resolve(schema.type, around, names)
  return { schema, within: around }
}

function branchOf(schema: Schema, around: string): string {
  if (typeof schema === 'string') return fullName(schema, around)
  const object = schema as SchemaObject
  if (isNamed(object)) return fullName(object.name ?? '', namespaceWithin(object, around))
  return typeof object.type === 'string' ? object.type : branchOf(object.type, around)
}

function logicalOf({ logicalType, type }: SchemaObject): Logical | undefined {
  return logicalType === undefined ? undefined : logicals.get(`${logicalType} ${type}`)
}

function entries(
  list: [string, unknown][],
  make: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const [name, value] of list) setOwn(object, name, make(value, name))
  return object
}

function exactNumber(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

function longOf(data: unknown): bigint {
  if (Number.isSafeInteger(data) || (typeof data === 'string' && /^-?\d{1,19}$/.test(data))) {
    const value = BigInt(data as number | string)
    if (BigInt.asIntN(64, value) === value) return value
  }
  throw unfit('a whole number of 64 bits')
}

function bytesOf(data: unknown, size: number | undefined): Buffer {
  const bytes = Buffer.from(textIn(data), 'base64')
  if (bytes.toString('base64') !== data) throw unfit('bytes in base64')
  if (size !== undefined && bytes.length !== size) throw unfit(`${size} bytes`)
  return bytes
}

function textIn(data: unknown): string {
  if (typeof data === 'string') return data
  throw unfit('a text')
}

function objectIn(data: unknown): Readonly<Record<string, unknown>> {
  if (data !== null && typeof data === 'object' && !Array.isArray(data))
    return data as Record<string, unknown>
  throw unfit('an object')
}

const checks: Readonly<Record<string, (data: unknown) => boolean>> = {
  null: data => data === null,
  boolean: data => typeof data === 'boolean',
  int: data => Number.isInteger(data) && (data as number) === ((data as number) | 0),
  float: data => Number.isFinite(data) && Math.fround(data as number) === data,
  double: data => Number.isFinite(data),
  string: data => typeof data === 'string' && data.isWellFormed(),
}

function checked(type: string, data: unknown): unknown {
  const check = checks[type]
  if (check === undefined || check(data)) return data
  throw unfit(`a value of the type ${type}`)
}
