import { attributeOf, type XmlElement } from '../../message/codec/xml-elements.ts'
import type { ContractDocument, ContractProblem } from '../contract.ts'
import { unreadable } from '../open-document.ts'
import { keyOf, resolveName, splitKey, xsdNamespace } from '../xsd/qname.ts'
import { loadNamed, rootOf, SchemaDocuments } from '../xsd/schema-documents.ts'

export const wsdlNamespace = 'http://schemas.xmlsoap.org/wsdl/'

type Kind = 'message' | 'portType' | 'binding' | 'service'

/** A part of a WSDL, with the document that it stands in. */
export interface Defined {
  readonly node: XmlElement
  readonly key: string
  readonly location: string
  readonly targetNamespace: string
}

/** The definitions of a WSDL 1.1 with all that it imports. */
export class Definitions {
  readonly schemas = new SchemaDocuments()
  readonly problems: ContractProblem[] = []
  readonly #defined = new Map<string, Defined>()
  readonly #seen = new Set<string>()

  /** Rejects with CONTRACT-UNREADABLE for what is no WSDL 1.1, CONTRACT-REFERENCE for what cannot be loaded. */
  static async load(document: ContractDocument): Promise<Definitions> {
    const definitions = new Definitions()
    const root = rootOf(document)
    if (root.namespace === wsdlNamespace && root.name === 'definitions') {
      await definitions.#add(document, root)
      return definitions
    }
    const what = root.name === 'description' ? 'a WSDL 2.0: only WSDL 1.1 is read' : `a ${root.name}`
    throw unreadable(document.location, `it is no WSDL 1.1, but ${what}`, root.line)
  }

  all(kind: Kind): Defined[] {
    return [...this.#defined].filter(([id]) => id.startsWith(`${kind} `)).map(([, defined]) => defined)
  }

  /** What an attribute names; a problem is noted where that is not defined. */
  named(kind: Kind, at: Defined, node: XmlElement, attribute: string): Defined | undefined {
    const text = attributeOf(node, attribute) ?? ''
    const key = resolveName(text, node, at.targetNamespace) ?? text
    // Some name a definition of their own document without its prefix.
    const own = keyOf(at.targetNamespace, splitKey(key).name.replace(/^.*:/, ''))
    const found = this.#defined.get(`${kind} ${key}`) ?? this.#defined.get(`${kind} ${own}`)
    if (!found) this.problem(at, node, `the ${kind} ${key} is not defined`)
    return found
  }

  problem({ location }: Defined, node: XmlElement, problem: string, duplicate?: true): void {
    this.problems.push({ place: `${location}:${node.line}`, problem, ...(duplicate && { duplicate }) })
  }

  async #add(document: ContractDocument, root: XmlElement): Promise<void> {
    if (this.#seen.has(document.location)) return
    this.#seen.add(document.location)
    for (const node of root.children) {
      if (node.namespace !== wsdlNamespace) continue
      if (node.name === 'import') await this.#import(document, node)
      if (['message', 'portType', 'binding', 'service'].includes(node.name))
        this.#define(document, root, node)
    }
    await this.schemas.addTypesOf(document, root)
  }

  async #import(document: ContractDocument, node: XmlElement): Promise<void> {
    const reference = attributeOf(node, 'location')
    if (reference === undefined) return
    const loaded = await loadNamed(document, node, reference.trim())
    const root = rootOf(loaded)
    if (root.name === 'schema' && root.namespace === xsdNamespace) return this.schemas.add(loaded, root)
    if (root.name !== 'definitions' || root.namespace !== wsdlNamespace)
      throw unreadable(loaded.location, `it is no WSDL 1.1, but a ${root.name}`, root.line)
    await this.#add(loaded, root)
  }

  #define({ location }: ContractDocument, root: XmlElement, node: XmlElement): void {
    const targetNamespace = attributeOf(root, 'targetNamespace') ?? ''
    const key = keyOf(targetNamespace, attributeOf(node, 'name') ?? '')
    const defined: Defined = { node, key, location, targetNamespace }
    const id = `${node.name} ${key}`
    const first = this.#defined.get(id)
    if (!first) this.#defined.set(id, defined)
    else {
      const place = `${first.location}:${first.node.line}`
      this.problem(defined, node, `${id} is defined again; the first definition counts, in ${place}`, true)
    }
  }
}

/** The children of a name, of WSDL's namespace. */
export function partsOf(node: XmlElement, name: string): XmlElement[] {
  return node.children.filter(child => child.name === name && child.namespace === wsdlNamespace)
}
