import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Json } from '../../message/json-value.ts'
import { checksum } from '../checksum.ts'
import { postgresDigest } from '../moved-identity.ts'
import type { Entry, EntryQuery, FlowState, Settled, UnfinishedEntry, UnfinishedQuery } from '../store.ts'
import { CursorTable } from './cursor-table.ts'
import { damaged } from './failure.ts'
import { KeyFinder } from './finding.ts'
import type { FlowRow } from './flow-table.ts'
import { FlowTable } from './flow-table.ts'
import { type Block, JournalRows } from './journal-rows.ts'
import { NameIndexReader } from './name-index.ts'
import { SettledRows } from './settled-rows.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored, identityKey, toStored } from './stored-text.ts'
import { StreamsReader } from './stream-reader.ts'
import { statuses, UnfinishedRows } from './unfinished-rows.ts'
import { Waiting } from './waiting.ts'

/** Reads a database through one connection; checks every record it gives out. Its caller keeps it to one moment. */
export class Reader {
  readonly #flows: FlowTable
  readonly #names: NameIndexReader
  readonly #settled: SettledRows
  readonly #unfinished: UnfinishedRows
  readonly #waiting: Waiting
  readonly #journal: JournalRows
  readonly #cursors: CursorTable
  readonly #position: StatementSync
  readonly #identity: StatementSync
  readonly streams: StreamsReader
  readonly keys: KeyFinder

  constructor(db: DatabaseSync) {
    this.#flows = new FlowTable(db, 'read')
    this.#names = new NameIndexReader(db)
    this.#settled = new SettledRows(db, 'read')
    this.#unfinished = new UnfinishedRows(db, 'read')
    this.#waiting = new Waiting(db)
    this.#journal = new JournalRows(db, 'read')
    this.#cursors = new CursorTable(db, 'read')
    this.#position = db.prepare('select position, crc from positions where source = ?')
    this.#identity = db.prepare('select id from identities where name = ?')
    this.streams = new StreamsReader(db)
    this.keys = new KeyFinder(db)
  }

  flows(): FlowState[] {
    return this.#flows.all().map(flow => ({
      flow: flow.name,
      head: flow.head,
      retired: { delivered: flow.delivered, filtered: flow.filtered, discarded: flow.discarded },
      cursors: this.#cursors.of(flow),
      entries: flow.entries,
      unfinished: Object.fromEntries(statuses.map(each => [each, flow[each]])) as FlowState['unfinished'],
      oldestWaiting: this.#waiting.oldest(flow),
    }))
  }

  heads(): { flow: string; head: number }[] {
    return this.#flows.all().map(({ name, head }) => ({ flow: name, head }))
  }

  entries(query: EntryQuery): Entry[] {
    const flow = query.flow === undefined ? undefined : this.#flows.byName(query.flow)
    const flows = query.flow === undefined ? this.#flows.all() : flow === undefined ? [] : [flow]
    const found: Entry[] = []
    let bytes = 0
    for (const each of flows) {
      for (const entry of this.#ofFlow(each, query)) {
        bytes += entry.body.byteLength
        if (found.length > 0 && bytes > (query.bytes ?? Infinity)) return found
        found.push(entry)
        if (found.length >= query.limit) return found
      }
    }
    return found
  }

  unfinished(query: UnfinishedQuery): UnfinishedEntry[] {
    const flow = this.#flows.byName(query.flow)
    return flow === undefined ? [] : this.#unfinished.find(flow, query)
  }

  settled({ flow: name, from, to }: { flow: string; from: number; to: number }): Settled[] {
    const flow = this.#flows.byName(name)
    return flow === undefined ? [] : this.#settled.range(flow, from, to)
  }

  identified(identity: string): string | undefined {
    const moved = postgresDigest(identity)
    const row = (moved && this.#identity.get(moved)) ?? this.#identity.get(identityKey(identity))
    return row && fromStored(row.id as StoredText)
  }

  position(source: string): Json | undefined {
    const row = this.#position.get(toStored(source))
    if (row === undefined) return undefined
    const json = String(row.position)
    if (checksum([source, json]) !== row.crc)
      throw damaged('positions', `the checksum of source ${source} does not fit`)
    return JSON.parse(json) as Json
  }

  *#ofFlow(flow: FlowRow, query: EntryQuery): Generator<Entry> {
    const { seqs, key, id, after = 0, to = flow.head, partitions, limit } = query
    if (limit <= 0) return
    const isMine = (entry: Entry) => partitions?.includes(entry.partition) ?? true
    const fits = (entry: Entry) =>
      entry.seq <= to && entry.key === (key ?? entry.key) && entry.id === (id ?? entry.id) && isMine(entry)
    const places = this.#places(flow, { seqs, key, id, after, limit })
    if (places === undefined) {
      for (const entry of this.#following(flow, after, to)) if (isMine(entry)) yield entry
      return
    }
    let block: Block | undefined
    for (const seq of places) {
      block = this.#journal.holding(flow, seq, block)
      if (block === undefined) this.#requireRetired(flow, seq)
      else if (seq > after) {
        const entry = block.record(seq).entry(flow, seq)
        if (fits(entry)) yield entry
      }
    }
  }

  /** Where to look, unless it is one after another. */
  #places(flow: FlowRow, { seqs, key, id, after = 0 }: EntryQuery): Iterable<number> | undefined {
    if (seqs !== undefined) {
      return [...new Set(seqs)].filter(seq => seq >= 1 && seq <= flow.head).sort((a, b) => a - b)
    }
    if (id !== undefined) return this.#names.candidates(flow, 'id', id, after)
    return key === undefined ? undefined : this.#names.candidates(flow, 'key', key, after)
  }

  /** One after another; above what retention has removed there must be no gap. */
  *#following(flow: FlowRow, after: number, to: number): Generator<Entry> {
    const end = Math.min(to, flow.head)
    let last = Math.max(after, flow.floor)
    for (const block of this.#journal.between(flow, after + 1, end))
      for (const { seq, record } of block.records(after + 1, end)) {
        if (seq > flow.floor && seq !== last + 1) throw missing(flow, last + 1)
        last = Math.max(last, seq)
        yield record.entry(flow, seq)
      }
    if (last < end) throw missing(flow, last + 1)
  }

  #requireRetired(flow: FlowRow, seq: number): void {
    if (seq > flow.floor || this.#unfinished.statuses(flow, seq, seq).size > 0) throw missing(flow, seq)
  }
}

const missing = (flow: FlowRow, seq: number): Error =>
  damaged('journal', 'the message is missing', { flow: flow.name, seq })
