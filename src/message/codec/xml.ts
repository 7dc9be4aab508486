import { IsthmusError } from '../../errors.ts'
import { checkOptionNames, type OptionNames } from '../option-names.ts'
import { type Codec, quoted } from './codec.ts'
import { markOf } from './detect-encoding.ts'
import { encodeText } from './encode-text.ts'
import { decodeText, type Encoding, encodingNamed } from './encoding.ts'
import { checkPlain } from './plain.ts'
import { type Namespaces, xmlNames } from './xml-names.ts'
import { propertyOf } from './xml-shape.ts'
import { readStrictly } from './xml-strict.ts'
import { SwiftReader } from './xml-swift.ts'
import { XmlTree } from './xml-tree.ts'
import { writeXml } from './xml-write.ts'

export interface XmlOptions {
  /** Name of the root element: checked when reading, needed for writing. */
  readonly root?: string | undefined
  /** JSON Schema of the data. */
  readonly schema?: Readonly<Record<string, unknown>> | undefined
  /** Prefix to namespace: names of these namespaces keep this prefix, whatever the sender calls it; '' for none. */
  readonly namespaces?: Namespaces | undefined
  /** For writing; documents that are read say it themselves. Default utf-8. */
  readonly encoding?: Encoding | undefined
  /** Nested elements, default 100, at most 1,000. */
  readonly maxDepth?: number | undefined
  /** Elements and attributes of one document, default 1,000,000. */
  readonly maxNodes?: number | undefined
}

const optionNames: OptionNames<XmlOptions> = {
  root: true,
  schema: true,
  namespaces: true,
  encoding: true,
  maxDepth: true,
  maxNodes: true,
}

/**
 * XML as plain data. The content of the root element is the data; within it:
 * - a child element is the property of its name without prefix; if it occurs again, the property is a list;
 * - an attribute is the property `@name`; namespace declarations and `xsi:` attributes are left out;
 * - an element that has only text is that text; with `xsi:nil` it is null;
 * - text beside attributes or child elements is the property `#text`, in one piece; between elements, space is no text.
 *
 * The schema removes the ambiguities: its lists are lists also with one element or, if required, none; text becomes a
 * number or boolean where that is exact (else it stays text, for validation to refuse); an empty element is {} where
 * an object is expected, null where that but no text is allowed, else ''. Writing follows the same convention.
 *
 * Document types are refused, so that no entity is ever expanded or fetched.
 */
export function xml(options: XmlOptions = {}): Codec {
  checkOptionNames('xml()', options, optionNames)
  const { root, encoding = 'utf-8', maxDepth = 100, maxNodes = 1_000_000, namespaces = {} } = options
  if (maxDepth > 1000) throw new IsthmusError('CONFIG-INVALID', `maxDepth ${maxDepth} is above 1000`)
  const names = xmlNames(namespaces)
  const swift = new SwiftReader(names)
  const property = propertyOf(options.schema)
  const newTree = () => new XmlTree(property, { maxDepth, maxNodes }, root)
  return {
    contentType: encoding === 'utf-8' ? 'application/xml' : `application/xml; charset=${encoding}`,
    decode(body) {
      const text = decodeText(body, encodingOf(body))
      const tree = newTree()
      try {
        swift.read(text, tree)
        return tree.data
      } catch {
        const again = newTree()
        readStrictly(text, again, names)
        return again.data
      }
    },
    encode(data) {
      if (root === undefined)
        throw new IsthmusError('MSG-ENCODE', 'XML is written by codecs with the option root only')
      checkPlain(data, maxDepth)
      return encodeText(declarationFor(encoding) + writeXml(data, root, namespaces), encoding)
    },
  }
}

/** Source: XML 1.0 appendix F. A byte order mark is certain, then what the declaration says; else it is UTF-8. */
export function encodingOf(body: Uint8Array): Encoding {
  const marked = markOf(body)
  if (marked !== undefined) return marked
  if (body[0] === 0x3c && body[1] === 0) return 'utf-16le'
  if (body[0] === 0 && body[1] === 0x3c) return 'utf-16be'
  if (body[0] !== 0x3c || body[1] !== 0x3f) return 'utf-8'
  const begin = Buffer.from(body.subarray(0, 200)).toString('latin1')
  const label = /^<\?xml[^>]*?\sencoding\s*=\s*["']([^"'>]*)["']/.exec(begin)?.[1] ?? 'utf-8'
  const encoding = encodingNamed(label)
  if (encoding !== undefined && !encoding.startsWith('utf-16')) return encoding
  const reason = encoding === undefined ? 'is not supported' : 'is not what its bytes are'
  throw new IsthmusError('MSG-DECODE', `XML declares the encoding ${quoted(label)}, which ${reason}`)
}

function declarationFor(encoding: Encoding): string {
  const wide = encoding.startsWith('utf-16')
  return `${wide ? '\ufeff' : ''}<?xml version="1.0" encoding="${wide ? 'UTF-16' : encoding.toUpperCase()}"?>\n`
}
