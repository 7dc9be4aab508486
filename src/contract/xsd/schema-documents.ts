import { IsthmusError, reasonOf } from '../../errors.ts'
import { attributeOf, readElements, type XmlElement } from '../../message/codec/xml-elements.ts'
import type { ContractDocument } from '../contract.ts'
import { unreadable } from '../open-document.ts'
import { xmlNamespace, xsdNamespace } from './qname.ts'

/** One `schema` element: a document of its own, or a part of the types of a WSDL. */
export interface SchemaDocument {
  readonly root: XmlElement
  readonly location: string
  /** Its own, or that of the schema which includes it. */
  readonly targetNamespace: string
}

/** The root of a document; CONTRACT-UNREADABLE with the place for what is no XML. */
export function rootOf({ location, body }: ContractDocument): XmlElement {
  try {
    return readElements(body, { maxDepth: 200 })
  } catch (error) {
    if (!(error instanceof IsthmusError)) throw error
    throw unreadable(location, error.message, error.detail.line as number | undefined)
  }
}

/**
 * Loads what an element names; the error says who names it, and in which line. Where it names another host, a copy of
 * that name beside the document is taken.
 */
export async function loadNamed(
  from: ContractDocument,
  at: XmlElement,
  reference: string,
): Promise<ContractDocument> {
  try {
    return await loadOrCopy(from, reference)
  } catch (cause) {
    if (!(cause instanceof IsthmusError)) throw cause
    const text = `${from.location}:${at.line}: ${reasonOf(cause)}`
    throw new IsthmusError('CONTRACT-REFERENCE', text, { cause, detail: { line: at.line } })
  }
}

async function loadOrCopy(from: ContractDocument, reference: string): Promise<ContractDocument> {
  const absolute = URL.canParse(reference) ? new URL(reference) : undefined
  const copy = absolute?.pathname.split('/').at(-1)
  try {
    return await from.load(reference)
  } catch (error) {
    if (!copy) throw error
    return from.load(copy).catch(() => {
      throw error
    })
  }
}

/** Namespaces that everybody knows: schemas that are imported for them are not looked for. */
const wellKnown = new Set([
  xmlNamespace,
  xsdNamespace,
  'http://schemas.xmlsoap.org/soap/encoding/',
  'http://schemas.xmlsoap.org/soap/envelope/',
  'http://www.w3.org/2003/05/soap-envelope',
  'http://schemas.xmlsoap.org/wsdl/',
  'http://schemas.xmlsoap.org/wsdl/soap/',
])

/** All schemas that one names, directly or not, itself first; each once for each namespace that it is included in. */
export class SchemaDocuments {
  readonly found: SchemaDocument[] = []
  readonly #seen = new Set<string>()

  /** `document` is the file that holds `root`, or is it. */
  async add(document: ContractDocument, root: XmlElement, includedIn?: string): Promise<void> {
    const targetNamespace = attributeOf(root, 'targetNamespace') ?? includedIn ?? ''
    const { location } = document
    const id = `${location}:${root.line}:${targetNamespace}`
    if (this.#seen.has(id)) return
    this.#seen.add(id)
    this.found.push({ root, location, targetNamespace })
    for (const child of root.children) {
      if (child.namespace !== xsdNamespace) continue
      if (child.name === 'import') await this.#import(document, child)
      if (child.name === 'include' || child.name === 'redefine' || child.name === 'override')
        await this.#follow(document, child, targetNamespace)
    }
  }

  async #import(document: ContractDocument, at: XmlElement): Promise<void> {
    if (!wellKnown.has(attributeOf(at, 'namespace') ?? '')) await this.#follow(document, at, undefined)
  }

  async #follow(document: ContractDocument, at: XmlElement, includedIn: string | undefined): Promise<void> {
    const reference = attributeOf(at, 'schemaLocation')
    if (reference === undefined || reference.trim() === '') return
    const loaded = await loadNamed(document, at, reference.trim())
    const root = rootOf(loaded)
    // Some sets import a WSDL for the schemas in it.
    if (root.name === 'definitions') return this.addTypesOf(loaded, root)
    if (root.name !== 'schema' || root.namespace !== xsdNamespace)
      throw unreadable(loaded.location, `it is no schema, but a ${root.name}`, root.line)
    await this.add(loaded, root, includedIn)
  }

  /** The schemas in the types of a WSDL. */
  async addTypesOf(document: ContractDocument, definitions: XmlElement): Promise<void> {
    for (const types of definitions.children.filter(({ name }) => name === 'types'))
      for (const schema of types.children)
        if (schema.name === 'schema' && schema.namespace === xsdNamespace) await this.add(document, schema)
  }
}
