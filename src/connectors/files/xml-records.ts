import { SaxesParser, type SaxesTagNS } from 'saxes'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { type Namespaces, type XmlNames, xmlNames } from '../../message/codec/xml-names.ts'
import { type Property, propertyOf } from '../../message/codec/xml-shape.ts'
import { report } from '../../message/codec/xml-strict.ts'
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
  readonly #parser = new SaxesParser({ xmlns: true })
  #found: FileRecord[] = []
  /** The record that ends in this piece, of which there is at most one. */
  #completed: FileRecord | undefined
  #piece: Piece | undefined
  /** Where the piece begins. */
  #line = 1
  #depth = 0
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
    this.#property = propertyOf(options.schema)
    const parser = this.#parser
    parser.on('error', error => {
      const reason = error.message.replace(/^(\d+):(\d+): (.*?)\.?$/, 'line $1, column $2: $3')
      throw new IsthmusError('MSG-DECODE', `malformed XML, ${reason}`)
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

  #push(piece: Piece): void {
    const { maxRecordBytes } = this.#options
    const { bytes, text, defect } = piece
    this.#piece = piece
    this.#size += bytes.length
    if (this.#size > maxRecordBytes) this.#spoil(`larger than ${maxRecordBytes} bytes`)
    else this.#bytes?.push(bytes)
    if (defect !== undefined && this.#record !== undefined) this.#spoil(defect)
    else this.#damage ??= defect
    this.#sawTag = false
    this.#line = this.#parser.line
    this.#parser.write(text)
    // The parser tells of a wrong end tag only after it has reported the end.
    if (this.#completed !== undefined) this.#found.push(this.#completed)
    this.#completed = undefined
    this.#idle = this.#sawTag ? 0 : this.#idle + bytes.length
    if (this.#idle > maxRecordBytes)
      throw new IsthmusError('MSG-LIMIT', `no tag for ${this.#idle} bytes before line ${this.#parser.line}`)
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
      throw new IsthmusError('MSG-DECODE', `the record in line ${this.#parser.line} cannot be located`)
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
    if (this.#record === undefined) this.#passBy()
    else if (this.#record.depth === this.#depth) this.#complete(this.#record, tree?.data)
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
