import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { LogRow } from '../stream-chain.ts'
import { chainOf, kindHash, logOf } from '../stream-chain.ts'
import type { StreamEvent, StreamHead, StreamName, StreamQuery } from '../streams.ts'
import { damaged } from './failure.ts'
import { toStored } from './stored-text.ts'
import { eventColumns, eventRow, nameOf, rowsOf } from './stream-rows.ts'
import { readCounts } from './stream-schema.ts'
import { StreamTable } from './stream-table.ts'

type EventsQuery = StreamName & { readonly after?: number; readonly limit: number }
type LogQuery = { readonly kind: string; readonly after: number; readonly limit: number }

/**
 * Reads streams through one connection; checks every event, and that none is missing between two. A damaged index may
 * hide a stream from `heads` and an event from `log`, which only verifying finds; nothing hides them from their names.
 */
export class StreamsReader {
  readonly #db: DatabaseSync
  readonly #table: StreamTable
  readonly #events: StatementSync
  readonly #log: StatementSync

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#table = new StreamTable(db)
    // Without a limit: SQLite makes a plan anew for each value that one is given.
    this.#events = db.prepare(
      `select ${eventColumns} from events where stream = ? and version between ? and ? order by version`,
    )
    this.#log = db.prepare(
      `select ${eventColumns}, stream, no, streams.kind as name, key, streams.version as end
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
    const count = stream === undefined ? 0 : Math.min(limit, stream.version - after)
    if (stream === undefined || count <= 0) return []
    const rows = rowsOf(this.#events, stream.no, after, after + count).map(eventRow)
    return chainOf(stream, rows, after, count)
  }

  log({ kind, after, limit }: LogQuery): StreamEvent[] {
    const rows = rowsOf(this.#log, kindHash(kind), toStored(kind), after, limit).map(
      (row): LogRow => ({
        ...eventRow(row),
        stream: Number(row.stream),
        name: row.no === null ? undefined : nameOf({ kind: row.name, key: row.key }),
        end: Number(row.end),
      }),
    )
    return logOf(rows, rows.length < limit)
  }
}

function requireCount(db: DatabaseSync, found: number): void {
  const { streams } = readCounts(db)
  if (streams !== found) throw damaged('streams', `${streams} rows are counted, ${found} are there`)
}
