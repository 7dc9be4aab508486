import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { type Edm, type EdmType, type EdmTyped, isKindOf, type OdataVersion, typeOf } from './edm.ts'
import { primitiveOf } from './primitive.ts'

type Fields = Readonly<Record<string, unknown>>

/** Control information that data may carry: it is kept from the body, or belongs into it as it is. */
const etagField = '@odata.etag'

/** Turns records of data into JSON as the service has it, and back, by the types of its `$metadata`. */
export class EntityFormat {
  readonly edm: Edm
  readonly version: OdataVersion
  readonly #channel: string

  /** `channel` is its name in messages. */
  constructor(edm: Edm, version: OdataVersion, channel: string) {
    this.edm = edm
    this.version = version
    this.#channel = channel
  }

  /** Throws MSG-ENCODE with the name of the field that is unknown, or whose type cannot hold its value. */
  write(data: unknown, type: string): Json {
    return this.#writeRecord(data, this.#type(type), '')
  }

  /** Throws MSG-DECODE with the name of the field that is not what the type says. */
  read(json: unknown, type: string): Record<string, Json> {
    return this.#readRecord(json, this.#type(type), '')
  }

  writeTyped(value: unknown, typed: EdmTyped, at = typed.name): Json {
    if (value === null) return null
    if (!typed.collection) return this.#writeOne(value, typed, at)
    if (Array.isArray(value))
      return value.map((each, place) => this.#writeOne(each, typed, `${at}[${place}]`))
    throw this.#unwritable(at, 'is a list')
  }

  readTyped(value: unknown, typed: EdmTyped, at = typed.name): Json {
    if (value === null || value === undefined) return null
    if (!typed.collection) return this.#readOne(value, typed, at)
    const items = isRecord(value) && Array.isArray(value.results) ? value.results : value
    if (Array.isArray(items)) return items.map((each, place) => this.#readOne(each, typed, `${at}[${place}]`))
    throw this.#unreadable(at, 'is no list')
  }

  /** As it stands in keys, filters and parameters; not yet encoded for an address. */
  literal(value: unknown, type: string, at: string): string {
    if (value === null) return 'null'
    const members = this.edm.enums.get(type)
    if (members && typeof value === 'string' && /^[\w, -]+$/.test(value)) return `${type}'${value}'`
    const literal = primitiveOf(type)?.literal(value, this.version)
    if (literal !== undefined) return literal
    throw this.#unwritable(at, `is ${type}, which ${kindOf(value)} cannot be`)
  }

  #type(name: string): EdmType {
    return typeOf(this.edm, name, this.#channel)
  }

  #writeRecord(data: unknown, declared: EdmType, at: string): Json {
    if (!isRecord(data)) throw this.#unwritable(at || 'it', 'is a record')
    const type = this.#derived(data['@odata.type'], declared)
    const written: Record<string, Json> = {}
    for (const [name, value] of Object.entries(data)) {
      if (value === undefined || (name === etagField && at === '')) continue
      const path = at ? `${at}.${name}` : name
      const typed = type.properties.get(name) ?? type.navigations.get(name)
      if (typed) {
        written[name] = this.writeTyped(value, typed, path)
        this.#checkScale(written[name], type.properties.get(name)?.scale, path)
      } else if (type.open || isControl(name, type)) written[name] = value as Json
      else throw this.#unwritable(path, `is no field of ${type.name}`, true)
    }
    return written
  }

  #writeOne(value: unknown, { type }: EdmTyped, at: string): Json {
    if (this.edm.types.has(type)) return this.#writeRecord(value, this.#type(type), at)
    const primitive = primitiveOf(type)
    const members = this.edm.enums.get(type)
    if (members && typeof value !== 'string')
      throw this.#unwritable(at, `is one of ${members.members.join(', ')}`)
    if (!primitive) return value as Json
    const written = primitive.write(value, this.version)
    if (written !== undefined) return written
    throw this.#unwritable(at, `is ${type}, which ${kindOf(value)} cannot be`)
  }

  /** A service would round, and nobody would know. */
  #checkScale(written: Json | undefined, scale: number | undefined, at: string): void {
    if (typeof written !== 'string' || scale === undefined) return
    const [, fraction = ''] = /^-?\d+\.(\d+)$/.exec(written) ?? []
    if (/[1-9]/.test(fraction.slice(scale)))
      throw this.#unwritable(at, `has at most ${scale} digits behind the point`)
  }

  #readRecord(json: unknown, declared: EdmType, at: string): Record<string, Json> {
    if (!isRecord(json)) throw this.#unreadable(at || 'it', 'is no record')
    const type = this.#derived(json['@odata.type'] ?? json['@type'], declared)
    const data: Record<string, Json> = {}
    for (const [name, value] of Object.entries(json)) {
      const path = at ? `${at}.${name}` : name
      const property = type.properties.get(name)
      const navigation = type.navigations.get(name)
      if (property) data[name] = this.readTyped(value, property, path)
      else if (navigation && !isDeferred(value)) data[name] = this.readTyped(value, navigation, path)
      else if (!navigation && !name.includes('@') && name !== '__metadata') data[name] = value as Json
    }
    const etag = etagIn(json)
    if (at === '' && etag !== undefined) data[etagField] = etag
    return data
  }

  #readOne(value: unknown, { type }: EdmTyped, at: string): Json {
    if (this.edm.types.has(type)) return this.#readRecord(value, this.#type(type), at)
    const primitive = primitiveOf(type)
    if (!primitive) return value as Json
    const read = primitive.read(value, this.version)
    if (read !== undefined) return read
    throw this.#unreadable(at, `is no ${type}`)
  }

  /** The type that a record names itself, where it is made from the declared one. */
  #derived(named: unknown, declared: EdmType): EdmType {
    if (typeof named !== 'string') return declared
    const name = named.replace(/^.*#/, '')
    const type = this.edm.types.get(name)
    return type && isKindOf(this.edm, name, declared.name) ? type : declared
  }

  #unwritable(at: string, what: string, unknown = false): IsthmusError {
    return new IsthmusError(
      'MSG-ENCODE',
      `${this.#channel}: the field ${at} ${what}${unknown ? '' : ' there'}`,
    )
  }

  #unreadable(at: string, what: string): IsthmusError {
    return new IsthmusError('MSG-DECODE', `${this.#channel}: ${at} ${what}`)
  }
}

/** The etag that a service gives with a record. */
export function etagIn(json: unknown): string | undefined {
  if (!isRecord(json)) return undefined
  const metadata = isRecord(json.__metadata) ? json.__metadata.etag : undefined
  const etag = json[etagField] ?? json['@etag'] ?? metadata
  return typeof etag === 'string' ? etag : undefined
}

/** The fields that a model names; all where it names none. Control information stays only where the model asks for it. */
export function fieldsOf(data: Fields, properties: Fields | undefined): Fields {
  const keep = ([name]: [string, unknown]) =>
    properties ? Object.hasOwn(properties, name) : !name.startsWith('@')
  return Object.fromEntries(Object.entries(data).filter(keep))
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Links to other records: `customer@odata.bind`, or `__metadata` of V2; and the type of a derived record. */
function isControl(name: string, type: EdmType): boolean {
  if (name === '@odata.type' || name === '__metadata') return true
  return name.endsWith('@odata.bind') && type.navigations.has(name.slice(0, -'@odata.bind'.length))
}

function isDeferred(value: unknown): boolean {
  return isRecord(value) && '__deferred' in value
}

function kindOf(value: unknown): string {
  if (typeof value !== 'string') return typeof value === 'object' ? 'an object' : `a ${typeof value}`
  return `this text of ${value.length} characters`
}
