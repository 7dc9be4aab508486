import { anyType, builtinOf } from '../../contract/xsd/builtin-types.ts'
import type { ComplexType, ElementDecl, SimpleType, XsdType } from '../../contract/xsd/components.ts'
import { attributeKey } from '../../contract/xsd/fields.ts'
import { keyOf, splitKey, xmlNamespace } from '../../contract/xsd/qname.ts'
import { type SchemaSet, typeNamed } from '../../contract/xsd/schema-set.ts'
import { valueProblem } from '../../contract/xsd/value-problem.ts'
import { plainDigits } from '../../message/codec/exact-number.ts'
import { schemaInstance } from '../../message/codec/xml-names.ts'
import { escapeText, escapeValue, isXmlName } from '../../message/codec/xml-write.ts'
import { Content, isObject, unfit } from './content.ts'

/**
 * Writes data as elements of a set of schemas: in their order, with their namespaces, digit for digit. Throws MSG-ENCODE,
 * naming the field, for what they do not allow. Use one per envelope: all its elements share their prefixes.
 */
export class ElementWriter {
  readonly #set: SchemaSet
  readonly #prefixes = new Map<string, string>()

  constructor(set: SchemaSet) {
    this.#set = set
  }

  /** Declares the prefixes that were used so far. */
  get declarations(): string {
    return [...this.#prefixes]
      .map(([namespace, prefix]) => ` xmlns:${prefix}="${escapeValue(namespace)}"`)
      .join('')
  }

  /** `at` names the value in messages. */
  element(declared: ElementDecl, value: unknown, at: string): string {
    const tag = this.#tag(declared.namespace, declared.name, at)
    if (value === null) {
      if (declared.nillable) return `<${tag} ${this.#prefixed(schemaInstance, 'nil')}="true"/>`
      throw unfit(at, 'is null, which the schema does not allow')
    }
    const type = this.#typeFor(declared.type, value, at)
    const named = isObject(value) && '@xsi:type' in value ? this.#typeAttribute(type) : ''
    if (type.kind === 'simple')
      return wrapped(tag, named, escapeText(this.#text(type, plainValue(value, at), at)))
    if (type.abstract) throw unfit(at, 'is of an abstract type; say by "@xsi:type" which one is meant')
    if (type === anyType) return this.#anything(declared.namespace, declared.name, value, at)
    return this.#complex(tag, named, type, value, at)
  }

  /** An element that no schema declares. */
  unknown(key: string, namespace: string, value: unknown, at: string): string {
    const own = splitKey(key)
    const home = key.startsWith('{') ? own.namespace : namespace
    const declared = this.#set.element(keyOf(home, own.name))
    return declared && key.startsWith('{')
      ? this.element(declared, value, at)
      : this.#anything(home, own.name, value, at)
  }

  #complex(tag: string, named: string, type: ComplexType, value: unknown, at: string): string {
    if (!isObject(value) && type.text) return this.#complex(tag, named, type, { '#text': value }, at)
    if (!isObject(value)) throw unfit(at, 'is no object')
    const attributes = named + this.#attributes(type, value, at)
    let content = ''
    const text = value['#text']
    if (type.text) content = escapeText(this.#text(type.text, text, at))
    else if (text !== undefined && !type.mixed) throw unfit(at, 'holds text, which the schema does not allow')
    else if (text !== undefined) content = escapeText(textOf(text, at))
    return wrapped(tag, attributes, content + new Content(type, value, at).write(this))
  }

  #attributes(type: ComplexType, value: Record<string, unknown>, at: string): string {
    let written = ''
    const known = new Set(['@xsi:type'])
    for (const attribute of type.attributes) {
      const key = attributeKey(attribute, type)
      known.add(key)
      const item = value[key]
      if (item !== undefined) {
        const name = this.#attributeName(attribute.namespace, attribute.name, at)
        written += ` ${name}="${escapeValue(this.#text(attribute.type, item, below(at, key)))}"`
      } else if (attribute.required) throw unfit(below(at, key), 'is required')
    }
    for (const [key, item] of Object.entries(value)) {
      if (!key.startsWith('@') || known.has(key) || item === undefined) continue
      if (!type.anyAttribute) throw unfit(below(at, key), 'is not in the schema')
      written += this.#freeAttribute(key, item, at)
    }
    return written
  }

  #freeAttribute(key: string, value: unknown, at: string): string {
    const { namespace, name } = splitKey(key.slice(1))
    return ` ${this.#attributeName(namespace, name, at)}="${escapeValue(textOf(value, below(at, key)))}"`
  }

  /** By the convention of `xml()`: without a schema, text is text, a list repeats its element. */
  #anything(namespace: string, name: string, value: unknown, at: string): string {
    const tag = this.#tag(namespace, name, at)
    if (value === null) return `<${tag} ${this.#prefixed(schemaInstance, 'nil')}="true"/>`
    if (!isObject(value)) return wrapped(tag, '', escapeText(textOf(value, at)))
    let attributes = ''
    let content = ''
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined || key === '@xsi:type') continue
      if (key === '#text') content += escapeText(textOf(item, at))
      else if (key.startsWith('@')) attributes += this.#freeAttribute(key, item, at)
      else for (const each of [item].flat()) content += this.unknown(key, namespace, each, below(at, key))
    }
    return wrapped(tag, attributes, content)
  }

  #typeFor(declared: XsdType, value: unknown, at: string): XsdType {
    const name = isObject(value) ? value['@xsi:type'] : undefined
    if (name === undefined) return declared
    const type = typeof name === 'string' ? typeNamed(this.#set, name, declared) : undefined
    if (type) return type
    throw unfit(below(at, '@xsi:type'), 'names no type that may stand here')
  }

  #typeAttribute({ key = '' }: XsdType): string {
    const { namespace, name } = splitKey(key)
    const value = namespace === '' ? name : this.#prefixed(namespace, name)
    return ` ${this.#prefixed(schemaInstance, 'type')}="${value}"`
  }

  #text(type: SimpleType, value: unknown, at: string): string {
    const text = textOf(value, at, builtinOf(type).decimal)
    const problem = valueProblem(type, text)
    if (problem !== undefined) throw unfit(at, problem)
    return text
  }

  #tag(namespace: string, name: string, at: string): string {
    if (!isXmlName(name)) throw unfit(at, 'has no name for XML')
    return namespace === '' ? name : this.#prefixed(namespace, name)
  }

  #attributeName(namespace: string, name: string, at: string): string {
    if (namespace === '' && name.startsWith('xml:')) return `xml:${this.#tag('', name.slice(4), at)}`
    return namespace === xmlNamespace ? `xml:${name}` : this.#tag(namespace, name, at)
  }

  #prefixed(namespace: string, name: string): string {
    let prefix = this.#prefixes.get(namespace)
    if (prefix === undefined) {
      prefix = namespace === schemaInstance ? 'xsi' : `n${this.#prefixes.size + 1}`
      this.#prefixes.set(namespace, prefix)
    }
    return `${prefix}:${name}`
  }
}

export function below(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`
}

function wrapped(tag: string, attributes: string, content: string): string {
  return content === '' ? `<${tag}${attributes}/>` : `<${tag}${attributes}>${content}</${tag}>`
}

/** A value of a simple type with the name of its type is written `{ '@xsi:type': 'int', '#text': 5 }`. */
function plainValue(value: unknown, at: string): unknown {
  if (!isObject(value)) return value
  const other = Object.keys(value).find(
    key => key !== '#text' && key !== '@xsi:type' && value[key] !== undefined,
  )
  if (other !== undefined) throw unfit(below(at, other), 'is not in the schema')
  return value['#text']
}

function textOf(value: unknown, at: string, isDecimal = false): string {
  if (typeof value === 'string') {
    if (value.isWellFormed()) return value
    throw unfit(at, 'holds half of a surrogate pair')
  }
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && isDecimal && Number.isFinite(value)) return plainDigits(value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'INF')
  throw unfit(at, value === undefined ? 'is required' : 'is no text, number or boolean')
}
