import { attributeOf, type XmlElement } from '../../message/codec/xml-elements.ts'
import { anyType } from '../xsd/builtin-types.ts'
import type { ComplexType, ElementDecl, XsdType } from '../xsd/components.ts'
import { keyOf, resolveName } from '../xsd/qname.ts'
import type { SchemaSet } from '../xsd/schema-set.ts'
import { type Defined, type Definitions, partsOf } from './definitions.ts'

/** What one message of an operation holds. */
export interface SoapMessage {
  /** Mostly one; its content is the data. Of several, the data has a property each. */
  readonly body: readonly ElementDecl[]
  readonly headers: readonly ElementDecl[]
}

/** Reads messages as a binding says that they are written. */
export class MessageReader {
  readonly #definitions: Definitions
  readonly #set: SchemaSet

  constructor(definitions: Definitions, set: SchemaSet) {
    this.#definitions = definitions
    this.#set = set
  }

  /**
   * `abstract` is the `input` or `output` of a port type, `bound` that of the binding. `wrapper` is the name of the
   * element around the parts, where the style is rpc.
   */
  read(
    from: Defined,
    abstract: XmlElement,
    at: Defined,
    bound: XmlElement | undefined,
    wrapper?: string,
  ): SoapMessage {
    const message = this.#definitions.named('message', from, abstract, 'message')
    const body = bound && find(bound, 'body')
    const headers = bound ? all(bound, 'header').flatMap(header => this.#header(at, header)) : []
    if (!message) return { body: wrapper === undefined ? [] : [wrapped(wrapper, '', [])], headers }
    const parts = bodyParts(message, body)
    const elements = parts.map(part => this.#part(message, part, wrapper !== undefined))
    if (wrapper === undefined) return { body: elements, headers }
    const namespace = (body && attributeOf(body, 'namespace')) ?? at.targetNamespace
    return { body: [wrapped(wrapper, namespace, elements)], headers }
  }

  /** The elements of the details of a fault. */
  detail(from: Defined, fault: XmlElement): ElementDecl[] {
    const message = this.#definitions.named('message', from, fault, 'message')
    return message ? partsOf(message.node, 'part').map(part => this.#part(message, part, false)) : []
  }

  #header(at: Defined, header: XmlElement): ElementDecl[] {
    const message = this.#definitions.named('message', at, header, 'message')
    const name = attributeOf(header, 'part')
    const part = message && partsOf(message.node, 'part').find(each => attributeOf(each, 'name') === name)
    if (message && part) return [this.#part(message, part, false)]
    if (message) this.#definitions.problem(at, header, `the message ${message.key} has no part ${name}`)
    return []
  }

  #part(message: Defined, part: XmlElement, accessor: boolean): ElementDecl {
    const name = attributeOf(part, 'name') ?? ''
    const element = attributeOf(part, 'element')
    const type = attributeOf(part, 'type')
    if (element !== undefined && !accessor) {
      const found = this.#find(element, part, message, key => this.#set.element(key))
      if (found) return found
      this.#definitions.problem(
        message,
        part,
        `the element ${element} is not defined; anything is taken for it`,
      )
      const [, local = element] = element.split(':')
      return elementOf(local, message.targetNamespace, anyType)
    }
    if (element !== undefined) {
      const found = this.#find(element, part, message, key => this.#set.element(key))
      return elementOf(name, '', found?.type ?? anyType)
    }
    const found = type === undefined ? undefined : this.#find(type, part, message, key => this.#set.type(key))
    if (!found)
      this.#definitions.problem(message, part, `the type ${type} is not defined; anything is taken for it`)
    return elementOf(name, '', found ?? anyType)
  }

  #find<T>(
    text: string,
    part: XmlElement,
    message: Defined,
    look: (key: string) => T | undefined,
  ): T | undefined {
    const key = resolveName(text, part, message.targetNamespace)
    return (
      (key === undefined ? undefined : look(key)) ??
      look(keyOf(message.targetNamespace, text.split(':').at(-1) ?? ''))
    )
  }
}

/** Inside of `mime:multipartRelated` or not. */
function all(bound: XmlElement, name: string): XmlElement[] {
  return bound.children.flatMap(child =>
    child.name === name && /\/wsdl\/soap(?:12)?\/$/.test(child.namespace) ? [child] : all(child, name),
  )
}

function find(bound: XmlElement, name: string): XmlElement | undefined {
  return all(bound, name)[0]
}

/** `use` of the first body: `literal` if it does not say. */
export function useOf(bound: XmlElement | undefined): string {
  const body = bound && find(bound, 'body')
  return (body && attributeOf(body, 'use')) ?? 'literal'
}

function bodyParts({ node }: Defined, body: XmlElement | undefined): XmlElement[] {
  const names = body && attributeOf(body, 'parts')
  const parts = partsOf(node, 'part')
  if (names === undefined) return parts
  const wanted = names.split(/\s+/)
  return parts.filter(part => wanted.includes(attributeOf(part, 'name') ?? ''))
}

function elementOf(name: string, namespace: string, type: XsdType): ElementDecl {
  return {
    name,
    namespace,
    type,
    nillable: false,
    abstract: false,
    substitutes: [],
    documentation: undefined,
  }
}

function wrapped(name: string, namespace: string, parts: readonly ElementDecl[]): ElementDecl {
  return elementOf(name, namespace, typeOfParts(parts))
}

/** The type of an element that holds one each of these. */
export function typeOfParts(parts: readonly ElementDecl[]): ComplexType {
  const items = parts.map(element => ({ kind: 'element' as const, element, min: 1, max: 1 }))
  return {
    kind: 'complex',
    key: undefined,
    abstract: false,
    base: undefined,
    mixed: false,
    text: undefined,
    particle: { kind: 'sequence', items, min: 1, max: 1 },
    attributes: [],
    anyAttribute: false,
  }
}
