import type { Encoding } from '../../message/codec/encoding.ts'
import { encodingOf, xml as xmlCodec } from '../../message/codec/xml.ts'
import type { Namespaces } from '../../message/codec/xml-names.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import type { Format } from './format.ts'
import { xmlPieces } from './xml-pieces.ts'
import { XmlRecords } from './xml-records.ts'

export interface XmlOptions {
  /** The element that is one record, wherever in the document it stands: `Order`. */
  readonly record: string
  /** Prefix to namespace: names of these namespaces keep this prefix, whatever the sender calls it; '' for none. */
  readonly namespaces?: Namespaces | undefined
  /** A larger record is set aside. Default 16 MiB. */
  readonly maxRecordBytes?: number | undefined
}

const xmlNames: OptionNames<XmlOptions> = { record: 'needed', namespaces: true, maxRecordBytes: true }

/**
 * Records out of documents of any size, as the same data that the codec `xml` makes of a document of one record. What
 * stands around the records is skipped. A document that turns out not to be well-formed cannot be read further.
 */
export function xml(options: XmlOptions): Format {
  checkOptionNames('xml()', options, xmlNames)
  const { record, namespaces, maxRecordBytes = 16 * 1024 * 1024 } = options
  const element = record.slice(record.indexOf(':') + 1)
  const codecFor = (encoding: Encoding) => xmlCodec({ root: record, namespaces, encoding })
  return Object.freeze({
    name: 'XML',
    encodingIn: encodingOf,
    async *records(bytes, encoding, _from, schema) {
      const records = new XmlRecords({ record, namespaces, maxRecordBytes, schema })
      for await (const pieces of xmlPieces(bytes, encoding, element, maxRecordBytes)) {
        const fault = records.push(pieces)
        yield records.take()
        if (fault !== undefined) throw fault
      }
      records.end()
    },
    writer: encoding => codecFor(encoding).encode,
  } satisfies Format)
}
