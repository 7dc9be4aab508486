import type { SoapOperation } from '../../contract/wsdl/operations.ts'
import type { ElementDecl } from '../../contract/xsd/components.ts'
import { keyOf } from '../../contract/xsd/qname.ts'
import type { XmlElement } from '../../message/codec/xml-elements.ts'
import { anyProperty, type Property } from '../../message/codec/xml-shape.ts'
import type { Headers } from './config.ts'
import { isObject, unfit } from './content.ts'
import { type Envelope, writeEnvelope } from './envelope.ts'
import { faultIn, type SoapFault } from './fault.ts'
import type { SoapLink } from './link.ts'
import { ElementReader } from './read-element.ts'
import { ElementWriter } from './write-element.ts'

/** Writes the requests of one operation and reads its answers, as the WSDL says. */
export class Exchange {
  readonly operation: SoapOperation
  readonly #link: SoapLink
  readonly #reader: ElementReader

  constructor(operation: SoapOperation, link: SoapLink) {
    this.operation = operation
    this.#link = link
    this.#reader = new ElementReader(link.wsdl.set)
  }

  /** Throws MSG-ENCODE, naming the field, for what the schema does not allow. */
  write(data: unknown, header: Headers): Uint8Array {
    const writer = new ElementWriter(this.#link.wsdl.set)
    const headers = Object.entries({ ...this.#link.headers(), ...header })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => this.#header(writer, key, value))
      .join('')
    const body = this.#body(writer, data)
    const { declarations } = writer
    return writeEnvelope(this.operation.version, {
      headers: this.#link.security() + headers,
      body,
      declarations,
    })
  }

  /** Undefined where the body is not what the operation answers; null where it answers nothing. */
  read({ body }: Envelope, property: Property): { readonly data: unknown } | undefined {
    const { output, style } = this.operation
    const [declared, ...others] = output?.body ?? []
    if (!declared) return { data: null }
    if (others.length > 0) return { data: this.#several(output?.body ?? [], body, property) }
    const element = style === 'rpc' ? body[0] : body.find(({ name }) => name === declared.name)
    return element && { data: this.#reader.element(element, declared, property) }
  }

  headers({ headers }: Envelope): Headers {
    return Object.fromEntries(headers.map(header => [header.name, this.#global(header)]))
  }

  fault(envelope: Envelope): SoapFault | undefined {
    return faultIn(envelope, element => this.#global(element))
  }

  #body(writer: ElementWriter, data: unknown): string {
    const { body } = this.operation.input
    const [only, ...others] = body
    if (!only) return ''
    if (others.length === 0) return writer.element(only, data === undefined ? {} : data, '')
    if (!isObject(data)) throw unfit('', 'is no object')
    const unknown = Object.keys(data).find(key => body.every(({ name }) => name !== key))
    if (unknown !== undefined) throw unfit(unknown, 'is no part of the message')
    return body.map(part => writer.element(part, data[part.name], part.name)).join('')
  }

  #header(writer: ElementWriter, key: string, value: unknown): string {
    const { headers } = this.operation.input
    const declared =
      headers.find(({ name, namespace }) => key === name || key === keyOf(namespace, name)) ??
      this.#link.wsdl.set.element(key)
    if (declared) return writer.element(declared, value, key)
    if (key.startsWith('{')) return writer.unknown(key, '', value, key)
    throw unfit(key, 'is no header of the operation; give its namespace: "{urn:...}Name"')
  }

  /** By the schema, where that declares the element. */
  #global(element: XmlElement): unknown {
    const declared = this.#link.wsdl.set.element(keyOf(element.namespace, element.name))
    return this.#reader.element(element, declared, anyProperty)
  }

  #several(parts: readonly ElementDecl[], body: readonly XmlElement[], property: Property): unknown {
    const inside = (name: string) => property.shape.properties.get(name) ?? anyProperty
    const found = parts.flatMap(part => {
      const element = body.find(({ name }) => name === part.name)
      return element ? [[part.name, this.#reader.element(element, part, inside(part.name))]] : []
    })
    return Object.fromEntries(found)
  }
}
