import type { Encoding } from '../../message/codec/encoding.ts'
import type { Reference, Setting } from '../../system/setting.ts'
import type { TlsOptions } from '../http/tls.ts'
import type { Format } from './format.ts'

export interface FilesOptions {
  /** An existing folder that this process may read and write. Everything else stays below it. */
  readonly folder: Setting
}

/** A folder of an SSH server. */
export interface SftpOptions {
  /** `sftp://host:2222/in/orders`: port 22 unless it says another; `/~/in` and no folder begin where the login does. */
  readonly url: Setting
  /** Who logs in. */
  readonly user: Setting
  /** Default: none; `key` or `password` is needed. */
  readonly password?: Reference | undefined
  /** A private key of `user`, in the format of OpenSSH or PEM. Default: none. */
  readonly key?: Reference | undefined
  /** Of a `key` that is encrypted. Default: it is not. */
  readonly passphrase?: Reference | undefined
  /** The key that the server must show: `SHA256:...`, as `ssh-keygen -l` says it, or the public key `ssh-ed25519 AAAA...`; of several on lines of their own, any. */
  readonly hostKey: Setting
  /** How long to wait for the connection and the login. Default `10s`. */
  readonly connectTimeout?: string | undefined
  /** A server that gives no sign for so long is taken for gone. Default `30s`. */
  readonly timeout?: string | undefined
}

/** A folder of an FTP server. */
export interface FtpOptions {
  /** `ftp://host/in/orders`: port 21 (990 for `implicit`) unless it says another; `/~/in` and no folder begin where the login does. */
  readonly url: Setting
  /** Who logs in. */
  readonly user: Setting
  /** Of `user`. */
  readonly password: Reference
  /** TLS after a command (`explicit`), from the first byte (`implicit`), or, with everything readable on the way, `none`. Default `explicit`. */
  readonly encryption?: 'explicit' | 'implicit' | 'none' | undefined
  /** The server must show a certificate for its name. Default: from an authority that Node knows, and we show none. */
  readonly tls?: TlsOptions | undefined
  /** In which the server writes names of files; old ones of China use `gb18030`. Default UTF-8. */
  readonly names?: Encoding | undefined
  /** How long to wait for the connection. Default `10s`. */
  readonly connectTimeout?: string | undefined
  /** A server that gives no sign for so long is taken for gone. Default `30s`. */
  readonly timeout?: string | undefined
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
  /** The name of the file. The effect key is put in before the extension: `order-17.json` to `order-17.KEY.json`, `a.csv.gz` to `a.KEY.csv.gz`. */
  readonly file: (record: T) => string
  /** Whether the file has just the name that `file` gives, for receivers who dictate it. A file that has the name already is the message's own if it has the same content, else the message is refused. Default false. */
  readonly exactName?: boolean | undefined
  /** Default UTF-8. A record with a character that it lacks is refused. */
  readonly encoding?: Encoding | undefined
}

export const defaultEvery = '5s'
export const defaultSettle = '2s'
