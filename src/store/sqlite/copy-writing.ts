import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { partitionOf } from '../../message/partition.ts'
import { checksum } from '../checksum.ts'
import type { CopiedIdentity, CopiedPosition, Progress } from '../copy/ends.ts'
import { numbersOf } from '../copy/ranges.ts'
import type { Entry, Settled } from '../store.ts'
import { identitySum } from './accepting.ts'
import { ByteWriter } from './bytes.ts'
import { StreamWriting } from './copy-streams.ts'
import { CursorTable } from './cursor-table.ts'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { FlowsInWork } from './flows-in-work.ts'
import { type Block, JournalRows } from './journal-rows.ts'
import { KeyIndexWriter } from './key-index.ts'
import { removeEmptyBlocks } from './name-index.ts'
import { recordEnd, writeRecord } from './record.ts'
import { flowsAtMost } from './schema.ts'
import { packedRows, SettledRows } from './settled-rows.ts'
import { identityKey, toStored } from './stored-text.ts'
import { UnfinishedRows } from './unfinished-rows.ts'
import { Waiting } from './waiting.ts'

/** Writes what was accepted elsewhere; each call is one transaction. */
export class SqliteWriting {
  readonly streams: StreamWriting
  readonly #db: DatabaseSync
  readonly #partitions: number
  readonly #flows: FlowsInWork
  readonly #journal: JournalRows
  readonly #settled: SettledRows
  readonly #unfinished: UnfinishedRows
  readonly #cursors: CursorTable
  readonly #keys: KeyIndexWriter
  readonly #identity: StatementSync
  readonly #position: StatementSync

  constructor(db: DatabaseSync, partitions: number) {
    this.#db = db
    this.#partitions = partitions
    this.streams = new StreamWriting(db)
    this.#flows = new FlowsInWork(db)
    this.#journal = new JournalRows(db, 'write')
    this.#settled = new SettledRows(db, 'write')
    this.#unfinished = new UnfinishedRows(db, 'write')
    this.#cursors = new CursorTable(db, 'write')
    this.#keys = new KeyIndexWriter(db, this.#flows)
    this.#identity = db.prepare('replace into identities (name, content, id, at, crc) values (?, ?, ?, ?, ?)')
    this.#position = db.prepare('replace into positions (source, position, crc) values (?, ?, ?)')
  }

  entries(name: string, entries: readonly Entry[]): void {
    this.#inOne(() => {
      const flow = this.#flow(name)
      for (let from = 0; from < entries.length; ) {
        let to = from + 1
        while (entries[to]?.seq === (entries[to - 1] as Entry).seq + 1) to++
        this.#run(flow, entries.slice(from, to))
        from = to
      }
      while (this.#keys.isBehind) this.#keys.step()
    })
  }

  settled(name: string, settled: readonly Settled[]): void {
    this.#inOne(() => {
      const flow = this.#flow(name)
      const sorted = settled.toSorted((a, b) => a.seq - b.seq)
      for (const [partition, part] of this.#byPartition(flow, sorted))
        for (const row of packedRows(part)) {
          this.#settled.add(flow, partition, row)
          flow.ended += row.count
        }
    })
  }

  remove(name: string, seqs: readonly number[]): void {
    this.#inOne(() => {
      const flow = this.#flow(name)
      const going = new Set(seqs)
      for (const seq of seqs) {
        flow.bytes -= this.#block(flow, seq).record(seq).size
        flow.entries--
        flow.floor = Math.max(flow.floor, seq)
      }
      for (const row of this.#settled.rows(flow, Math.min(...seqs), Math.max(...seqs))) {
        const rest = row.messages.filter(({ seq }) => !going.has(seq))
        if (rest.length === row.messages.length) continue
        flow.ended -= row.messages.length - rest.length
        this.#settled.remove(flow, row)
        for (const packed of packedRows(rest)) this.#settled.add(flow, row.partition, packed)
      }
      this.#journal.remove(flow, seqs)
      removeEmptyBlocks(this.#db, flow, seqs)
    })
  }

  progress(name: string, { head, retired, cursor, unfinished }: Progress): void {
    this.#inOne(() => {
      const flow = this.#flow(name)
      this.#passOver(flow, head)
      Object.assign(flow, retired)
      for (const row of unfinished) {
        this.#unfinished.put(flow, partitionOf(row.key, this.#partitions), row)
        flow[row.status]++
      }
      for (const partition of numbersOf([[0, this.#partitions - 1]], -1))
        this.#cursors.advance(flow, partition, cursor)
      flow.untouched = new Waiting(this.#db).firstUntouched(flow)
    })
  }

  identities(identities: readonly CopiedIdentity[]): void {
    this.#inOne(() => {
      for (const { name, content: bytes, id, at } of identities) {
        const key = typeof name === 'string' ? identityKey(name) : name
        const content = Buffer.from(bytes).toString('base64url')
        this.#identity.run(key, content, toStored(id), at, identitySum(key, id, at, content))
      }
    })
  }

  positions(positions: readonly CopiedPosition[]): void {
    this.#inOne(() => {
      this.#db.exec('delete from positions')
      for (const { source, position } of positions) {
        const json = JSON.stringify(position)
        this.#position.run(toStored(source), json, checksum([source, json]))
      }
    })
  }

  complete(lastPosition: number): void {
    this.#inOne(() => this.streams.complete(lastPosition))
  }

  #flow(name: string): FlowRow {
    const flow = this.#flows.get(name, flowsAtMost)
    if (flow === undefined) throw damaged('flows', `a store holds at most ${flowsAtMost} of them`)
    return flow
  }

  /** Messages without a gap between them. */
  #run(flow: FlowRow, entries: readonly Entry[]): void {
    this.#passOver(flow, (entries[0]?.seq ?? 1) - 1)
    const writer = new ByteWriter(new ArrayBuffer(64 * 1024))
    for (const { key, id, head, body, acceptedAt } of entries) {
      const partition = partitionOf(key, this.#partitions)
      writeRecord(writer, { flows: [], id, head, body, acceptedAt }, { flow: flow.name, partition, key })
    }
    const bytes = Buffer.from(writer.buffer, 0, writer.at)
    const starts: number[] = []
    for (let at = 0; at < bytes.length; at = recordEnd(bytes, at)) starts.push(at)
    this.#flows.names.add(flow, bytes, starts)
    this.#journal.add(flow, bytes, starts)
  }

  /** What is missing up to here was retired. */
  #passOver(flow: FlowRow, head: number): void {
    if (head <= flow.head) return
    flow.head = head
    flow.floor = head
  }

  #byPartition(flow: FlowRow, settled: readonly Settled[]): Map<number, readonly Settled[]> {
    if (this.#partitions === 1) return new Map([[0, settled]])
    let block: Block | undefined
    return Map.groupBy(settled, ({ seq }) => {
      block = this.#block(flow, seq, block)
      return partitionOf(block.record(seq).key, this.#partitions)
    })
  }

  #block(flow: FlowRow, seq: number, known?: Block): Block {
    const block = this.#journal.holding(flow, seq, known)
    if (block === undefined) throw damaged('journal', 'the message is missing', { flow: flow.name, seq })
    return block
  }

  #inOne(work: () => void): void {
    this.#db.exec('begin immediate')
    work()
    this.#flows.save()
    this.#db.exec('commit')
  }
}
