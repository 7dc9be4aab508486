import type { Encoding } from '../../message/codec/encoding.ts'
import type { Setting } from '../../system/setting.ts'
import type { Format } from './format.ts'

export interface FilesOptions {
  /** An existing folder that this process may read and write. Everything else stays below it. */
  readonly folder: Setting
}

/** What a channel says about the records of files in a folder. */
export interface ReadOptions<T = unknown> {
  /** Below the folder of the connector; that one itself if absent. */
  readonly folder?: string | undefined
  /** `*` and `?` as usual, upper and lower case being the same: `orders-*.csv`. */
  readonly pattern: string
  /** How records stand in a file: `csv()`, `jsonLines()`, `xml()` ... */
  readonly format: Format
  /** What a file says itself (byte order mark, XML declaration), else UTF-8, if absent; `detect` guesses. */
  readonly encoding?: Encoding | 'detect' | undefined
  /** Which files of a zip archive are read; all if absent. Hidden ones are left alone. */
  readonly entries?: string | undefined
  /** What a file that is packed (gzip, zip) may unpack to. */
  readonly unpack?: UnpackLimits | undefined
  /** Pause between two looks at the folder when there is nothing to do. Default `5s`. */
  readonly every?: string | undefined
  /** A file that did not change for so long is complete. Default `2s`; `0s` where writers rename into place. */
  readonly settle?: string | undefined
  /** If given, a file is complete when the file of this name exists: `file => file + '.ok'`. It is removed. */
  readonly marker?: ((file: string) => string) | undefined
  /** The identity of a record, by which it is accepted once. Default: the file (name, size, time, inode) and offset. */
  readonly id?: ((record: T) => string) | undefined
}

/** A packed file that goes beyond them is set aside, whatever it has in it. */
export interface UnpackLimits {
  /** Bytes of all that it holds. Default 16 GiB. */
  readonly maxBytes?: number | undefined
  /** How many times its size, where that is more than 16 MiB. Default 200. */
  readonly maxRatio?: number | undefined
  /** Files in an archive. Default 10000. */
  readonly maxEntries?: number | undefined
}

/** One file per message. */
export interface WriteOptions<T = unknown> {
  /** Below the folder of the connector; that one itself if absent. */
  readonly folder?: string | undefined
  /** How the record stands in its file: `csv()`, `jsonLines()`, `xml()` ... */
  readonly format: Format
  /** The name of the file. The effect key is put in before the extension: `order-17.json` to `order-17.KEY.json`. */
  readonly file: (record: T) => string
  /** Default UTF-8. A record with a character that it lacks is refused. */
  readonly encoding?: Encoding | undefined
}

export const defaultEvery = '5s'
export const defaultSettle = '2s'
