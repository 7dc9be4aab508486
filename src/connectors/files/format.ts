import type { Encoding } from '../../message/codec/encoding.ts'
import type { Delivered } from '../../message/message.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'

/** How records stand in a file. Made by `jsonLines`, `csv` or `xml`; one value serves any number of files. */
export interface Format {
  readonly name: string
  /** Reads the body of a record that this format gives with one. */
  readonly decode?: ((body: Uint8Array) => unknown) | undefined
  /** Whether it reads packed files as they are. Otherwise they are unpacked before. */
  readonly packed?: true | undefined
  /** The encoding that a file says of itself by its first bytes, where the format has a place for that. */
  encodingIn?(begin: Uint8Array): Encoding | undefined
  /**
   * The records of a file in the order of their offsets, some at a time, in memory that does not grow with the file.
   * Records before `from` may be left out. A record that cannot be read is a defect among the others; an IsthmusError
   * is thrown where nothing further can be read. `schema` is that of the data.
   */
  records(bytes: Bytes, encoding: Encoding, from: Place, schema: JsonSchema): AsyncIterable<FileRecord[]>
  /** Writes whole files, each of one record or of the records of a list. */
  writer(encoding: Encoding): (data: unknown) => Uint8Array
}

/** The bytes of a file from an offset to the end, in chunks that are never overwritten. May be asked repeatedly. */
export interface Bytes {
  from(offset: number): AsyncIterable<Uint8Array>
  /** How many bytes there are, once it is certain that no more follow. */
  size(): Promise<number>
}

/**
 * Where a record begins: its byte from 0, its line from 1. Of what was packed these are the byte of all that is
 * unpacked, one content behind the other, and the line in its own content. In a spreadsheet `line` is the row, and
 * `offset` a number that grows with it.
 */
export interface Place {
  readonly offset: number
  readonly line: number
}

export const beginOfFile: Place = { offset: 0, line: 1 }

/** A record of a file: as data, or as bytes with the reason for which it cannot be read. */
export type FileRecord = Place &
  Delivered & {
    /** The sheet or the packed file that holds it, where a file has several. */
    readonly part?: string | undefined
  }
