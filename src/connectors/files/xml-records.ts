import { SaxesParser, type SaxesTagNS } from 'saxes'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Encoding } from '../../message/codec/encoding.ts'
import { type Namespaces, type XmlNames, xmlNames } from '../../message/codec/xml-names.ts'
import { type Property, propertyOf } from '../../message/codec/xml-shape.ts'
import { report } from '../../message/codec/xml-strict.ts'
import { XmlTree } from '../../message/codec/xml-tree.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import type { FileRecord, Place } from './format.ts'
import { lastTag, type Piece } from './xml-pieces.ts'

const recordLimits = { maxDepth: 100, maxNodes: 1_000_000 }
/** Elements in each other, those around the records included. */
const deepest = 1000

export interface RecordOptions {
  readonly record: string
  readonly namespaces?: Namespaces | undefined
  readonly maxRecordBytes: number
  /** Of the data of a record. */
  readonly schema: JsonSchema
  readonly encoding: Encoding
}

interface OpenRecord extends Place {
  readonly tree: XmlTree
  /** The depth of the record's own element. */
  readonly depth: number
  defect: string | undefined
}

/**
 * Picks the records out of a document that is pushed piece by piece. A record with undecodable bytes or against a rule
 * is a defect. MSG-DECODE is thrown where the document itself is damaged, MSG-LIMIT where it cannot be kept in memory.
 */
export class XmlRecords {
  readonly #options: RecordOptions
  readonly #names: XmlNames
  readonly #property: Property
  readonly #parser = new SaxesParser({ xmlns: true })
  #found: FileRecord[] = []
  #piece: Piece | undefined
  #depth = 0
  #record: OpenRecord | undefined
  /** The place of the tag that was begun last outside of records. */
  #tag: Place = { offset: 0, line: 1 }
  /** From there on, as received; undefined where it is no record. */
  #bytes: Uint8Array[] | undefined
  #size = 0
  /** Bytes since the last tag. */
  #idle = 0
  /** Undecodable bytes of which it is not known yet whether they are part of a record. */
  #damage: string | undefined

  constructor(options: RecordOptions) {
    this.#options = options
    this.#names = xmlNames(options.namespaces)
    this.#property = propertyOf(options.schema)
    const parser = this.#parser
    parser.on('error', error => {
      throw new IsthmusError('MSG-DECODE', `malformed XML, line and column ${error.message}`)
    })
    parser.on('doctype', () => {
      throw new IsthmusError('MSG-DECODE', 'a document type (DOCTYPE) is not allowed')
    })
    parser.on('opentagstart', () => this.#beginTag())
    parser.on('opentag', tag => this.#open(tag))
    parser.on('text', text => this.#build(tree => tree.text(text)))
    parser.on('cdata', text => this.#build(tree => tree.text(text)))
    parser.on('closetag', () => this.#close())
  }

  push(piece: Piece): void {
    const { maxRecordBytes } = this.#options
    this.#piece = piece
    this.#idle += piece.bytes.length
    this.#size += piece.bytes.length
    if (this.#size <= maxRecordBytes) this.#bytes?.push(piece.bytes)
    else if (this.#record !== undefined) this.#record.defect ??= `larger than ${maxRecordBytes} bytes`
    if (this.#record !== undefined) this.#record.defect ??= piece.defect
    else this.#damage ??= piece.defect
    if (this.#idle > maxRecordBytes)
      throw new IsthmusError(
        'MSG-LIMIT',
        `no tag within ${maxRecordBytes} bytes of line ${this.#parser.line}`,
      )
    this.#parser.write(piece.text)
  }

  /** The records completed since it was last asked. */
  take(): FileRecord[] {
    const found = this.#found
    this.#found = []
    return found
  }

  /** The document ends here. */
  end(): void {
    this.#parser.close()
  }

  #beginTag(): void {
    this.#idle = 0
    if (this.#record !== undefined || this.#piece === undefined) return
    const { offset, bytes } = this.#piece
    const begin = lastTag(this.#piece, this.#options.encoding)
    this.#tag = { offset: offset + begin, line: this.#parser.line }
    this.#bytes = [bytes.subarray(begin)]
    this.#size = bytes.length - begin
  }

  #open(tag: SaxesTagNS): void {
    if (++this.#depth > deepest) throw new IsthmusError('MSG-LIMIT', `XML with more than ${deepest} levels`)
    const key = this.#names.element(tag.local, tag.uri)
    if (this.#record === undefined && key === this.#options.record) this.#beginRecord()
    if (this.#record === undefined) this.#passBy()
    this.#build(tree => {
      tree.open(key, tag.uri)
      for (const attribute of Object.values(tag.attributes)) report(attribute, tree, this.#names)
    })
  }

  #beginRecord(): void {
    const tree = new XmlTree(this.#property, recordLimits, undefined)
    this.#record = { ...this.#tag, tree, depth: this.#depth, defect: this.#damage }
    this.#damage = undefined
  }

  #close(): void {
    this.#idle = 0
    if (this.#record === undefined) this.#passBy()
    this.#build(tree => tree.close())
    if (this.#record?.depth === this.#depth) this.#complete(this.#record)
    this.#depth--
  }

  #complete({ offset, line, tree, defect }: OpenRecord): void {
    const place = { offset, line }
    if (defect === undefined) this.#found.push({ ...place, data: tree.data })
    else
      this.#found.push({
        ...place,
        body: Buffer.concat(this.#bytes ?? []),
        defect: `line ${line}: ${defect}`,
      })
    this.#record = this.#bytes = undefined
  }

  /** A tag outside of records. If it cannot be read, it may have been one that begins a record. */
  #passBy(): void {
    this.#bytes = undefined
    if (this.#damage !== undefined) throw new IsthmusError('MSG-DECODE', this.#damage)
  }

  #build(report: (tree: XmlTree) => void): void {
    if (this.#record === undefined || this.#record.defect !== undefined) return
    try {
      report(this.#record.tree)
    } catch (error) {
      this.#record.defect = reasonOf(error)
    }
  }
}
