import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { StreamRow } from '../stream-chain.ts'
import { eventSum, kindHash, snapshotSum, streamSum } from '../stream-chain.ts'
import type { Accepting } from './accepting.ts'
import { ByteReader } from './bytes.ts'
import { toStored } from './stored-text.ts'
import { nameHash } from './stream-rows.ts'
import type { StreamCounts } from './stream-schema.ts'
import { countsSum, readCounts } from './stream-schema.ts'
import { StreamTable } from './stream-table.ts'
import type { WireAppend, WireAppended } from './wire.ts'

/** Appends to streams, within the transaction of its caller. */
export class Appending {
  readonly #db: DatabaseSync
  readonly #accepting: Accepting
  readonly #table: StreamTable
  readonly #event: StatementSync
  readonly #next: StatementSync
  readonly #new: StatementSync
  readonly #change: StatementSync
  readonly #go: StatementSync
  readonly #snapshot: StatementSync
  readonly #count: StatementSync
  #counts: StreamCounts
  #saved: StreamCounts

  constructor(db: DatabaseSync, accepting: Accepting) {
    this.#db = db
    this.#accepting = accepting
    this.#table = new StreamTable(db)
    this.#event = db.prepare(
      'insert into events (pos, stream, version, kind, data, prev, crc) values (?, ?, ?, ?, ?, ?, ?)',
    )
    this.#next = db.prepare('select coalesce(max(no), 0) + 1 as no from streams')
    this.#new = db.prepare(
      `insert into streams (state, open, began, changed, version, last, snapshot, crc, no, kind, key, hash)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#change = db.prepare(
      `update streams set state = ?, open = ?, began = ?, changed = ?, version = ?, last = ?, snapshot = ?, crc = ?
       where no = ?`,
    )
    // SQLite writes an index anew for each of its columns that is named, also where that stays as it was.
    this.#go = db.prepare(
      'update streams set changed = ?, version = ?, last = ?, snapshot = ?, crc = ? where no = ?',
    )
    this.#snapshot = db.prepare('replace into snapshots (stream, version, data, crc) values (?, ?, ?, ?)')
    this.#count = db.prepare(
      'replace into stream_counts (one, streams, events, position, crc) values (1, ?, ?, ?, ?)',
    )
    this.#saved = this.#counts = readCounts(db)
  }

  append(append: WireAppend, buffer: ArrayBuffer): WireAppended {
    const before = this.#table.byName(append)
    const version = before?.version ?? 0
    if (append.version !== version || append.events.length === 0) return { status: 'conflict', version }
    const no = before?.no ?? Number(this.#next.get()?.no)
    const last = this.#events(no, append, before?.last ?? 0)
    const stream = { ...this.#changed(append, before, no), last }
    this.#put(stream, before)
    const outcome = this.#accepting.accept(
      new ByteReader(Buffer.from(buffer), append.at),
      append.runs,
      undefined,
    )
    return { status: 'appended', version: stream.version, outcome }
  }

  /** Notes that streams went, which had so many events. */
  gone(streams: number, events: number): void {
    const { position, ...held } = this.#counts
    this.#counts = { streams: held.streams - streams, events: held.events - events, position }
  }

  /** Writes what is counted, if it has changed: to be called before a commit. */
  save(): void {
    if (this.#counts === this.#saved) return
    const { streams, events, position } = this.#counts
    this.#count.run(streams, events, position, countsSum(this.#counts))
    this.#saved = this.#counts
  }

  /** Takes everything back that was not committed. */
  reload(): void {
    this.#saved = this.#counts = readCounts(this.#db)
  }

  #put(stream: StreamRow, before: StreamRow | undefined): void {
    const { no, kind, key, began, changed, version, last, snapshot } = stream
    const state = [toStored(stream.state), stream.open ? 1 : 0, began]
    const rest = [changed, version, last, snapshot, streamSum(stream), no]
    if (before === undefined) {
      this.#new.run(...state, ...rest, toStored(kind), toStored(key), nameHash(stream))
      this.#counts = { ...this.#counts, streams: this.#counts.streams + 1 }
    } else if (before.state === stream.state && before.open === stream.open) this.#go.run(...rest)
    else this.#change.run(...state, ...rest)
  }

  /** Gives the checksum of the last one. */
  #events(no: number, append: WireAppend, last: number): number {
    const kind = kindHash(append.kind)
    let { position } = this.#counts
    let { version } = append
    let prev = last
    for (const data of append.events) {
      const crc = eventSum(append, { position: ++position, version: ++version, kind, data, prev })
      this.#event.run(position, no, version, kind, data, prev, crc)
      prev = crc
    }
    this.#counts = { ...this.#counts, events: this.#counts.events + append.events.length, position }
    return prev
  }

  #changed(append: WireAppend, before: StreamRow | undefined, no: number): Omit<StreamRow, 'last'> {
    const { kind, key, began, changed } = append
    const version = append.version + append.events.length
    let snapshot = before?.snapshot ?? null
    if (append.snapshot !== undefined) {
      snapshot = snapshotSum(append, { version, data: append.snapshot })
      this.#snapshot.run(no, version, append.snapshot, snapshot)
    }
    return {
      ...{ no, kind, key, version, changed, snapshot },
      state: append.state ?? before?.state ?? '',
      open: append.open ?? true,
      began: before?.began ?? began,
    }
  }
}
