import type { EventRow, SnapshotRow, StreamRow } from '../stream-chain.ts'
import { acceptText } from './accept-statement.ts'
import { byteaArray, int8Array, textArray } from './binary-array.ts'
import { fence, fenced, tokensOf } from './fencing.ts'
import { toText } from './stored-text.ts'
import { storedName } from './stream-names.ts'

/** What an append changes, decided beforehand: it is written only if all is still as it was when that was decided. */
export interface StreamChanges {
  readonly tokens: readonly number[]
  readonly from: StreamNumbers
  readonly to: StreamNumbers
  /** The streams that were there, with their versions. */
  readonly known: readonly Pick<StreamRow, 'no' | 'version'>[]
  readonly streams: readonly (StreamRow & { readonly checksum: number })[]
  readonly events: readonly (EventRow & { readonly stream: number })[]
  readonly snapshots: readonly (SnapshotRow & { readonly stream: number })[]
}

/** What was given out last: positions of events and numbers of streams. */
export interface StreamNumbers {
  readonly position: number
  readonly stream: number
}

/** The numbers, and the streams that are there of those asked for. $1, $2: their kinds and keys. */
export const knownText = (schema: string): string => `
SELECT n.position AS last_position, n.stream AS last_stream, s.*
FROM "${schema}".stream_numbers AS n LEFT JOIN (
  SELECT s.* FROM unnest($1::bytea[], $2::bytea[]) AS a (kind, key)
  JOIN "${schema}".streams AS s ON s.kind = a.kind AND s.key = a.key
) AS s ON true`

/**
 * The statement of accepting, with streams. The row of numbers stays locked from here to the commit, so that
 * positions are given in the order of the commits; what shows that one may write is locked, as when settling.
 * Locks: owner, leases and members, the numbers, the streams, then as accepting does.
 * $20 tokens; $21-$24 numbers; $25-$26 known; $27-$38 streams; $39-$45 events; $46-$49 snapshots; $50 wake.
 */
export const appendText = (schema: string): string => append(schema, `"${schema}"`)

const append = (name: string, schema: string): string =>
  acceptText(name, {
    first: `${fence(schema, '$20', 'members')}, counted AS (
  UPDATE ${schema}.stream_numbers SET position = $23, stream = $24
  WHERE position = $21 AND stream = $22 AND ${fenced('$20', 'members')}
  RETURNING position
), there AS (
  SELECT s.no FROM unnest($25::int8[], $26::int8[]) AS k (no, version)
  JOIN ${schema}.streams AS s ON s.no = k.no AND s.version = k.version
  WHERE EXISTS (SELECT FROM counted) FOR UPDATE OF s
), `,
    condition:
      ' AND (SELECT count(*) FROM there) = cardinality($25::int8[]) AND EXISTS (SELECT FROM counted)',
    last: `, changed AS (
  INSERT INTO ${schema}.streams
    (no, kind, key, long, state, open, began, changed, closed, version, last, snapshot, checksum)
  SELECT no, kind, key, long, state, closed IS NULL, began, changed, closed, version, last, snapshot, checksum
  FROM unnest($27::int8[], $28::bytea[], $29::bytea[], $30::text[], $31::text[], $32::float8[], $33::float8[],
    $34::float8[], $35::int8[], $36::int8[], $37::int8[], $38::int8[])
    AS s (no, kind, key, long, state, began, changed, closed, version, last, snapshot, checksum)
  WHERE EXISTS (SELECT FROM taken)
  ON CONFLICT (no) DO UPDATE SET state = excluded.state, open = excluded.open, changed = excluded.changed,
    closed = excluded.closed, version = excluded.version, last = excluded.last, snapshot = excluded.snapshot,
    checksum = excluded.checksum
), happened AS (
  INSERT INTO ${schema}.events (position, stream, version, kind, data, prev, checksum)
  SELECT e.* FROM unnest($39::int8[], $40::int8[], $41::int8[], $42::int8[], $43::text[], $44::int8[], $45::int8[]) AS e
  WHERE EXISTS (SELECT FROM taken)
), folded AS (
  INSERT INTO ${schema}.snapshots (stream, version, data, checksum)
  SELECT s.* FROM unnest($46::int8[], $47::int8[], $48::text[], $49::int8[]) AS s WHERE EXISTS (SELECT FROM taken)
  ON CONFLICT (stream) DO UPDATE SET version = excluded.version, data = excluded.data, checksum = excluded.checksum
)`,
    wake: '$50::text',
  })

/** The parameters from $20 on. */
export function appendValues(
  { tokens, from, to, known, ...changes }: StreamChanges,
  wake: string | null,
): unknown[] {
  const { streams, events, snapshots } = changes
  const names = streams.map(storedName)
  return [
    tokensOf(tokens),
    from.position,
    from.stream,
    to.position,
    to.stream,
    int8Array(known.map(each => each.no)),
    int8Array(known.map(each => each.version)),
    int8Array(streams.map(each => each.no)),
    byteaArray(names.map(each => each.kind)),
    byteaArray(names.map(each => each.key)),
    textArray(names.map(each => each.long)),
    textArray(streams.map(each => toText(each.state))),
    streams.map(each => each.began),
    streams.map(each => each.changed),
    streams.map(each => (each.open ? null : each.changed)),
    int8Array(streams.map(each => each.version)),
    int8Array(streams.map(each => each.last)),
    int8Array(streams.map(each => each.snapshot)),
    int8Array(streams.map(each => each.checksum)),
    ...eventColumns(events),
    ...snapshotColumns(snapshots),
    wake,
  ]
}

function eventColumns(events: StreamChanges['events']): Buffer[] {
  return [
    int8Array(events.map(each => each.position)),
    int8Array(events.map(each => each.stream)),
    int8Array(events.map(each => each.version)),
    int8Array(events.map(each => each.kind)),
    textArray(events.map(each => each.data)),
    int8Array(events.map(each => each.prev)),
    int8Array(events.map(each => each.checksum)),
  ]
}

function snapshotColumns(snapshots: StreamChanges['snapshots']): Buffer[] {
  return [
    int8Array(snapshots.map(each => each.stream)),
    int8Array(snapshots.map(each => each.version)),
    textArray(snapshots.map(each => each.data)),
    int8Array(snapshots.map(each => each.checksum)),
  ]
}
