import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { bytesOfText } from './bytes.ts'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos } from './flow-table.ts'
import { JournalRows } from './journal-rows.ts'
import { StoredRecord } from './record.ts'

/*
 * Finds messages by key or id. For every 1024 messages of a flow, table `names` has a row with the sorted hashes of
 * their keys and of their ids; the messages after the last such row are searched themselves. An index of SQLite would
 * have to change a page of its own for nearly every message, which costs more than the message itself.
 */
const blockSize = 1024

export type NameKind = 'key' | 'id'

/** The writer's part: gathers names and writes them when a block is full. */
export class NameIndexWriter {
  readonly #insert: StatementSync
  readonly #journal: JournalRows
  readonly #pending = new Map<number, Pending>()

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('insert into names (pos, keys, ids) values (?, ?, ?)')
    this.#journal = new JournalRows(db, 'read')
  }

  /**
   * Adds the messages whose records stand at `starts`, behind the flow's head: to be called before they are in the
   * journal. Of those up to the head, some may have been retired.
   */
  add(flow: FlowRow, bytes: Buffer, starts: readonly number[]): void {
    let seq = flow.head
    for (const start of starts) {
      seq++
      while (seq > flow.indexed + blockSize) this.#write(flow)
      gather(this.#pendingOf(flow), seq - flow.indexed - 1, new StoredRecord(bytes, start))
      if (seq === flow.indexed + blockSize) this.#write(flow)
    }
  }

  /** After a rollback: what is not yet written is read again from the journal. */
  forget(): void {
    this.#pending.clear()
  }

  #pendingOf(flow: FlowRow): Pending {
    const known = this.#pending.get(flow.no)
    if (known !== undefined) return known
    const pending: Pending = { keys: [], ids: [] }
    const { indexed } = flow
    const end = Math.min(flow.head, indexed + blockSize)
    for (const block of this.#journal.between(flow, indexed + 1, end))
      for (const { seq, record } of block.records(indexed + 1, end))
        gather(pending, seq - indexed - 1, record)
    this.#pending.set(flow.no, pending)
    return pending
  }

  /** A block of which nothing is kept is not there. */
  #write(flow: FlowRow): void {
    const { keys, ids } = this.#pendingOf(flow)
    const pos = basePos(flow) + flow.indexed + 1
    if (keys.length > 0) this.#insert.run(pos, seal(pos, keys), seal(pos, ids))
    this.#pending.set(flow.no, { keys: [], ids: [] })
    flow.indexed += blockSize
  }
}

interface Pending {
  readonly keys: number[]
  readonly ids: number[]
}

/** `offset`: from the first message of the block. */
function gather({ keys, ids }: Pending, offset: number, { bytes, keyAt, idAt, headAt }: StoredRecord): void {
  keys.push(pack(hashOf(bytes, keyAt + 4, idAt), offset))
  ids.push(pack(hashOf(bytes, idAt + 4, headAt), offset))
}

/** The reader's part. */
export class NameIndexReader {
  readonly #blocks: { readonly key: StatementSync; readonly id: StatementSync }
  readonly #journal: JournalRows
  #last: { readonly pos: number; readonly keys: Float64Array; readonly ids: Float64Array } | undefined

  constructor(db: DatabaseSync) {
    const block = (column: string) =>
      db.prepare(`select pos, ${column} as hashes from names where pos >= ? and pos <= ? order by pos`)
    this.#blocks = { key: block('keys'), id: block('ids') }
    this.#journal = new JournalRows(db, 'read')
  }

