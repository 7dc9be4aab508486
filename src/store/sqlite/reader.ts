import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Json } from '../../message/json-value.ts'
import { checksum } from '../checksum.ts'
import type {
  Entry,
  EntryQuery,
  FlowState,
  MessageHead,
  Settled,
  UnfinishedEntry,
  UnfinishedQuery,
} from '../store.ts'
import { CursorTable } from './cursor-table.ts'
import { damaged } from './failure.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos, FlowTable } from './flow-table.ts'
import { NameIndexReader } from './name-index.ts'
import { hasStreams } from './schema.ts'
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
  readonly #after: StatementSync
  readonly #one: StatementSync
  readonly #cursors: CursorTable
  readonly #position: StatementSync
  readonly #identity: StatementSync

  readonly #db: DatabaseSync
  #streams: StreamsReader | undefined

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#flows = new FlowTable(db, 'read')
    this.#names = new NameIndexReader(db)
    this.#settled = new SettledRows(db, 'read')
    this.#unfinished = new UnfinishedRows(db, 'read')
    this.#waiting = new Waiting(db)
    const select = 'select pos, key, id, partition, at, head, body, crc from journal'
    this.#after = db.prepare(`${select} where pos > ? and pos <= ? order by pos limit ?`)
    this.#one = db.prepare(`${select} where pos = ?`)
    this.#cursors = new CursorTable(db, 'read')
    this.#position = db.prepare('select position, crc from positions where source = ?')
    this.#identity = db.prepare('select id from identities where name = ?')
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
    const row = this.#identity.get(identityKey(identity))
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

  /** Undefined while the store has a format without them. */
  streams(): StreamsReader | undefined {
    if (this.#streams === undefined && hasStreams(this.#db)) this.#streams = new StreamsReader(this.#db)
    return this.#streams
  }

  *#ofFlow(flow: FlowRow, { seqs, key, id, after = 0, limit }: EntryQuery): Generator<Entry> {
    if (limit <= 0) return
    const fits = (entry: Entry) => entry.key === (key ?? entry.key) && entry.id === (id ?? entry.id)
    const places = this.#places(flow, { seqs, key, id, after, limit })
    if (places === undefined) {
      yield* this.#following(flow, after, limit)
      return
    }
    for (const pos of places) {
      const entry = this.#entry(flow, pos)
      if (entry !== undefined && entry.seq > after && fits(entry)) yield entry
    }
  }

  /** Where to look, unless it is one after another. */
  #places(flow: FlowRow, { seqs, key, id, after = 0 }: EntryQuery): Iterable<number> | undefined {
    if (seqs !== undefined) {
      const wanted = [...new Set(seqs)].filter(seq => seq >= 1 && seq <= flow.head).sort((a, b) => a - b)
      return wanted.map(seq => basePos(flow) + seq)
    }
    if (id !== undefined) return this.#names.candidates(flow, 'id', id, after)
    return key === undefined ? undefined : this.#names.candidates(flow, 'key', key, after)
  }

  /** One after another; above what retention has removed there must be no gap. */
  *#following(flow: FlowRow, after: number, limit: number): Generator<Entry> {
    let last = Math.max(after, flow.floor)
    let count = 0
    for (const row of this.#after.iterate(basePos(flow) + after, basePos(flow) + flow.head, limit)) {
      const entry = unpack(flow, row)
      if (entry.seq > flow.floor && entry.seq !== last + 1) throw missing(flow, last + 1)
      last = Math.max(last, entry.seq)
      count++
      yield entry
    }
    if (count < limit && last < flow.head) throw missing(flow, last + 1)
  }

  #entry(flow: FlowRow, pos: number): Entry | undefined {
    const row = this.#one.get(pos)
    const seq = pos - basePos(flow)
    if (row !== undefined) return unpack(flow, row)
    if (seq > flow.floor || this.#unfinished.statuses(flow, seq, seq).size > 0) throw missing(flow, seq)
    return undefined
  }
}

const missing = (flow: FlowRow, seq: number): Error =>
  damaged('journal', 'the message is missing', { flow: flow.name, seq })

const decoder = new TextDecoder()

function unpack(flow: FlowRow, row: Record<string, unknown>): Entry {
  const { pos, partition, at, head, body } = row as {
    pos: number
    partition: number
    at: number
    [name: string]: unknown
  }
  const key = fromStored(row.key as StoredText)
  const id = fromStored(row.id as StoredText)
  const seq = pos - basePos(flow)
  // A flipped bit can make the bytes of a column a text of the same bytes.
  const areBytes = head instanceof Uint8Array && body instanceof Uint8Array
  if (!areBytes || checksum([pos, key, id, partition, at, head.byteLength], head, body) !== row.crc)
    throw damaged('journal', 'the checksum does not fit', { flow: flow.name, seq })
  const readHead = JSON.parse(decoder.decode(head)) as MessageHead
  return { flow: flow.name, seq, partition, key, id, head: readHead, body, acceptedAt: at }
}
