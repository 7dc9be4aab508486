import { IsthmusError } from '../../errors.ts'
import { type Codec, quoted } from '../../message/codec/codec.ts'
import { fixed, type Part, type Prefixes } from '../../message/codec/document/part.ts'
import { readRecord } from '../../message/codec/document/read.ts'
import { writeDocument } from '../../message/codec/document/write.ts'
import { type ElementLimits, readElements } from '../../message/codec/xml-elements.ts'

const base = 'urn:oasis:names:specification:ubl:schema:xsd:'

/** One kind of document of UBL. */
export interface UblDocument {
  /** `Order`. */
  readonly root: string
  readonly parts: readonly Part[]
  /** Of the record: a document that several share is told by them. */
  readonly fields?: Readonly<Record<string, string>>
  /** What the standard needs and the record, which may leave it out, does not have. */
  missing?(record: Readonly<Record<string, unknown>>): string | undefined
}

/** What of a document may be larger than usual. */
export interface UblOptions extends ElementLimits {}

/**
 * Reads any of these documents, and writes the one whose fields the record has. Of UBL 2.0 to 2.4 the namespaces are the
 * same; written is what 2.1 has.
 */
export function ublCodec(documents: readonly UblDocument[], limits: UblOptions): Codec {
  const known = documents.map(each => ({ ...each, parts: [fixed('cbc:UBLVersionID', '2.1'), ...each.parts] }))
  const byNamespace = new Map(known.map(each => [namespaceOf(each), each]))
  return {
    contentType: 'application/xml',
    decode(body) {
      const element = readElements(body, limits)
      const found = byNamespace.get(element.namespace)
      if (!found || found.root !== element.name)
        throw new IsthmusError(
          'MSG-DECODE',
          `the document is ${quoted(element.name)} of ${quoted(element.namespace)}, not ${documents.map(({ root }) => root).join(' or ')} of UBL 2`,
        )
      const { record, unmapped } = readRecord(element, found.parts, prefixesOf(found))
      return { ...found.fields, ...record, ...(unmapped.length > 0 && { unmapped }) }
    },
    encode(data) {
      const { document, record } = chosen(data, known)
      const missing = document.missing?.(record)
      if (missing !== undefined)
        throw new IsthmusError(
          'MSG-ENCODE',
          `${document.root} of UBL needs ${missing}, which the record has not`,
        )
      const prefixes = prefixesOf(document)
      return Buffer.from(writeDocument(document.root, record, document.parts, prefixes), 'utf8')
    },
  }
}

function namespaceOf({ root }: UblDocument): string {
  return `${base}${root}-2`
}

function prefixesOf(document: UblDocument): Prefixes {
  return {
    '': namespaceOf(document),
    cac: `${base}CommonAggregateComponents-2`,
    cbc: `${base}CommonBasicComponents-2`,
  }
}

interface Chosen {
  readonly document: UblDocument
  readonly record: Readonly<Record<string, unknown>>
}

/** The document that the record says it is, and the record without saying it. */
function chosen(data: unknown, documents: readonly UblDocument[]): Chosen {
  const given = Object(data) as Record<string, unknown>
  for (const document of documents) {
    const telling = Object.entries(document.fields ?? {})
    if (!telling.every(([field, value]) => given[field] === value)) continue
    const told = new Set(telling.map(([field]) => field))
    const record = Object.fromEntries(Object.entries(given).filter(([field]) => !told.has(field)))
    return { document, record }
  }
  throw new IsthmusError(
    'MSG-ENCODE',
    `the record is none of ${documents.map(({ root }) => root).join(', ')}`,
  )
}
