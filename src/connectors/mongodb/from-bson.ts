import { exactNumber } from '../../message/codec/exact-number.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import type { Driver } from './driver.ts'

/** The field with which effects are told apart. It is ours and not part of a document's data. */
export const effectsField = '_isthmus'

/** How documents are asked for, so that no digit of a 64-bit integer is lost. */
export const exactly = { useBigInt64: true, promoteBuffers: false } as const

/**
 * Brings documents into JSON: decimals and 64-bit integers that JavaScript cannot hold as text, dates in ISO 8601,
 * ObjectId as hexadecimal text, bytes as base64, UUID as text, and what only MongoDB knows (timestamps, patterns) as
 * Extended JSON. Where a schema wants text, a number becomes text, and the other way round if nothing is lost.
 */
export class BsonReader {
  readonly #driver: Driver
  readonly #schema: JsonSchema | undefined
  /** Empty if the model does not list its fields. */
  readonly #names: ReadonlySet<string>

  constructor(driver: Driver, schema: JsonSchema | undefined) {
    this.#driver = driver
    this.#schema = schema
    this.#names = new Set(Object.keys((schema?.properties as object | undefined) ?? {}))
  }

  /** A document, with the fields that the model lists. */
  record(document: object): Record<string, unknown> {
    const all = this.whole(document, this.#schema)
    if (this.#names.size === 0) return all
    return Object.fromEntries(Object.entries(all).filter(([name]) => this.#names.has(name)))
  }

  /** A document with all its fields but ours. */
  whole(document: object, schema?: JsonSchema): Record<string, unknown> {
    const { [effectsField]: _, ...fields } = document as Record<string, unknown>
    return this.value(fields, schema) as Record<string, unknown>
  }

  value(value: unknown, schema?: JsonSchema): unknown {
    if (Array.isArray(value)) {
      const items = schema?.items as JsonSchema | undefined
      return value.map(each => this.value(each, items) ?? null)
    }
    if (value !== null && typeof value === 'object' && isPlain(value)) return this.#object(value, schema)
    return adapted(this.#scalar(value), schema)
  }

  #object(value: object, schema: JsonSchema | undefined): Record<string, unknown> {
    const properties = (schema?.properties ?? {}) as Record<string, JsonSchema>
    const members: [string, unknown][] = []
    for (const [name, member] of Object.entries(value)) {
      const read = this.value(member, Object.hasOwn(properties, name) ? properties[name] : undefined)
      if (read !== undefined) members.push([name, read])
    }
    return Object.fromEntries(members)
  }

  #scalar(value: unknown): unknown {
    const { Binary, Decimal128, ObjectId, BSON } = this.#driver
    if (value === null || value === undefined) return null
    if (typeof value === 'bigint') {
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : String(value)
    }
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
    if (typeof value !== 'object') return value
    if (value instanceof Date) return value.toISOString()
    if (value instanceof ObjectId) return value.toHexString()
    if (value instanceof Decimal128) return value.toString()
    if (value instanceof Binary) {
      const isUuid = value.sub_type === Binary.SUBTYPE_UUID && value.length() === 16
      return isUuid ? value.toUUID().toString() : Buffer.from(value.value()).toString('base64')
    }
    return BSON.EJSON.serialize(value, { relaxed: false })
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What the schema wants it to be, if that says the same; undefined for a null that is better left out. */
function adapted(value: unknown, schema: JsonSchema | undefined): unknown {
  const types = typesOf(schema)
  if (types.length === 0) return value
  if (value === null) return types.includes('null') ? null : undefined
  const isNumber = types.includes('number') || types.includes('integer')
  if (typeof value === 'number' && !isNumber && types.includes('string')) return String(value)
  if (typeof value === 'string' && isNumber && !types.includes('string') && looksNumeric.test(value))
    return exactNumber(value) ?? value
  return value
}

const looksNumeric = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** None if the schema does not say. */
function typesOf(schema: JsonSchema | undefined): readonly string[] {
  const type = schema?.type
  if (typeof type === 'string') return [type]
  if (Array.isArray(type)) return type
  const choices = schema?.anyOf ?? schema?.oneOf
  return Array.isArray(choices) ? choices.flatMap((choice: JsonSchema) => typesOf(choice)) : []
}
