import { anyType, builtinOf } from '../../contract/xsd/builtin-types.ts'
import type { ComplexType, ElementDecl, SimpleType, XsdType } from '../../contract/xsd/components.ts'
import { attributeKey, fieldsOf } from '../../contract/xsd/fields.ts'
import { keyOf, resolveName, splitKey, xmlNamespace } from '../../contract/xsd/qname.ts'
import { isDerived, type SchemaSet } from '../../contract/xsd/schema-set.ts'
import { IsthmusError } from '../../errors.ts'
import { forbiddenName, setOwn } from '../../message/codec/codec.ts'
import { attributeOf, type XmlAttribute, type XmlElement } from '../../message/codec/xml-elements.ts'
import { schemaInstance } from '../../message/codec/xml-names.ts'
import { anyProperty, type Property, type Shape } from '../../message/codec/xml-shape.ts'
import { scalarOf } from '../../message/codec/xml-tree.ts'

/**
 * Reads elements as data. The schema says what is a list and what a number; `shape`, the author's model, says where it
 * wants a text of a number's digits, or a number of a decimal that JavaScript can hold exactly. What the schema does not
 * name is kept, for the model to judge.
 */
export class ElementReader {
  readonly #set: SchemaSet

  constructor(set: SchemaSet) {
    this.#set = set
  }

  /** `declared` is undefined for an element that no schema declares. */
  element(element: XmlElement, declared: ElementDecl | undefined, { shape }: Property): unknown {
    if (isNil(element)) return null
    const expected = declared?.type ?? anyType
    const type = this.#typeOf(element, expected)
    const bare = element.children.length === 0 && element.attributes.every(isSchemaAttribute)
    const wantsText = shape.kind !== 'any' && shape.kind !== 'object'
    const text = type.kind === 'simple' ? type : type.text
    if (text && element.children.length === 0 && (type.kind === 'simple' || (bare && wantsText)))
      return simpleValue(text, element.text, shape)
    if (bare && wantsText) return scalarOf(element.text, shape)
    if (type.kind === 'simple' || type === anyType) return this.#anything(element, shape)
    const value: Record<string, unknown> = {}
    if (type !== expected) setOwn(value, '@xsi:type', this.#typeName(type))
    this.#attributes(element, type, shape, value)
    if (type.text) setOwn(value, '#text', simpleValue(type.text, element.text, childOf(shape, '#text').shape))
    else this.#content(element, type, shape, value)
    for (const list of shape.lists) if (!Object.hasOwn(value, list)) value[list] = []
    return value
  }

  #content(element: XmlElement, type: ComplexType, shape: Shape, value: Record<string, unknown>): void {
    const fields = fieldsOf(type)
    if (!isBlank(element.text)) setOwn(value, '#text', element.text)
    for (const child of element.children) {
      const name = keyOf(child.namespace, child.name)
      const named = fields.byName.get(name)
      // Some servers qualify names where the schema does not, or do not where it does.
      const field = named ?? (fields.open ? undefined : fields.byKey.get(child.name))
      const key = field?.key ?? (fields.open ? name : child.name)
      const property = childOf(shape, key)
      const declared = field?.element ?? (fields.open ? this.#set.element(name) : undefined)
      add(value, key, this.element(child, declared, property), field?.list === true || property.list)
    }
  }

  #attributes(element: XmlElement, type: ComplexType, shape: Shape, value: Record<string, unknown>): void {
    for (const attribute of element.attributes) {
      if (isSchemaAttribute(attribute)) continue
      const use = type.attributes.find(
        each =>
          each.name === attribute.name &&
          (each.namespace === attribute.namespace || attribute.namespace === ''),
      )
      const key = use ? attributeKey(use, type) : freeAttributeKey(attribute)
      const inside = childOf(shape, key).shape
      setOwn(
        value,
        key,
        use ? simpleValue(use.type, attribute.value, inside) : scalarOf(attribute.value, inside),
      )
    }
  }

  /** By the convention of `xml()`; children of another namespace than their parent's have theirs in the key. */
  #anything(element: XmlElement, shape: Shape): unknown {
    const attributes = element.attributes.filter(each => !isSchemaAttribute(each))
    if (element.children.length === 0 && attributes.length === 0 && shape.kind !== 'object')
      return scalarOf(element.text, shape)
    const value: Record<string, unknown> = {}
    for (const attribute of attributes)
      setOwn(
        value,
        freeAttributeKey(attribute),
        scalarOf(attribute.value, childOf(shape, freeAttributeKey(attribute)).shape),
      )
    if (!isBlank(element.text)) setOwn(value, '#text', scalarOf(element.text, childOf(shape, '#text').shape))
    for (const child of element.children) {
      const key = child.namespace === element.namespace ? child.name : `{${child.namespace}}${child.name}`
      const property = childOf(shape, key)
      add(value, key, this.element(child, undefined, property), property.list)
    }
    return value
  }

  #typeOf(element: XmlElement, expected: XsdType): XsdType {
    const name = attributeOf(element, 'type', schemaInstance)
    const key = name === undefined ? undefined : resolveName(name, element)
    const type = key === undefined ? undefined : this.#set.type(key)
    return type && isDerived(type, expected) ? type : expected
  }

  #typeName({ key = '' }: XsdType): string {
    const { name } = splitKey(key)
    return this.#set.typesCalled(name).length === 1 ? name : key
  }
}

function simpleValue(type: SimpleType, text: string, shape: Shape): unknown {
  return scalarOf(type.builtin === 'string' ? text : text.trim(), textShape(type, shape))
}

/** What the model wants; where it does not say, what the type says. */
function textShape(type: XsdType, shape: Shape): Shape {
  if (shape.kind !== 'any' && shape.kind !== 'object') return shape
  const simple = type.kind === 'simple' ? type : type.text
  return { ...shape, kind: simple ? builtinOf(simple).kind : 'any' }
}

function childOf(shape: Shape, key: string): Property {
  return shape.properties.get(key) ?? shape.rest ?? anyProperty
}

function add(value: Record<string, unknown>, key: string, item: unknown, isList: boolean): void {
  if (key === forbiddenName) throw new IsthmusError('MSG-DECODE', `the name ${forbiddenName} is not allowed`)
  if (!Object.hasOwn(value, key)) setOwn(value, key, isList ? [item] : item)
  else if (isList) (value[key] as unknown[]).push(item)
  else value[key] = [value[key], item].flat()
}

function isNil(element: XmlElement): boolean {
  return /^\s*(?:true|1)\s*$/.test(attributeOf(element, 'nil', schemaInstance) ?? '')
}

function isSchemaAttribute({ namespace }: XmlAttribute): boolean {
  return namespace === schemaInstance
}

function freeAttributeKey({ name, namespace }: XmlAttribute): string {
  return namespace === xmlNamespace ? `@xml:${name}` : `@${keyOf(namespace, name)}`
}

function isBlank(text: string): boolean {
  return !/[^ \t\n\r]/.test(text)
}
