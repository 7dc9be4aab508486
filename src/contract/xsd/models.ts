import type { JsonSchema } from '../../model/schema-validator.ts'
import type { ContractModel } from '../contract.ts'
import { anyType } from './builtin-types.ts'
import type { ComplexType, ElementDecl, XsdType } from './components.ts'
import { attributeKey, type Field, fieldsOf } from './fields.ts'
import { simpleSchema } from './json-schema.ts'
import { splitKey } from './qname.ts'
import type { SchemaSet } from './schema-set.ts'

/** Most types that are listed as alternatives where a type may stand for those derived from it. */
const mostAlternatives = 20

/** The models of a set of schemas: its named types, and the types without name of its global elements. */
export class Models {
  readonly #set: SchemaSet
  readonly #names = new Map<XsdType, string>()
  readonly #taken = new Set<string>()
  readonly #origins = new Map<
    XsdType,
    { readonly origin: string; readonly description?: string | undefined }
  >()
  /** By origin. */
  readonly #copies = new Map<string, XsdType>()
  readonly #derived = new Map<string, ComplexType[]>()

  constructor(set: SchemaSet) {
    this.#set = set
    for (const key of set.typeKeys) this.#addType(key)
    for (const key of set.elementKeys) {
      const element = set.element(key) as ElementDecl
      const { type } = element
      if (type.key === undefined) this.add(type, element.name, key, element.documentation)
    }
  }

  /** A model for a type under a name, or a name like it; one that has a name keeps it. */
  add(type: XsdType, name: string, origin: string, description?: string): string {
    const own = this.#own(type, origin)
    const known = this.#names.get(own)
    if (known !== undefined) return known
    const unique = uniqueName(modelName(name), this.#taken)
    this.#names.set(own, unique)
    this.#origins.set(own, { origin, description })
    return unique
  }

  /** Types of XML Schema, and those that only narrow them, are everybody's: a model of one stands for itself only. */
  #own(type: XsdType, origin: string): XsdType {
    const isShared = type.key !== undefined && !this.#names.has(type)
    if (!isShared || this.#isNamed(type)) return type
    const own = this.#copies.get(origin) ?? { ...type }
    this.#copies.set(origin, own)
    return own
  }

  #isNamed(type: XsdType): boolean {
    return type.kind === 'simple' ? type.facets.enumeration !== undefined : type.key !== anyType.key
  }

  all(): ContractModel[] {
    return [...this.#names].map(([type, name]) => ({
      name,
      schema: type.kind === 'simple' ? simpleSchema(type) : this.#complex(type),
      ...(this.#origins.get(type) as { origin: string }),
    }))
  }

  #addType(key: string): void {
    const type = this.#set.type(key)
    if (!type) return
    // A simple type that only narrows a text says itself where it is used.
    if (!this.#isNamed(type)) return
    this.add(type, splitKey(key).name, key)
    if (type.kind !== 'complex') return
    for (let base = type.base; base?.kind === 'complex' && base.key !== undefined; base = base.base) {
      const known = this.#derived.get(base.key)
      if (known) known.push(type)
      else this.#derived.set(base.key, [type])
    }
  }

  #complex(type: ComplexType): JsonSchema {
    if (type.key === anyType.key) return {}
    const properties: Record<string, JsonSchema> = {}
    const required: string[] = []
    if (type.key !== undefined && (type.base?.kind === 'complex' || this.#derived.has(type.key)))
      properties['@xsi:type'] = { type: 'string' }
    for (const attribute of type.attributes) {
      const key = attributeKey(attribute, type)
      properties[key] = simpleSchema(attribute.type)
      if (attribute.required) required.push(key)
    }
    if (type.text) {
      properties['#text'] = simpleSchema(type.text)
      required.push('#text')
    } else if (type.mixed) properties['#text'] = { type: 'string' }
    for (const field of fieldsOf(type).byKey.values()) {
      properties[field.key] = this.#field(field)
      if (field.required) required.push(field.key)
    }
    return { type: 'object', properties, ...(required.length > 0 && { required }) }
  }

  #field({ element, list, required, max }: Field): JsonSchema {
    const one = this.#reference(element.type)
    const item = element.nillable ? nullable(one) : one
    if (!list) return item
    return {
      type: 'array',
      items: item,
      ...(required && { minItems: 1 }),
      ...(Number.isFinite(max) && { maxItems: max }),
    }
  }

  #reference(type: XsdType): JsonSchema {
    const name = this.#names.get(type)
    if (name === undefined) return type.kind === 'simple' ? simpleSchema(type) : this.#complex(type)
    // What derives from a type of text is text too.
    const derived = (type.kind === 'complex' && !type.text && this.#derived.get(type.key ?? '')) || []
    const isAbstract = type.kind === 'complex' && type.abstract
    const alternatives = derived.filter(each => !each.abstract)
    if (alternatives.length === 0 || alternatives.length > mostAlternatives) return refTo(name)
    const names = alternatives.map(each => this.#names.get(each) ?? '').filter(each => each !== '')
    return { anyOf: [...(isAbstract ? [] : [name]), ...names].map(refTo) }
  }
}

function refTo(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` }
}

function nullable(schema: JsonSchema): JsonSchema {
  if (typeof schema.type === 'string' && !schema.enum) return { ...schema, type: [schema.type, 'null'] }
  return { anyOf: [...((schema.anyOf as JsonSchema[] | undefined) ?? [schema]), { type: 'null' }] }
}

/** Letters and digits of a name, each word beginning with a capital. */
export function modelName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter(word => word !== '')
  const joined = words.map(word => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('')
  return /^[A-Za-z]/.test(joined) ? joined : `Model${joined}`
}

/** `name`, or with the first number that makes it another; it is taken from then on. */
export function uniqueName(name: string, taken: Set<string>, join = ''): string {
  let unique = name
  for (let count = 2; taken.has(unique.toLowerCase()); count++) unique = `${name}${join}${count}`
  taken.add(unique.toLowerCase())
  return unique
}
