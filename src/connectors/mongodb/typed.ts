import { IsthmusError } from '../../errors.ts'

/**
 * What BSON knows and JSON does not, with the text that stands for it: `decimal` (Decimal128, at most 34 digits),
 * `long` (64-bit integer), `date` (ISO 8601 with zone, or a day, which is its midnight in UTC; milliseconds at most),
 * `objectId` (24 hexadecimal digits), `binary` (base64), `uuid`.
 */
export type BsonType = 'decimal' | 'long' | 'date' | 'objectId' | 'binary' | 'uuid'

/** Types by path: `amount`, `lines.price`. Lists on the way are passed through. */
export type BsonTypes = Readonly<Record<string, BsonType>>

/** What stands in filters and pipelines: JSON, dates, and `typed` values. */
export type BsonValue =
  | null
  | boolean
  | number
  | string
  | Date
  | Typed
  | undefined
  | readonly BsonValue[]
  | { readonly [name: string]: BsonValue }

/** A value with its BSON type. */
export class Typed {
  readonly type: BsonType
  readonly value: string | number

  constructor(type: BsonType, value: string | number) {
    this.type = type
    this.value = value
  }
}

/** A value of a type that JSON does not have, for filters and pipelines: `typed('objectId', request.id)`. */
export function typed(type: BsonType, value: string | number): BsonValue {
  return new Typed(type, value)
}

const known: ReadonlySet<string> = new Set<BsonType>([
  'decimal',
  'long',
  'date',
  'objectId',
  'binary',
  'uuid',
])

/** Throws FLOW-DEFINITION for a type that there is not. */
export function checkTypes(id: string, types: BsonTypes): void {
  for (const [path, type] of Object.entries(types))
    if (!known.has(type))
      throw new IsthmusError('FLOW-DEFINITION', `${id} gives ${path} the type ${type}, which there is not.`)
}