  /** The `seq`s of messages after `after` that may have this name, in order; a few may have another one. */
  *candidates(flow: FlowRow, kind: NameKind, name: string, after: number): Generator<number> {
    const base = basePos(flow)
    const end = base + flow.indexed + 1
    const hash = hashOfName(name)
    let expected = base + Math.floor(after / blockSize) * blockSize + 1
    for (const { pos, hashes } of this.#blocks[kind].iterate(expected, end - 1)) {
      this.#requireNoneBetween(flow, expected, Number(pos))
      yield* found(Number(pos) - base, unseal(flow, Number(pos), hashes), hash)
      expected = Number(pos) + blockSize
    }
    this.#requireNoneBetween(flow, expected, end)
    const from = Math.max(flow.indexed, after) + 1
    for (const block of this.#journal.between(flow, from, flow.head))
      for (const { seq, record } of block.records(from)) if (record[kind] === name) yield seq
  }

  /** Whether the index leads to this message. Fast for messages in order. */
  knows(
    flow: FlowRow,
    { seq, key, id }: { readonly seq: number; readonly key: string; readonly id: string },
  ): boolean {
    if (seq > flow.indexed) return true
    const offset = (seq - 1) % blockSize
    const pos = basePos(flow) + seq - offset
    if (this.#last?.pos !== pos) this.#last = this.#load(flow, pos)
    return (
      has(this.#last.keys, pack(hashOfName(key), offset)) && has(this.#last.ids, pack(hashOfName(id), offset))
    )
  }

  #load(flow: FlowRow, pos: number): { pos: number; keys: Float64Array; ids: Float64Array } {
    const [keys, ids] = (['key', 'id'] as const).map(kind => this.#blocks[kind].get(pos, pos)?.hashes)
    if (keys === undefined || ids === undefined)
      throw damaged('names', 'a row is missing', { flow: flow.name, seq: pos - basePos(flow) })
    return { pos, keys: unseal(flow, pos, keys), ids: unseal(flow, pos, ids) }
  }

  /** Blocks without any message are removed; where there is a message there must be its block. */
  #requireNoneBetween(flow: FlowRow, from: number, to: number): void {
    const [first, last] = [from - basePos(flow), to - 1 - basePos(flow)]
    if (from < to && this.#journal.hasAny(flow, first, last))
      throw damaged('names', 'a row is missing', { flow: flow.name, seq: first })
  }
}

/** Removes the blocks around `seqs` that have no message any more. */
export function removeEmptyBlocks(db: DatabaseSync, flow: FlowRow, seqs: readonly number[]): void {
  const journal = new JournalRows(db, 'read')
  const remove = db.prepare('delete from names where pos = ?')
  for (const block of new Set(seqs.map(seq => Math.floor((seq - 1) / blockSize)))) {
    const first = block * blockSize + 1
    if (!journal.hasAny(flow, first, first + blockSize - 1)) remove.run(basePos(flow) + first)
  }
}

const pack = (hash: number, offset: number): number => hash * blockSize + offset

const hashOfName = (name: string): number => hashOf(bytesOfText(name))

/** FNV-1a over the bytes from `from` to before `to`. */
function hashOf(bytes: Buffer, from = 0, to = bytes.length): number {
  let hash = 0x811c9dc5
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  return hash >>> 0
}

/** Sorted, with the checksum as last number. */
function seal(pos: number, packed: readonly number[]): Uint8Array {
  const numbers = Float64Array.from(packed).sort()
  const sealed = new Float64Array(numbers.length + 1)
  sealed.set(numbers)
  sealed[numbers.length] = sumOf(pos, numbers)
  return new Uint8Array(sealed.buffer)
}

function unseal(flow: FlowRow, pos: number, hashes: unknown): Float64Array {
  if (hashes instanceof Uint8Array && hashes.byteLength % 8 === 0) {
    const all = new Float64Array(hashes.buffer, hashes.byteOffset, hashes.byteLength / 8)
    const numbers = all.subarray(0, -1)
    if (sumOf(pos, numbers) === all.at(-1)) return numbers
  }
  throw damaged('names', 'the checksum does not fit', { flow: flow.name, seq: pos - basePos(flow) })
}

function* found(first: number, numbers: Float64Array, hash: number): Generator<number> {
  const wanted = pack(hash, 0)
  for (let at = lowerBound(numbers, wanted); (numbers[at] ?? Infinity) < wanted + blockSize; at++)
    yield first + (numbers[at] ?? 0) - wanted
}

const has = (numbers: Float64Array, packed: number): boolean =>
  numbers[lowerBound(numbers, packed)] === packed

function sumOf(pos: number, numbers: Float64Array): number {
  return crc32(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), crc32(String(pos)))
}

function lowerBound(numbers: Float64Array, wanted: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return low
}
