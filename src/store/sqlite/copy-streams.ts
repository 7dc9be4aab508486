import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { StreamRow } from '../stream-chain.ts'
import { eventJson, eventSum, kindHash, snapshotSum, streamSum } from '../stream-chain.ts'
import type { StreamEvent, StreamHead, StreamName } from '../streams.ts'
import { toStored } from './stored-text.ts'
import { nameHash } from './stream-rows.ts'
import { countsSum } from './stream-schema.ts'
import { StreamTable } from './stream-table.ts'

/** Writes streams with the positions that their events have elsewhere; each call is one transaction but `complete`. */
export class StreamWriting {
  readonly #db: DatabaseSync
  readonly #table: StreamTable
  readonly #event: StatementSync
  readonly #row: StatementSync
  readonly #snapshot: StatementSync
  readonly #next: StatementSync

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#table = new StreamTable(db)
    this.#event = db.prepare(
      'insert into events (pos, stream, version, kind, data, prev, crc) values (?, ?, ?, ?, ?, ?, ?)',
    )
    this.#row = db.prepare(
      `replace into streams (no, kind, key, hash, state, open, began, changed, version, last, snapshot, crc)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#snapshot = db.prepare('replace into snapshots (stream, version, data, crc) values (?, ?, ?, ?)')
    this.#next = db.prepare('select coalesce(max(no), 0) + 1 as no from streams')
  }

  write(head: StreamHead, events: readonly StreamEvent[]): void {
    this.#db.exec('begin immediate')
    const before = this.#table.byName(head)
    const no = before?.no ?? Number(this.#next.get()?.no)
    const { snapshot, ...rest } = head
    const last = this.#events(no, head, events, before?.last ?? 0)
    this.#put({ ...rest, no, last, snapshot: this.#fold(no, head) })
    this.#db.exec('commit')
  }

  remove(name: StreamName): void {
    const row = this.#table.byName(name)
    if (row === undefined) return
    this.#db.exec('begin immediate')
    this.#db.prepare('delete from events where stream = ?').run(row.no)
    this.#db.prepare('delete from snapshots where stream = ?').run(row.no)
    this.#db.prepare('delete from streams where no = ?').run(row.no)
    this.#db.exec('commit')
  }

  /** Within the transaction of its caller. */
  complete(position: number): void {
    const count = (table: string) =>
      Number(this.#db.prepare(`select count(*) as count from ${table}`).get()?.count)
    const counts = { streams: count('streams'), events: count('events'), position }
    this.#db
      .prepare('replace into stream_counts (one, streams, events, position, crc) values (1, ?, ?, ?, ?)')
      .run(counts.streams, counts.events, position, countsSum(counts))
  }

  /** Gives the checksum of the last one. */
  #events(no: number, name: StreamName, events: readonly StreamEvent[], last: number): number {
    const kind = kindHash(name.kind)
    let prev = last
    for (const { position, version, ...event } of events) {
      const data = eventJson(event)
      const crc = eventSum(name, { position, version, kind, data, prev })
      this.#event.run(position, no, version, kind, data, prev, crc)
      prev = crc
    }
    return prev
  }

  /** Gives the checksum of the snapshot, if there is one. */
  #fold(no: number, head: StreamHead): number | null {
    if (head.snapshot === undefined) return null
    const { version } = head.snapshot
    const data = JSON.stringify(head.snapshot.data)
    const sum = snapshotSum(head, { version, data })
    this.#snapshot.run(no, version, data, sum)
    return sum
  }

  #put(row: StreamRow): void {
    const { no, kind, key, state, open, began, changed, version, last, snapshot } = row
    const name = [toStored(kind), toStored(key), nameHash(row)] as const
    const values = [toStored(state), open ? 1 : 0, began, changed, version, last, snapshot] as const
    this.#row.run(no, ...name, ...values, streamSum(row))
  }
}
