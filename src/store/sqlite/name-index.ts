import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos } from './flow-table.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored, toStored } from './stored-text.ts'

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
  readonly #names: StatementSync
  readonly #pending = new Map<number, { readonly keys: number[]; readonly ids: number[] }>()

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('insert into names (pos, keys, ids) values (?, ?, ?)')
    this.#names = db.prepare('select pos, key, id from journal where pos > ? and pos <= ? order by pos')
  }

  /** To be called for every message once it is in the journal and the flow's `head`. */
  add(flow: FlowRow, key: string, id: string): void {
    const pending = this.#pending.get(flow.no) ?? this.#load(flow)
    const offset = flow.head - flow.indexed - 1
    pending.keys.push(pack(key, offset))
    pending.ids.push(pack(id, offset))
    if (offset === blockSize - 1) this.#write(flow, pending)
  }

  /** After a rollback: what is not yet written is read again from the journal. */
  forget(): void {
    this.#pending.clear()
  }

  #load(flow: FlowRow): { keys: number[]; ids: number[] } {
    const pending = { keys: [] as number[], ids: [] as number[] }
    const start = basePos(flow) + flow.indexed
    for (const { pos, key, id } of this.#names.iterate(start, basePos(flow) + flow.head - 1)) {
      const offset = Number(pos) - start - 1
      pending.keys.push(pack(fromStored(key as StoredText), offset))
      pending.ids.push(pack(fromStored(id as StoredText), offset))
    }
    this.#pending.set(flow.no, pending)
    return pending
  }

  #write(flow: FlowRow, pending: { readonly keys: number[]; readonly ids: number[] }): void {
    const pos = basePos(flow) + flow.indexed + 1
    this.#insert.run(pos, seal(pos, pending.keys), seal(pos, pending.ids))
    this.#pending.delete(flow.no)
    flow.indexed = flow.head
  }
}

/** The reader's part. */
export class NameIndexReader {
  readonly #blocks: { readonly key: StatementSync; readonly id: StatementSync }
  readonly #tail: { readonly key: StatementSync; readonly id: StatementSync }
  readonly #anyMessage: StatementSync
  #last: { readonly pos: number; readonly keys: Float64Array; readonly ids: Float64Array } | undefined

  constructor(db: DatabaseSync) {
    const block = (column: string) =>
      db.prepare(`select pos, ${column} as hashes from names where pos >= ? and pos <= ? order by pos`)
    const tail = (column: string) =>
      db.prepare(`select pos from journal where pos > ? and pos <= ? and ${column} = ? order by pos`)
    this.#blocks = { key: block('keys'), id: block('ids') }
    this.#tail = { key: tail('key'), id: tail('id') }
    this.#anyMessage = db.prepare('select 1 from journal where pos >= ? and pos < ? limit 1')
  }

  /** Places of messages after `after` that may have this name, in order; a few may have another one. */
  *candidates(flow: FlowRow, kind: NameKind, name: string, after: number): Generator<number> {
    const base = basePos(flow)
    const end = base + flow.indexed + 1
    let expected = base + Math.floor(after / blockSize) * blockSize + 1
    for (const { pos, hashes } of this.#blocks[kind].iterate(expected, end - 1)) {
      this.#requireNoneBetween(flow, expected, Number(pos))
      yield* found(Number(pos), unseal(flow, Number(pos), hashes), name)
      expected = Number(pos) + blockSize
    }
    this.#requireNoneBetween(flow, expected, end)
    const from = base + Math.max(flow.indexed, after)
    for (const { pos } of this.#tail[kind].iterate(from, base + flow.head, toStored(name))) yield Number(pos)
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
    return has(this.#last.keys, pack(key, offset)) && has(this.#last.ids, pack(id, offset))
  }

  #load(flow: FlowRow, pos: number): { pos: number; keys: Float64Array; ids: Float64Array } {
    const [keys, ids] = (['key', 'id'] as const).map(kind => this.#blocks[kind].get(pos, pos)?.hashes)
    if (keys === undefined || ids === undefined)
      throw damaged('names', 'a row is missing', { flow: flow.name, seq: pos - basePos(flow) })
    return { pos, keys: unseal(flow, pos, keys), ids: unseal(flow, pos, ids) }
  }

  /** Blocks without any message are removed; where there is a message there must be its block. */
  #requireNoneBetween(flow: FlowRow, from: number, to: number): void {
    if (from < to && this.#anyMessage.get(from, to) !== undefined)
      throw damaged('names', 'a row is missing', { flow: flow.name, seq: from - basePos(flow) })
  }
}

/** Removes the blocks around `seqs` that have no message any more. */
export function removeEmptyBlocks(db: DatabaseSync, flow: FlowRow, seqs: readonly number[]): void {
  const remove = db.prepare(
    'delete from names where pos = ?1 and not exists (select 1 from journal where pos >= ?1 and pos < ?1 + ?2)',
  )
  const blocks = new Set(seqs.map(seq => Math.floor((seq - 1) / blockSize)))
  for (const block of blocks) remove.run(basePos(flow) + block * blockSize + 1, blockSize)
}

const pack = (name: string, offset: number): number => hashOf(name) * blockSize + offset

/** FNV-1a over the UTF-16 units. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
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

function* found(pos: number, numbers: Float64Array, name: string): Generator<number> {
  const wanted = pack(name, 0)
  for (let at = lowerBound(numbers, wanted); (numbers[at] ?? Infinity) < wanted + blockSize; at++)
    yield pos + (numbers[at] ?? 0) - wanted
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
