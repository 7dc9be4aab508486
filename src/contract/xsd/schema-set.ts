import { attributeOf, type XmlElement } from '../../message/codec/xml-elements.ts'
import type { ContractProblem } from '../contract.ts'
import { unreadable } from '../open-document.ts'
import { anyType, builtinType } from './builtin-types.ts'
import type { AttributeUse, ElementDecl, SimpleType, XsdType } from './components.ts'
import type { Declarations, Declared } from './declared.ts'
import { keyOf, resolveName, splitKey, xmlNamespace, xsdNamespace } from './qname.ts'
import { readComplexType } from './read-complex-type.ts'
import { readAttribute, readElement } from './read-declarations.ts'
import { readSimpleType } from './read-simple-type.ts'
import type { SchemaDocument } from './schema-documents.ts'

type Kind = 'element' | 'complexType' | 'simpleType' | 'group' | 'attribute' | 'attributeGroup'
const kinds: readonly string[] = [
  'element',
  'complexType',
  'simpleType',
  'group',
  'attribute',
  'attributeGroup',
]

/** Of all types together: groups of groups could else fill the memory. */
const mostParts = 500_000
/** Types that are made of one another. */
const deepest = 200

/** Namespaces whose types are not part of any set. */
const encoding = /^http:\/\/(?:schemas\.xmlsoap\.org\/soap|www\.w3\.org\/2003\/05\/soap)[-/]encoding\/?$/

/**
 * The declarations of a set of schemas by key. They are read when they are first asked for, each once; what is wrong
 * with one is noted as a problem, and stands for anything.
 */
export class SchemaSet implements Declarations {
  readonly problems: ContractProblem[] = []
  readonly #declared = new Map<string, Declared>()
  #unfolded = 0
  #depth = 0
  #called: ReadonlyMap<string, readonly string[]> | undefined
  readonly #types = new Map<string, XsdType | 'reading'>()
  readonly #elements = new Map<string, ElementDecl>()
  /** By key of the head. */
  readonly #substitutes = new Map<string, string[]>()

  constructor(documents: readonly SchemaDocument[]) {
    for (const schema of documents) for (const node of schema.root.children) this.#register(node, schema)
  }

  get elementKeys(): readonly string[] {
    return this.#keysOf('element')
  }

