import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import type { StoredRecord } from './record.ts'

/*
 * Table `keys` finds messages by the beginning of their business key. It is made of the journal, some thousand messages
 * at a time: a *run* has their keys in order, in pages, and a directory that says with which key each page begins.
 * Messages behind the last run are looked at themselves. An index of SQLite would change a page of its own for nearly
 * every message, and could not give the newest of many first.
 */

/** Messages of a run. */
export const runSize = 16_384
/** A page with its row fits into one of the database. */
const pageBytes = 8000
/** So much of a key is kept: what was found is compared with the message itself. */
export const keyBytes = 120
/** The rows of run n: its directory at n * 2^20, its pages behind. */
const rowsOfRun = 2 ** 20

/** A message in a run; `key` has one character for each byte of its UTF-8, so that texts compare as bytes do. */
export interface KeyEntry {
  readonly key: string
  /** As in table `journal`. */
  readonly pos: number
  readonly at: number
}

export interface Directory {
  readonly run: number
  readonly count: number
  /** Acceptance times of the oldest and the newest message. */
  readonly oldest: number
  readonly newest: number
  /** For each flow by number: the first and the last `seq`; those between them that are kept are in the run. */
  readonly flows: readonly (readonly [no: number, first: number, last: number])[]
  /** The first key of each page. */
  readonly fences: readonly string[]
}

/** A key as it is compared. Half a character, which UTF-8 cannot say, is replaced: it may fit more than is meant. */
export function comparable(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1', 0, keyBytes)
}

export function keyOf({ bytes, keyAt, idAt, key }: StoredRecord): string {
  if (bytes.readInt32LE(keyAt) < 0) return comparable(key)
  return bytes.toString('latin1', keyAt + 4, Math.min(idAt, keyAt + 4 + keyBytes))
}

/** Reads runs; a row that is damaged is as if it were not there, which `directory` and `page` tell by undefined. */
export class KeyRows {
  readonly #row: StatementSync
  readonly #next: StatementSync
  readonly #last: StatementSync
  readonly #insert: StatementSync | undefined
  readonly #delete: StatementSync | undefined

  constructor(db: DatabaseSync, access: 'read' | 'write') {
    this.#row = db.prepare('select data, crc from keys where no = ?')
    this.#next = db.prepare('select no from keys where no >= ? order by no limit 1')
    this.#last = db.prepare('select max(no) as no from keys')
    if (access === 'read') return
    this.#insert = db.prepare('insert into keys (no, data, crc) values (?, ?, ?)')
    this.#delete = db.prepare('delete from keys where no >= ? and no < ?')
  }

  /** The numbers of the runs there are, from `from` on. */
  *runs(from = 1): Generator<number> {
    for (let run = from; ; run++) {
      const no = this.#next.get(run * rowsOfRun)?.no
      if (no === undefined) return
      run = Math.floor(Number(no) / rowsOfRun)
      yield run
    }
  }

  directory(run: number): Directory | undefined {
    const data = this.#data(run * rowsOfRun)
    return data && { run, ...(JSON.parse(data.toString('utf8')) as Omit<Directory, 'run'>) }
  }

  page(run: number, page: number): KeyPage | undefined {
    const data = this.#data(run * rowsOfRun + 1 + page)
    return data && new KeyPage(data)
  }

  /** Gives the number of the new run. */
  add(entries: readonly KeyEntry[]): number {
    const run = Math.floor(Number(this.#last.get()?.no ?? 0) / rowsOfRun) + 1
    const { pages, ...directory } = packedRun(entries)
    this.#put(run * rowsOfRun, Buffer.from(JSON.stringify(directory)))
    for (const [n, page] of pages.entries()) this.#put(run * rowsOfRun + 1 + n, page)
    return run
  }

  remove(run: number): void {
    this.#delete?.run(run * rowsOfRun, (run + 1) * rowsOfRun)
  }

  #put(no: number, data: Buffer): void {
    this.#insert?.run(no, data, crc32(data, crc32(String(no))))
  }

  #data(no: number): Buffer | undefined {
    const { data, crc } = this.#row.get(no) ?? {}
    if (!(data instanceof Uint8Array)) return undefined
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    return crc32(bytes, crc32(String(no))) === crc ? bytes : undefined
  }
}

/** The page at which keys from `key` on may begin. */
export function firstPage({ fences }: Directory, key: string): number {
  let low = 0
  let high = fences.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((fences[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

const flowSpan = 2 ** 40

function packedRun(given: readonly KeyEntry[]): Omit<Directory, 'run'> & { pages: Buffer[] } {
  const entries = given.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.pos - b.pos))
  const fences: string[] = []
  const pages: Buffer[] = []
  const page = Buffer.allocUnsafe(pageBytes)
  let size = 0
  const end = () => pages.push(Buffer.from(page.subarray(0, size)))
  for (const { key, pos, at } of entries) {
    if (size + key.length + 17 > pageBytes) {
      end()
      size = 0
    }
    if (size === 0) fences.push(key)
    size = page.writeUInt8(key.length, size)
    size += page.write(key, size, 'latin1')
    size = page.writeDoubleLE(pos, size)
    size = page.writeDoubleLE(at, size)
  }
  end()
  return { count: entries.length, ...spans(given), fences, pages }
}

function spans(entries: readonly KeyEntry[]): Pick<Directory, 'oldest' | 'newest' | 'flows'> {
  let [oldest, newest] = [Infinity, -Infinity]
  const flows = new Map<number, [first: number, last: number]>()
  for (const { pos, at } of entries) {
    oldest = Math.min(oldest, at)
    newest = Math.max(newest, at)
    const no = Math.floor(pos / flowSpan)
    const seq = pos - no * flowSpan
    const known = flows.get(no)
    if (known === undefined) flows.set(no, [seq, seq])
    else if (seq < known[0]) known[0] = seq
    else if (seq > known[1]) known[1] = seq
  }
  return { oldest, newest, flows: [...flows].map(([no, [first, last]]) => [no, first, last]) }
}

/** Some keys of a run, in order. */
export class KeyPage {
  readonly #data: Buffer

  constructor(data: Buffer) {
    this.#data = data
  }

  *entries(): Generator<KeyEntry> {
    for (let at = 0; at < this.#data.length; at = this.#end(at)) yield this.#entry(at)
  }

  /** Those whose key is `wanted`, or begins so. Keys before and behind are passed over without being made a text. */
  *matching(wanted: Buffer, isPrefix: boolean): Generator<KeyEntry> {
    const data = this.#data
    for (let at = 0; at < data.length; at = this.#end(at)) {
      const size = data[at] as number
      const least = Math.min(size, wanted.length)
      let same = 0
      while (same < least && data[at + 1 + same] === wanted[same]) same++
      if (same < least) {
        if ((data[at + 1 + same] as number) > (wanted[same] as number)) return
      } else if (size > wanted.length && !isPrefix) return
      else if (size >= wanted.length) yield this.#entry(at)
    }
  }

  #end(at: number): number {
    return at + (this.#data[at] as number) + 17
  }

  #entry(at: number): KeyEntry {
    const behind = at + 1 + (this.#data[at] as number)
    return {
      key: this.#data.toString('latin1', at + 1, behind),
      pos: this.#data.readDoubleLE(behind),
      at: this.#data.readDoubleLE(behind + 8),
    }
  }
}
