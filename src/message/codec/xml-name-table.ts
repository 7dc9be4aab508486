import { schemaInstance, type XmlNames } from './xml-names.ts'

/** Thrown, and never seen outside, where a document has something that only the strict reader judges. */
export const unusual = new Error('to be read strictly')

/** A part of a document that may be kept for ever: it is short, and does not hold the document in memory. */
export function copyOf(part: string, maxLength: number): string {
  if (part.length > maxLength) throw unusual
  return Buffer.from(part, 'utf16le').toString('utf16le')
}

/** A name as it is written in documents, with what it means there. */
export interface Name {
  readonly raw: string
  readonly key: string
  /** Given only where the document declares several namespaces. */
  readonly namespace: string | undefined
  /** No object for the names of XML Schema's own attributes. */
  readonly attribute: { key: string } | 'nil' | undefined
}

const ordinaryName = /^(?:([A-Za-z_][\w.-]*):)?([A-Za-z_\u4e00-\u9fa5][\w.\u4e00-\u9fa5-]*)$/
/** Prefixes and namespaces with rules of their own. */
const reserved = ['xml', 'xmlns', 'http://www.w3.org/XML/1998/namespace', 'http://www.w3.org/2000/xmlns/']
const slotCount = 512

/** The names under one set of namespace declarations. Bounded: a later name takes the slot of an earlier one. */
export class NameTable {
  /** Namespace by prefix, '' for the default. */
  readonly declared: ReadonlyMap<string, string>
  readonly #names: XmlNames
  readonly #several: boolean
  readonly #slots: (Name | undefined)[] = new Array(slotCount).fill(undefined)

  constructor(names: XmlNames, declarations: readonly (readonly [prefix: string, namespace: string])[]) {
    this.#names = names
    this.declared = new Map(declarations)
    if (this.declared.size < declarations.length) throw unusual
    const namespaces = new Set([this.declared.get('') ?? '', ...this.declared.values()])
    const isReserved = reserved.some(name => this.declared.has(name) || namespaces.has(name))
    if (isReserved) throw unusual
    namespaces.delete(schemaInstance)
    this.#several = namespaces.size > 1
  }

  /** `hash` is any number that depends on nothing but the characters from start to end. */
  find(text: string, start: number, end: number, hash: number): Name {
    const slot = hash & (slotCount - 1)
    const name = this.#slots[slot]
    if (name !== undefined && name.raw.length === end - start && text.startsWith(name.raw, start)) return name
    const resolved = this.#resolve(copyOf(text.slice(start, end), 200))
    this.#slots[slot] = resolved
    return resolved
  }

  #resolve(raw: string): Name {
    const [, prefix = '', local = ''] = ordinaryName.exec(raw) ?? []
    if (local === '' || prefix === 'xmlns') throw unusual
    const namespace = this.declared.get(prefix) ?? (prefix === '' ? '' : undefined)
    if (namespace === undefined) throw unusual
    return {
      raw,
      key: this.#names.element(local, namespace),
      namespace: this.#several ? namespace : undefined,
      attribute: this.#names.attribute(local, prefix === '' ? '' : namespace),
    }
  }
}