  get typeKeys(): readonly string[] {
    return [...new Set([...this.#keysOf('complexType'), ...this.#keysOf('simpleType')])]
  }

  /** How many of a kind are declared. */
  count(kind: Kind): number {
    return this.#keysOf(kind).length
  }

  /** A global element. */
  element(key: string): ElementDecl | undefined {
    const known = this.#elements.get(key)
    if (known) return known
    const declared = this.#declared.get(`element ${key}`)
    if (!declared) return undefined
    const element = readElement(declared, this)
    this.#elements.set(key, element)
    return element
  }

  /** A named type, those of XML Schema included. */
  type(key: string): XsdType | undefined {
    const { namespace, name } = splitKey(key)
    if (namespace === xsdNamespace) return name === 'anyType' ? anyType : builtinType(name)
    if (encoding.test(namespace)) return builtinType(name) ?? anyType
    const known = this.#types.get(key)
    if (known === 'reading' || this.#depth >= deepest) return undefined
    if (known) return known
    const declared = this.#declared.get(`complexType ${key}`) ?? this.#declared.get(`simpleType ${key}`)
    if (!declared) return undefined
    this.#types.set(key, 'reading')
    this.#depth++
    const type = this.typeAt(declared)
    this.#depth--
    this.#types.set(key, type)
    return type
  }

  typeAt(at: Declared): XsdType {
    return at.node.name === 'complexType' ? readComplexType(at, this) : readSimpleType(at, this)
  }

  /** Keys of the types of a local name. */
  typesCalled(name: string): readonly string[] {
    this.#called ??= Map.groupBy(this.typeKeys, key => splitKey(key).name)
    return this.#called.get(name) ?? []
  }

  attribute(key: string): AttributeUse | undefined {
    const { namespace, name } = splitKey(key)
    const declared = this.#declared.get(`attribute ${key}`)
    if (declared) return readAttribute(declared, this)
    const type = builtinType('string') as SimpleType
    return namespace === xmlNamespace ? { name, namespace, type, required: false } : undefined
  }

  /** A group or attribute group, as it stands in its schema. */
  group(kind: 'group' | 'attributeGroup', key: string): Declared | undefined {
    return this.#declared.get(`${kind} ${key}`)
  }

  /** Elements that may stand in the place of one, and in theirs. */
  substitutesOf(key: string): ElementDecl[] {
    const keys = new Set<string>()
    const collect = (head: string) => {
      for (const each of this.#substitutes.get(head) ?? []) {
        if (keys.has(each) || each === key) continue
        keys.add(each)
        collect(each)
      }
    }
    collect(key)
    return [...keys].map(each => this.element(each)).filter(each => each !== undefined)
  }

  /** The key that an attribute of a declaration names; a problem is noted where its prefix is not declared. */
  named(at: Declared, attribute: string): string | undefined {
    const text = attributeOf(at.node, attribute)
    if (text === undefined) return undefined
    const { targetNamespace, root } = at.schema
    const own = attributeOf(root, 'targetNamespace') === undefined ? targetNamespace : ''
    const key = resolveName(text, at.node, own)
    if (key === undefined) this.problem(at, `the prefix of ${text.trim()} is not declared`)
    return key
  }

  problem({ node, schema }: Declared, problem: string, duplicate?: true): void {
    this.problems.push({ place: `${schema.location}:${node.line}`, problem, ...(duplicate && { duplicate }) })
  }

  unfold({ node, schema }: Declared): void {
    if (++this.#unfolded <= mostParts) return
    throw unreadable(schema.location, `its groups unfold to more than ${mostParts} parts`, node.line)
  }

  #keysOf(kind: Kind): string[] {
    const prefix = `${kind} `
    return [...this.#declared.keys()]
      .filter(key => key.startsWith(prefix))
      .map(key => key.slice(prefix.length))
  }

  #register(node: XmlElement, schema: SchemaDocument): void {
    const name = attributeOf(node, 'name')
    const declared = { node, schema }
    if (node.namespace !== xsdNamespace) return
    if (node.name === 'redefine' || node.name === 'override')
      this.problem(declared, `${node.name} is read as include: what it changes is not taken over`)
    if (!kinds.includes(node.name)) return
    if (name === undefined) {
      this.problem(declared, `a global ${node.name} without a name is left out`)
      return
    }
    const key = keyOf(schema.targetNamespace, name)
    const id = `${node.name} ${key}`
    const first = this.#declared.get(id)
    if (first) {
      const place = `${first.schema.location}:${first.node.line}`
      this.problem(
        declared,
        `${node.name} ${key} is defined again; the first definition counts, in ${place}`,
        true,
      )
      return
    }
    this.#declared.set(id, declared)
    const head = node.name === 'element' ? this.named(declared, 'substitutionGroup') : undefined
    if (head !== undefined) this.#substitutes.set(head, [...(this.#substitutes.get(head) ?? []), key])
  }
}

/**
 * The type that data name by `@xsi:type`: a local name if only one that may stand for `declared` has it, else with its
 * namespace (`{urn:erp}Car`).
 */
export function typeNamed(set: SchemaSet, name: string, declared: XsdType): XsdType | undefined {
  const keys = name.startsWith('{') ? [name] : set.typesCalled(name)
  const types = keys.map(key => set.type(key)).filter(type => type !== undefined)
  const [only, ...others] = types.filter(type => isDerived(type, declared))
  if (only) return others.length === 0 ? only : undefined
  const builtin = set.type(keyOf(xsdNamespace, name))
  return builtin && isDerived(builtin, declared) ? builtin : undefined
}

/** Whether a value of `type` may stand where `declared` is expected. */
export function isDerived(type: XsdType, declared: XsdType): boolean {
  if (declared === anyType || type === declared) return true
  if (type.kind === 'simple') return declared.kind === 'simple'
  return type.base !== undefined && isDerived(type.base, declared)
}
