import { attributeOf, type XmlElement } from '../../message/codec/xml-elements.ts'
import { builtinType, textType } from './builtin-types.ts'
import type { AttributeUse, ElementDecl, SimpleType, XsdType } from './components.ts'
import { xsdNamespace } from './qname.ts'
import type { SchemaDocument } from './schema-documents.ts'

/** A declaration as it stands in its schema. */
export interface Declared {
  readonly node: XmlElement
  readonly schema: SchemaDocument
}

/** The set of schemas to which a declaration belongs; see `SchemaSet`. */
export interface Declarations {
  element(key: string): ElementDecl | undefined
  type(key: string): XsdType | undefined
  attribute(key: string): AttributeUse | undefined
  group(kind: 'group' | 'attributeGroup', key: string): Declared | undefined
  substitutesOf(key: string): ElementDecl[]
  /** Reads a `complexType` or `simpleType`. */
  typeAt(at: Declared): XsdType
  /** The key that an attribute of a declaration names; a problem is noted where its prefix is not declared. */
  named(at: Declared, attribute: string): string | undefined
  problem(at: Declared, problem: string): void
  /** Counts what groups unfold to; throws CONTRACT-UNREADABLE where that has no end. */
  unfold(at: Declared): void
}

export function childrenOf({ node, schema }: Declared, ...names: readonly string[]): Declared[] {
  return node.children
    .filter(child => child.namespace === xsdNamespace && (names.length === 0 || names.includes(child.name)))
    .map(child => ({ node: child, schema }))
}

/** The type of this key; undefined, and a problem, where there is none. */
export function typeNamed(at: Declared, key: string, set: Declarations): XsdType | undefined {
  const type = set.type(key)
  if (!type) set.problem(at, `the type ${key} is not defined, or is made of itself; anything is taken for it`)
  return type
}

/** The simple type that an attribute of a declaration names; text where there is none. */
export function simpleTypeNamed(at: Declared, attribute: string, set: Declarations): SimpleType {
  const key = set.named(at, attribute)
  const type = key === undefined ? builtinType('anySimpleType') : typeNamed(at, key, set)
  if (type?.kind === 'simple') return type
  return type?.text ?? textType
}

export function isTrue(node: XmlElement, attribute: string): boolean {
  return /^\s*(?:true|1)\s*$/.test(attributeOf(node, attribute) ?? '')
}

/** The first lines that people wrote about a declaration. */
export function documentationOf(at: Declared): string | undefined {
  const [annotation] = childrenOf(at, 'annotation')
  const texts = annotation ? childrenOf(annotation, 'documentation').map(({ node }) => textIn(node)) : []
  const text = texts.join(' ').replace(/\s+/g, ' ').trim()
  return text === '' ? undefined : text.slice(0, 500)
}

export function textIn(node: XmlElement): string {
  return [node.text, ...node.children.map(textIn)].join(' ')
}

export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
