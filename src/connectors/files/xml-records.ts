import { SaxesParser, type SaxesTagNS } from 'saxes'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { type Namespaces, type XmlNames, xmlNames } from '../../message/codec/xml-names.ts'
import { type Property, propertyOf } from '../../message/codec/xml-shape.ts'
import { report } from '../../message/codec/xml-strict.ts'
import { SwiftReader } from '../../message/codec/xml-swift.ts'
import { XmlTree } from '../../message/codec/xml-tree.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import type { FileRecord, Place } from './format.ts'
import type { Piece } from './xml-pieces.ts'

const recordLimits = { maxDepth: 100, maxNodes: 1_000_000 }
/** Elements in each other, those around the records included. */
const deepest = 1000

export interface RecordOptions {
  readonly record: string
  readonly namespaces?: Namespaces | undefined
  readonly maxRecordBytes: number
  /** Of the data of a record. */
  readonly schema: JsonSchema
}

interface OpenRecord extends Place {
  /** The depth of the record's own element. */
  readonly depth: number
  defect: string | undefined
}

/**
 * Picks the records out of a document that is pushed piece by piece. A record with undecodable bytes or against a rule
 * is a defect. MSG-DECODE says that the document itself is damaged, MSG-LIMIT that it cannot be kept in memory.
 */
export class XmlRecords {
  readonly #options: RecordOptions
  readonly #names: XmlNames
  readonly #property: Property
  readonly #swift: SwiftReader
  /** The local name of records. */
  readonly #element: string
  readonly #parser = new SaxesParser({ xmlns: true })
  #found: FileRecord[] = []
  /** The record that ends in this piece, of which there is at most one. */
  #completed: FileRecord | undefined
  #piece: Piece | undefined
  /** Where the piece begins. */
  #line = 1
  #depth = 0
  /** Lines of the records that the parser was not told of. */
  #skipped = 0
  /** What ends the comment, section or tag within which the parser is. */
  #endOfOpen: string | undefined
  /** The namespaces of each element around the records, by prefix. */
  readonly #declared: ReadonlyMap<string, string>[] = []
  #record: OpenRecord | undefined
  /** The data of the open record, unless it is a defect. */
  #tree: XmlTree | undefined
  /** The offset of the last record. */
  #last = -1
  /** The place of the tag that was begun last outside of records. */
  #tag: Place = { offset: 0, line: 1 }
  /** From there on, as received; undefined where it is no record. */
  #bytes: Uint8Array[] | undefined
  #size = 0
  /** Bytes of the pieces since the last one with a tag. */
  #idle = 0
  #sawTag = false
  /** Undecodable bytes of which it is not known yet whether they are part of a record. */
  #damage: string | undefined

