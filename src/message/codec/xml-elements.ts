import { IsthmusError } from '../../errors.ts'
import { decodeText } from './encoding.ts'
import { encodingOf } from './xml.ts'
import { parseStrictly } from './xml-strict.ts'

/** One element as it stands in its document, for readers to whom namespaces matter. */
export interface XmlElement {
  readonly name: string
  /** '' for none. */
  readonly namespace: string
  /** Without declarations of namespaces. */
  readonly attributes: readonly XmlAttribute[]
  readonly children: readonly XmlElement[]
  /** Its own text and CDATA, in one piece. */
  readonly text: string
  /** From 1. */
  readonly line: number
  readonly scope: XmlScope
}

export interface XmlAttribute {
  readonly name: string
  readonly namespace: string
  readonly value: string
}

/** The namespaces that are declared at a place. */
export interface XmlScope {
  readonly declared: Readonly<Record<string, string>>
  readonly outer: XmlScope | undefined
}

export interface ElementLimits {
  /** Nested elements. Default 100. */
  readonly maxDepth?: number | undefined
  /** Elements and attributes of one document. Default 1,000,000. */
  readonly maxNodes?: number | undefined
}

/**
 * The root element of a document: XML 1.0 with namespaces, well-formed, without a document type. Throws MSG-DECODE
 * with line and column, or MSG-LIMIT.
 */
export function readElements(body: Uint8Array, limits: ElementLimits = {}): XmlElement {
  const builder = new Builder(limits)
  parseStrictly(decodeText(body, encodingOf(body)), builder)
  return builder.root as XmlElement
}

type Open = { -readonly [K in keyof XmlElement]: XmlElement[K] } & { children: XmlElement[] }

class Builder {
  root: XmlElement | undefined
  readonly #open: Open[] = []
  readonly #maxDepth: number
  readonly #maxNodes: number
  #nodes = 0

  constructor({ maxDepth = 100, maxNodes = 1_000_000 }: ElementLimits) {
    this.#maxDepth = maxDepth
    this.#maxNodes = maxNodes
  }

  open(tag: Parameters<Parameters<typeof parseStrictly>[1]['open']>[0], line: number): void {
    const parent = this.#open.at(-1)
    const all = Object.values(tag.attributes)
    const attributes = all
      .filter(({ prefix, name }) => prefix !== 'xmlns' && name !== 'xmlns')
      .map(({ local, uri, value }) => ({ name: local, namespace: uri, value }))
    this.#nodes += 1 + all.length
    if (this.#open.length >= this.#maxDepth) throw beyond('levels', this.#maxDepth)
    if (this.#nodes > this.#maxNodes) throw beyond('elements and attributes', this.#maxNodes)
    const outer = parent?.scope
    const declares = outer === undefined || all.length > attributes.length
    const scope = declares ? { declared: { ...tag.ns }, outer } : outer
    const { local: name, uri: namespace } = tag
    const element: Open = { name, namespace, attributes, children: [], text: '', line, scope }
    if (parent) parent.children.push(element)
    else this.root = element
    this.#open.push(element)
  }

  text(part: string): void {
    const element = this.#open.at(-1)
    if (element) element.text += part
  }

  close(): void {
    this.#open.pop()
  }
}

/** The namespace of a prefix, '' for the default one; undefined where it is not declared. */
export function namespaceOf({ scope }: XmlElement, prefix: string): string | undefined {
  if (prefix === 'xml') return 'http://www.w3.org/XML/1998/namespace'
  for (let at: XmlScope | undefined = scope; at; at = at.outer)
    if (Object.hasOwn(at.declared, prefix)) return at.declared[prefix]
  return prefix === '' ? '' : undefined
}

/** The value of an attribute; one of no namespace unless another is given. */
export function attributeOf(element: XmlElement, name: string, namespace = ''): string | undefined {
  return element.attributes.find(each => each.name === name && each.namespace === namespace)?.value
}

function beyond(what: string, limit: number): IsthmusError {
  return new IsthmusError('MSG-LIMIT', `XML with more than ${limit} ${what}`, { detail: { limit } })
}
