import type { DatabaseSync } from 'node:sqlite'
import type { StreamRow } from '../stream-chain.ts'
import { damaged } from './failure.ts'
import { StreamsReader } from './stream-reader.ts'
import { rowsOf, streamColumns, streamOf } from './stream-rows.ts'
import { readCounts } from './stream-schema.ts'

const page = 1000
/** So many of the newest events, and their neighbours, are looked at after a crash. */
const newest = 1000

/** Reads the streams that were written last. Throws STORE-FAILED if they are damaged. */
export function verifyNewestStreams(db: DatabaseSync): void {
  readCounts(db)
  const reader = new StreamsReader(db)
  const recent = db.prepare(
    `select ${streamColumns} from streams where no in (select stream from events order by pos desc limit ${newest})`,
  )
  for (const { kind, key, version } of rowsOf(recent).map(streamOf)) {
    reader.head({ kind, key })
    reader.events({ kind, key, after: Math.max(0, version - newest), limit: newest })
  }
}

/** Reads all streams, each by `attempt`, which goes on behind one that is damaged. */
export function verifyStreams(db: DatabaseSync, attempt: (work: () => void) => void): void {
  attempt(() => verifyCounts(db))
  const reader = new StreamsReader(db)
  for (let no = 0; ; ) {
    const rows = db
      .prepare(`select ${streamColumns} from streams where no > ? order by no limit ?`)
      .all(no, page)
    for (const row of rows) attempt(() => verifyStream(reader, streamOf(row)))
    if (rows.length === 0) return
    no = Number(rows.at(-1)?.no)
  }
}

function verifyCounts(db: DatabaseSync): void {
  const counts = readCounts(db)
  const found = db
    .prepare(
      `select (select count(*) from streams) as streams, (select count(*) from events) as events,
         (select count(*) from snapshots) as snapshots,
         (select count(*) from streams where snapshot is not null) as snapped,
         (select coalesce(max(pos), 0) from events) as position`,
    )
    .get() as Record<'streams' | 'events' | 'snapshots' | 'snapped' | 'position', number>
  for (const table of ['streams', 'events'] as const)
    if (found[table] !== counts[table])
      throw damaged(table, `${counts[table]} rows are counted, ${found[table]} are there`)
  if (found.snapshots !== found.snapped)
    throw damaged('snapshots', `${found.snapped} rows are counted, ${found.snapshots} are there`)
  if (found.position > counts.position)
    throw damaged('events', `position ${found.position} was never given out`)
}

function verifyStream(reader: StreamsReader, { kind, key, version }: StreamRow): void {
  const name = { kind, key }
  reader.head(name)
  for (let after = 0; after < version; after += page) reader.events({ ...name, after, limit: page })
}
