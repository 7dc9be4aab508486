import { IsthmusError } from '../../errors.ts'
import type { Driver } from './driver.ts'
import { type BsonType, type BsonTypes, Typed } from './typed.ts'

/** Whose names these are: those of data may not look like operators, the author's may. */
type Author = 'data' | 'author'

/**
 * Brings JSON into BSON: whole numbers beyond 32 bits as 64-bit integers, and declared fields with their types. Throws
 * MSG-ENCODE, naming the path, for what BSON would change, and for names that MongoDB could take for its own.
 */
export class BsonWriter {
  readonly #driver: Driver
  readonly #types: ReadonlyMap<string, BsonType>
  readonly #author: Author

  constructor(driver: Driver, types: BsonTypes, author: Author) {
    this.#driver = driver
    this.#types = new Map(Object.entries(types))
    this.#author = author
  }

  fields(record: object): Record<string, unknown> {
    return this.#object(record, '')
  }

  value(value: unknown, path: string): unknown {
    if (value === null) return null
    if (value instanceof Typed) return this.#typed(value.type, value.value, path)
    if (Array.isArray(value)) return value.map(each => this.value(each ?? null, path))
    const type = this.#types.get(path)
    if (type !== undefined) return this.#typed(type, value, path)
    switch (typeof value) {
      case 'boolean':
        return value
      case 'number':
        return this.#number(value, path)
      case 'bigint':
        return this.#typed('long', String(value), path)
      case 'string':
        if (!value.isWellFormed()) throw refused(path, 'holds half of a character')
        return value
      case 'object':
        return this.#object(value, path)
      default:
        throw refused(path, `is a ${typeof value}`)
    }
  }

  #number(value: number, path: string): unknown {
    if (!Number.isFinite(value)) throw refused(path, `is ${value}`)
    const isLong = Number.isSafeInteger(value) && Math.abs(value) > 0x7fff_ffff
    return isLong ? this.#driver.Long.fromNumber(value) : value
  }

  #object(value: object, path: string): Record<string, unknown> {
    if (value instanceof Date && this.#author === 'author') return value as unknown as Record<string, unknown>
    const prototype = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) throw refused(path, 'is no plain object')
    const members: [string, unknown][] = []
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue
      const below = path === '' ? name : `${path}.${name}`
      this.#checkName(name, below)
      members.push([name, this.value(member, below)])
    }
    return Object.fromEntries(members)
  }

  #checkName(name: string, path: string): void {
    // The driver would take an object with this name for one of its own.
    if (name === '_bsontype' || name === '__proto__' || name.includes('\0') || !name.isWellFormed())
      throw refused(path, 'has a name that is not allowed')
    if (this.#author === 'author') return
    if (name.startsWith('$') || name.includes('.') || name === '')
      throw refused(path, 'has a name that is empty, begins with "$" or contains "."')
  }

  #typed(type: BsonType, value: unknown, path: string): unknown {
    if (typeof value !== 'string' && typeof value !== 'number') throw refused(path, `is no ${type}`)
    const text = String(value)
    try {
      const made = makers[type](this.#driver, text)
      if (made !== undefined) return made
    } catch {
      // The driver's errors quote the value.
    }
    throw refused(path, `cannot be written as ${type} without loss`)
  }
}

const day = /^\d{4}-\d\d-\d\d$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3}0*)?)?(Z|[+-]\d\d:?\d\d)$/i

/** Undefined, or an error, for what is none. */
const makers: Readonly<Record<BsonType, (driver: Driver, text: string) => unknown>> = {
  decimal: ({ Decimal128 }, text) =>
    /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Decimal128.fromString(text) : undefined,
  long: ({ Long }, text) => {
    if (!/^-?\d{1,19}$/.test(text)) return undefined
    const value = BigInt(text)
    return BigInt.asIntN(64, value) === value ? Long.fromBigInt(value) : undefined
  },
  date: (_, text) => {
    if (!day.test(text) && !instant.test(text)) return undefined
    const date = new Date(text)
    const isThere = new Date(`${text.slice(0, 10)}T00:00:00Z`).toJSON()?.slice(0, 10) === text.slice(0, 10)
    return isThere && Number.isFinite(date.getTime()) ? date : undefined
  },
  objectId: ({ ObjectId }, text) => (/^[0-9a-f]{24}$/i.test(text) ? new ObjectId(text) : undefined),
  binary: ({ Binary }, text) => {
    const bytes = Buffer.from(text, 'base64')
    return bytes.toString('base64') === text ? new Binary(bytes) : undefined
  },
  uuid: ({ UUID }, text) => new UUID(text),
}

function refused(path: string, problem: string): IsthmusError {
  return new IsthmusError('MSG-ENCODE', `${path || 'the record'} ${problem}.`)
}
