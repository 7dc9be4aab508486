import type { DatabaseSync } from 'node:sqlite'
import { checksum } from '../checksum.ts'
import { damaged } from './failure.ts'

/** How much there is of streams, kept with every change, so that a missing row is noticed. */
export interface StreamCounts {
  readonly streams: number
  readonly events: number
  /** The highest that was ever given out. */
  readonly position: number
}

/**
 * Names are text, or bytes where text cannot hold them (stored-text.ts). Every event carries in `prev`
 * the checksum of the one before it in its stream, which its own `crc` covers, and the stream's row that of the last.
 */
export const streamTables = `
  -- \`hash\` finds a stream that is not found by its name, \`snapshot\` is the checksum of its row there.
  create table streams (no integer primary key, kind, key, hash integer, state, open integer, began integer,
    changed integer, version integer, last integer, snapshot integer, crc integer);
  create unique index streams_name on streams (kind, key);
  create index streams_hash on streams (hash);
  create index streams_state on streams (state, kind, key);
  create index streams_open on streams (kind, key) where open = 1;
  create index streams_closed on streams (changed) where open = 0;

  -- \`pos\` grows by one with every event of the store; \`kind\` is the checksum of the kind of its stream.
  create table events (pos integer primary key, stream integer, version integer, kind integer, data text,
    prev integer, crc integer);
  create unique index events_stream on events (stream, version);
  create index events_kind on events (kind);

  create table snapshots (stream integer primary key, version integer, data text, crc integer);

  create table stream_counts (one integer primary key, streams integer, events integer, position integer, crc integer);
  insert into stream_counts values (1, 0, 0, 0, ${countsSum({ streams: 0, events: 0, position: 0 })});
`

export function readCounts(db: DatabaseSync): StreamCounts {
  const row = db.prepare('select streams, events, position, crc from stream_counts').get()
  const { streams, events, position } = (row ?? {}) as unknown as StreamCounts
  if (row === undefined || countsSum({ streams, events, position }) !== row.crc)
    throw damaged('stream_counts', 'the checksum does not fit')
  return { streams, events, position }
}

export function countsSum({ streams, events, position }: StreamCounts): number {
  return checksum(['streams', streams, events, position])
}
