import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos } from './flow-table.ts'
import { recordEnd, StoredRecord } from './record.ts'

/** What a row holds at most, unless a single message is larger: reading one message reads its row. */
const bytesAtMost = 32 * 1024
const messagesAtMost = 256

/** Messages of a flow that stand next to each other, in a row of table `journal`. */
export class Block {
  /** The `seq` of the first and the last. */
  readonly first: number
  readonly last: number
  readonly #bytes: Buffer

  constructor(first: number, last: number, bytes: Buffer) {
    this.first = first
    this.last = last
    this.#bytes = bytes
  }

  /** From `from` to `to`, as far as they are in it. */
  *records(from = this.first, to = this.last): Generator<{ seq: number; record: StoredRecord }> {
    let at = 0
    for (let seq = this.first; seq <= Math.min(this.last, to); seq++) {
      if (seq >= from) yield { seq, record: new StoredRecord(this.#bytes, at) }
      at = recordEnd(this.#bytes, at)
    }
  }

  /** One that is in it. */
  record(seq: number): StoredRecord {
    let at = 0
    for (let before = seq - this.first; before > 0; before--) at = recordEnd(this.#bytes, at)
    return new StoredRecord(this.#bytes, at)
  }
}

/** The rows of table `journal`: messages that were accepted together. Reading checks what it gives out. */
export class JournalRows {
  readonly #before: StatementSync
  readonly #from: StatementSync
  readonly #last: StatementSync
  readonly #insert: StatementSync | undefined
  readonly #delete: StatementSync | undefined

  constructor(db: DatabaseSync, access: 'read' | 'write') {
    const select = 'select pos, last, data, crc from journal where pos > ? and pos <= ?'
    this.#before = db.prepare(`${select} order by pos desc limit 1`)
    this.#from = db.prepare(`${select} order by pos`)
    this.#last = db.prepare('select last from journal where pos <= ? order by pos desc limit 1')
    if (access === 'read') return
    this.#insert = db.prepare('insert into journal (pos, last, data, crc) values (?, ?, ?, ?)')
    this.#delete = db.prepare('delete from journal where pos = ?')
  }

  /** Appends the messages whose records stand in `bytes` at `starts`, in order, and counts them. */
  add(flow: FlowRow, bytes: Buffer, starts: readonly number[]): void {
    for (let from = 0; from < starts.length; ) {
      const start = starts[from] as number
      let end = recordEnd(bytes, start)
      let count = 1
      // Where one was left out, what is behind it stands apart.
      while (starts[from + count] === end && count < messagesAtMost) {
        const next = recordEnd(bytes, end)
        if (next - start > bytesAtMost) break
        end = next
        count++
      }
      this.#put(flow, flow.head + 1, flow.head + count, bytes.subarray(start, end))
      flow.head += count
      flow.entries += count
      flow.bytes += end - start
      from += count
    }
  }

  /** Whether one of these messages is there. */
  hasAny(flow: FlowRow, from: number, to: number): boolean {
    const row = this.#last.get(basePos(flow) + to)
    return row !== undefined && Number(row.last) >= basePos(flow) + from
  }

  /** The block that holds a message, or, for the next of them, the one given that was found before. */
  holding(flow: FlowRow, seq: number, known?: Block): Block | undefined {
    if (known !== undefined && seq >= known.first && seq <= known.last) return known
    const row = this.#before.get(basePos(flow), basePos(flow) + seq)
    const block = row && checked(flow, row)
    return block !== undefined && block.last >= seq ? block : undefined
  }

  /** The blocks that reach into `from` to `to`, in order. */
  *between(flow: FlowRow, from: number, to: number): Generator<Block> {
    const first = this.holding(flow, from)
    if (first !== undefined) yield first
    for (const row of this.#from.iterate(basePos(flow) + from, basePos(flow) + to)) yield checked(flow, row)
  }

  /** Takes messages away; others that stood in a row with them stay. */
  remove(flow: FlowRow, seqs: readonly number[]): void {
    const going = new Set(seqs)
    let gone: Block | undefined
    for (const seq of seqs.toSorted((a, b) => a - b)) {
      if (gone !== undefined && seq <= gone.last) continue
      gone = this.holding(flow, seq)
      if (gone === undefined) continue
      this.#delete?.run(basePos(flow) + gone.first)
      for (const { seq: other, record } of gone.records())
        if (!going.has(other)) this.#keep(flow, other, record)
    }
  }

  #keep(flow: FlowRow, seq: number, { bytes, at, size }: StoredRecord): void {
    this.#put(flow, seq, seq, bytes.subarray(at, at + size))
  }

  #put(flow: FlowRow, first: number, last: number, bytes: Buffer): void {
    const [pos, end] = [basePos(flow) + first, basePos(flow) + last]
    this.#insert?.run(pos, end, bytes, checksum([pos, end], bytes))
  }
}

function checked(flow: FlowRow, row: Record<string, unknown>): Block {
  const { pos, last, data } = row as { pos: number; last: number; data: unknown }
  const first = pos - basePos(flow)
  // A flipped bit can make the bytes of a column a text of the same bytes.
  if (!(data instanceof Uint8Array) || checksum([pos, last], data) !== row.crc)
    throw damaged('journal', 'the checksum does not fit', { flow: flow.name, seq: first })
  return new Block(first, last - basePos(flow), Buffer.from(data.buffer, data.byteOffset, data.byteLength))
}