  constructor(options: RecordOptions) {
    this.#options = options
    this.#names = xmlNames(options.namespaces)
    this.#element = options.record.slice(options.record.indexOf(':') + 1)
    this.#property = propertyOf(options.schema)
    this.#swift = new SwiftReader(this.#names)
    const parser = this.#parser
    parser.on('error', error => {
      const reason = error.message.replace(/^\d+:\d+: (.*?)\.?$/, '$1')
      throw new IsthmusError('MSG-DECODE', `malformed XML, line ${this.#lineNow}: ${reason}`)
    })
    parser.on('doctype', () => {
      throw new IsthmusError('MSG-DECODE', 'a document type (DOCTYPE) is not allowed')
    })
    parser.on('opentagstart', () => this.#beginTag())
    parser.on('opentag', tag => this.#open(tag))
    parser.on('text', text => this.#tree?.text(text))
    parser.on('cdata', text => this.#tree?.text(text))
    parser.on('closetag', () => this.#close())
  }

  /** Answers what makes the rest of the document unreadable; the records before it are good. */
  push(pieces: readonly Piece[]): IsthmusError | undefined {
    try {
      for (const piece of pieces) this.#push(piece)
      return undefined
    } catch (error) {
      if (error instanceof IsthmusError) return error
      throw error
    }
  }

  /** The records completed since it was last asked. */
  take(): FileRecord[] {
    const found = this.#found
    this.#found = []
    return found
  }

  /** The document ends here. Throws MSG-DECODE if it should not. */
  end(): void {
    this.#parser.close()
  }

  get #lineNow(): number {
    return this.#parser.line + this.#skipped
  }

  /**
   * Most records are ordinary, and one piece: those are read several times as fast as the parser does it, which then
   * need not see them. Answers whether it is one.
   */
  #pushSwiftly({ offset, bytes, text, defect }: Piece): boolean {
    const declared = this.#declared.at(-1)
    const isBetween = this.#record === undefined && declared !== undefined && this.#endOfOpen === undefined
    if (!isBetween || (defect ?? this.#damage) !== undefined || offset <= this.#last) return false
    if (!blank.test(text)) {
      const { record, maxRecordBytes } = this.#options
      if (text.charCodeAt(0) !== 60 || text.charCodeAt(1) === 47 || bytes.length > maxRecordBytes)
        return false
      if (!text.startsWith(this.#element, text.indexOf(':') + 1 || 1) && !text.startsWith(this.#element, 1))
        return false
      const tree = new XmlTree(this.#property, recordLimits, record)
      try {
        this.#swift.readElement(text, tree, declared)
      } catch {
        return false
      }
      this.#last = offset
      this.#idle = 0
      this.#found.push({ offset, line: this.#lineNow, data: tree.data })
    }
    this.#skipped += newLinesIn(text)
    return true
  }

  #push(piece: Piece): void {
    if (this.#pushSwiftly(piece)) return
    const { maxRecordBytes } = this.#options
    const { bytes, text, defect } = piece
    this.#piece = piece
    this.#size += bytes.length
    if (this.#size > maxRecordBytes) this.#spoil(`larger than ${maxRecordBytes} bytes`)
    else this.#bytes?.push(bytes)
    if (defect !== undefined && this.#record !== undefined) this.#spoil(defect)
    else this.#damage ??= defect
    this.#sawTag = false
    this.#line = this.#lineNow
    this.#endOfOpen = endOfOpen(text, this.#endOfOpen)
    this.#parser.write(text)
    // The parser tells of a wrong end tag only after it has reported the end.
    if (this.#completed !== undefined) this.#found.push(this.#completed)
    this.#completed = undefined
    this.#idle = this.#sawTag ? 0 : this.#idle + bytes.length
    if (this.#idle > maxRecordBytes)
      throw new IsthmusError('MSG-LIMIT', `no tag for ${this.#idle} bytes before line ${this.#lineNow}`)
  }

  #beginTag(): void {
    this.#sawTag = true
    if (this.#record !== undefined || this.#piece === undefined) return
    const { offset, bytes } = this.#piece
    this.#tag = { offset, line: this.#line }
    this.#bytes = [bytes]
    this.#size = bytes.length
  }

  #open(tag: SaxesTagNS): void {
    if (++this.#depth > deepest) throw new IsthmusError('MSG-LIMIT', `XML with more than ${deepest} levels`)
    const key = this.#names.element(tag.local, tag.uri)
    if (this.#record === undefined && key === this.#options.record) this.#beginRecord()
    if (this.#record === undefined) this.#passBy()
    if (this.#record === undefined) this.#declared.push(declaredBy(tag, this.#declared.at(-1)))
    const tree = this.#tree
    try {
      tree?.open(key, tag.uri)
      if (tree) for (const attribute of Object.values(tag.attributes)) report(attribute, tree, this.#names)
    } catch (error) {
      this.#spoil(reasonOf(error))
    }
  }

  #beginRecord(): void {
    // Offsets identify records. Only a name that is spelled unusually in bytes could be at none of the cuts.
    if (this.#tag.offset <= this.#last)
      throw new IsthmusError('MSG-DECODE', `the record in line ${this.#lineNow} cannot be located`)
    this.#last = this.#tag.offset
    this.#record = { ...this.#tag, depth: this.#depth, defect: undefined }
    this.#tree = new XmlTree(this.#property, recordLimits, undefined)
    if (this.#damage !== undefined) this.#spoil(this.#damage)
    this.#damage = undefined
  }

  #close(): void {
    this.#sawTag = true
    const tree = this.#tree
    tree?.close()
    if (this.#record === undefined) {
      this.#passBy()
      this.#declared.pop()
    } else if (this.#record.depth === this.#depth) this.#complete(this.#record, tree?.data)
    this.#depth--
  }

  #complete({ offset, line, defect }: OpenRecord, data: unknown): void {
    const place = { offset, line }
    const body = () => Buffer.concat(this.#bytes ?? [])
    this.#completed =
      defect === undefined
        ? { ...place, data }
        : { ...place, body: body(), defect: `line ${line}: ${defect}` }
    this.#record = this.#tree = this.#bytes = undefined
  }

  /** A tag outside of records. If it cannot be read, it may have been one that begins a record. */
  #passBy(): void {
    this.#bytes = undefined
    if (this.#damage !== undefined) throw new IsthmusError('MSG-DECODE', this.#damage)
  }

  /** The open record is a defect, for the first reason that was found. */
  #spoil(reason: string): void {
    if (this.#record !== undefined) this.#record.defect ??= reason
    this.#tree = undefined
  }
}

const blank = /^[ \t\r\n]{0,1000}$/

function newLinesIn(text: string): number {
  if (text.includes('\r')) return text.split(/\r\n?|\n/).length - 1
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** What ends the comment, section or tag in which a text ends, if it does in one; `open` is that of the text before. */
function endOfOpen(text: string, open: string | undefined): string | undefined {
  let end = open
  let at = 0
  for (;;) {
    if (end !== undefined) {
      const found = text.indexOf(end, at)
      if (found === -1) return end
      at = found + end.length
    }
    const begin = text.indexOf('<', at)
    if (begin === -1) return undefined
    const [sign, itsEnd] = asides.find(([each]) => text.startsWith(each, begin)) ?? ['<', '>']
    end = itsEnd
    at = begin + sign.length
  }
}

const asides = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const

function declaredBy(
  tag: SaxesTagNS,
  around: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, string> {
  const own = Object.entries(tag.ns)
  return around !== undefined && own.length === 0 ? around : new Map([...(around ?? []), ...own])
}
