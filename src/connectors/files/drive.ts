/** What shows that a file was changed. */
export interface Stamp {
  readonly size: bigint
  readonly mtimeNs: bigint
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs
}

/** What stands under a name. `other` is a link, a pipe or a device: none of them is followed or read. */
export interface Found {
  readonly kind: 'file' | 'folder' | 'other'
  /** Of a file; undefined in a list where it must be asked for with `find`. */
  readonly stamp?: Stamp | undefined
}

export interface Listed extends Found {
  readonly name: string
}

/** A regular file, open for reading. Whoever opened it closes it. */
export interface OpenFile {
  /** As it is now. */
  stamp(): Promise<Stamp>
  /** Fills a chunk with the bytes from `at` on, and gives their number; 0 at the end. */
  read(chunk: Uint8Array, at: number): Promise<number>
  close(): Promise<void>
}

/**
 * How a file gets another name:
 * `own`: the new name is in a folder of ours alone; of several who move the same file one succeeds;
 * `complete`: the new name says what is in the file, which is seen whole or not at all;
 * `new`: somebody else may want the new name too, and must keep it.
 */
export type Naming = 'own' | 'complete' | 'new'

/**
 * The folder of a connector and what is below it: on this machine, or on a server. Paths are below that folder, joined
 * by slashes; `''` is the folder itself. Errors have the code that the file system of this machine would give: ENOENT,
 * EEXIST, EACCES; EREMOTE says that a server refused for another reason, and that nothing happened.
 */
export interface Drive {
  /** Whether two versions of a file have different times, however quickly they followed one another. */
  readonly exactTimes: boolean
  list(folder: string): Promise<Listed[]>
  /** Undefined if nothing has that name. */
  find(path: string): Promise<Found | undefined>
  open(path: string): Promise<OpenFile>
  /** Makes what is missing of a folder, but for the connector's own. Throws CONFIG-INVALID for links. */
  folder(path: string): Promise<void>
  /** Writes a new file, and hands its bytes to the disk where the drive can. */
  put(path: string, bytes: Uint8Array): Promise<void>
  /** False, with nothing changed, if `from` is gone (`own`) or `to` is taken (`new`, `complete`). */
  move(from: string, to: string, naming: Naming): Promise<boolean>
  /** Removes a file, or an empty folder. Does nothing where there is none. */
  remove(path: string, kind: 'file' | 'folder'): Promise<void>
  /** Makes the names in a folder durable, where the drive can. */
  sync(folder: string): Promise<void>
}

/** How sources and sinks get at the drive of a connection. */
export interface DriveAccess {
  /** For one run of a source, which closes it; cut when the signal aborts. */
  open(signal: AbortSignal): Promise<Drive & { close(): void }>
  /** For a call of a sink: rejects when the signal aborts. */
  use<T>(signal: AbortSignal, work: (drive: Drive) => Promise<T>): Promise<T>
  /** Rejects with the reason if the folder cannot be used. */
  check(): Promise<void>
  close(): Promise<void>
}
