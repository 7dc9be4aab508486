import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { StreamEvent, StreamHead, StreamName, StreamQuery } from '../streams.ts'
import { damaged } from './failure.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored, toStored } from './stored-text.ts'
import type { EventRow, StreamRow } from './stream-rows.ts'
import { damagedStream, eventColumns, eventOf, kindHash, rowsOf } from './stream-rows.ts'
import { readCounts } from './stream-schema.ts'
import { StreamTable } from './stream-table.ts'

type EventsQuery = StreamName & { readonly after?: number; readonly limit: number }
type LogQuery = { readonly kind: string; readonly after: number; readonly limit: number }

/** Where a stream is, as far as a reader of the log has seen it, and as its row says it ends. */
interface Seen {
  readonly name: StreamName
  readonly version: number
  readonly crc: number
  readonly end: number
}

/** Reads streams through one connection; checks every event, and that none is missing between two. */
export class StreamsReader {
  readonly #db: DatabaseSync
  readonly #table: StreamTable
  readonly #events: StatementSync
  readonly #log: StatementSync

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#table = new StreamTable(db)
    this.#events = db.prepare(
      `select ${eventColumns} from events where stream = ? and version >= ? order by version limit ?`,
    )
    this.#log = db.prepare(
      `select ${eventColumns}, stream, streams.kind as name, key, streams.version as end
       from events indexed by events_kind left join streams on no = stream
       where events.kind = ? and (streams.kind = ? or no is null) and pos > ? order by pos limit ?`,
    )
  }

  head(name: StreamName): StreamHead | undefined {
    const row = this.#table.byName(name)
    return row && this.#table.headOf(row)
  }

  heads(query: StreamQuery): StreamHead[] {
    const rows = this.#table.find(query)
    const { kind, states, open, after, limit } = query
    const asksAll = [kind, states, open, after].every(each => each === undefined) && rows.length < limit
    if (asksAll) requireCount(this.#db, rows.length)
    return rows.map(row => this.#table.headOf(row))
  }

  events({ after = 0, limit, ...name }: EventsQuery): StreamEvent[] {
    const stream = this.#table.byName(name)
    if (stream === undefined) return []
    const count = Math.min(limit, stream.version - after)
    if (count <= 0) return []
    // From the one before on, at which the chain is taken up.
    const rows = rowsOf(
      this.#events,
      stream.no,
      after,
      after === 0 ? count : count + 1,
    ) as unknown as EventRow[]
    requireChain(stream, rows, after === 0 ? 1 : after, after + count)
    return (after === 0 ? rows : rows.slice(1)).map(row => eventOf(stream, row))
  }

  log({ kind, after, limit }: LogQuery): StreamEvent[] {
    const rows = rowsOf(this.#log, kindHash(kind), toStored(kind), after, limit)
    const seen = new Map<number, Seen>()
    const events = rows.map(row => {
      if (row.name === null) throw damaged('streams', `the row of stream ${row.stream} is missing`)
      const { version, prev, crc } = row as unknown as EventRow
      const name = { kind: fromStored(row.name as StoredText), key: fromStored(row.key as StoredText) }
      const before = seen.get(Number(row.stream))
      if (before !== undefined && (before.version !== version - 1 || before.crc !== prev))
        throw damagedStream(name, `an event before ${version} is missing`, 'events')
      seen.set(Number(row.stream), { name, version, crc, end: Number(row.end) })
      return eventOf(name, row as unknown as EventRow)
    })
    if (rows.length < limit) for (const each of seen.values()) requireEnd(each)
    return events
  }
}

function requireChain(stream: StreamRow, rows: readonly EventRow[], from: number, to: number): void {
  let before = from === 1 ? 0 : undefined
  for (let version = from; version <= to; version++) {
    const row = rows[version - from]
    if (row?.version !== version) throw damagedStream(stream, `event ${version} is missing`, 'events')
    if (before !== undefined && row.prev !== before)
      throw damagedStream(stream, `event ${version} does not follow the one before it`, 'events')
    before = row.crc
  }
  if (to === stream.version && before !== stream.last)
    throw damagedStream(stream, `event ${to} is not the one that was last`, 'events')
}

function requireEnd({ name, version, end }: Seen): void {
  if (version < end) throw damagedStream(name, `an event behind ${version} is missing`, 'events')
}

function requireCount(db: DatabaseSync, found: number): void {
  const { streams } = readCounts(db)
  if (streams !== found) throw damaged('streams', `${streams} rows are counted, ${found} are there`)
}
