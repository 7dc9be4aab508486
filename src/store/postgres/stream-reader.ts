import type { LogRow } from '../stream-chain.ts'
import { chainOf, headOf, kindHash, logOf } from '../stream-chain.ts'
import type { StreamHead, StreamName, StreamQuery, StreamReader } from '../streams.ts'
import type { Query, Run } from './read-statements.ts'
import { toText } from './stored-text.ts'
import { nameOfStored, storedName } from './stream-names.ts'
import type { StoredEvent, StoredSnapshot, StoredStream } from './stream-rows.ts'
import { eventRow, snapshotRow, streamColumns, streamOf } from './stream-rows.ts'

type HeadRow = StoredStream & StoredSnapshot

/** Each of its statements sees one moment; every row is checked before it is given. */
export function streamReader(schema: string, run: Run): StreamReader {
  return {
    async head(name) {
      const { kind, key } = storedName(name)
      const text = withSnapshots(schema, `${schema}.streams AS s`, 'WHERE s.kind = $1 AND s.key = $2')
      return (await run<HeadRow>({ text, values: [kind, key] })).map(toHead)[0]
    },
    async events({ after = 0, limit, ...name }) {
      const rows = await run<StoredStream & { event: StoredEvent | null }>(
        eventsQuery(schema, name, after, limit),
      )
      const [first] = rows
      const stream = first && streamOf(first)
      const count = stream === undefined ? 0 : Math.min(limit, stream.version - after)
      if (stream === undefined || count <= 0) return []
      return chainOf(
        stream,
        rows.flatMap(({ event }) => (event === null ? [] : eventRow(event))),
        after,
        count,
      )
    },
    async heads(query) {
      return (await run<HeadRow>(headsQuery(schema, query))).map(toHead)
    },
    async log({ kind, after, limit }) {
      const text = logText(schema)
      const values = [kindHash(kind), storedName({ kind, key: '' }).kind, after, limit]
      const rows = (await run<StoredLogRow>({ text, values })).map(logRow)
      return logOf(rows, rows.length < limit)
    },
  }
}

const toHead = (row: HeadRow): StreamHead => headOf(streamOf(row), snapshotRow(row))

const withSnapshots = (schema: string, streams: string, rest: string): string => `
SELECT ${streamColumns},
  p.version AS snapshot_version, p.data AS snapshot_data, p.checksum AS snapshot_checksum
FROM ${streams} LEFT JOIN ${schema}.snapshots AS p ON p.stream = s.no ${rest}`

/** Events come as JSON, whose numbers are text as those of columns are. */
function eventsQuery(schema: string, name: StreamName, after: number, limit: number): Query {
  const { kind, key } = storedName(name)
  const text = `
SELECT ${streamColumns}, CASE WHEN e.position IS NULL THEN NULL ELSE json_build_object('position', e.position::text,
  'version', e.version::text, 'kind', e.kind::text, 'prev', e.prev::text, 'checksum', e.checksum::text,
  'data', e.data) END AS event
FROM ${schema}.streams AS s LEFT JOIN LATERAL (
  SELECT * FROM ${schema}.events WHERE stream = s.no AND version >= $3::int8 ORDER BY version LIMIT $4::int8
) AS e ON true
WHERE s.kind = $1 AND s.key = $2 ORDER BY e.version`
  // From the one before on, at which the chain is taken up.
  return { text, values: [kind, key, after, after === 0 ? limit : limit + 1] }
}

function headsQuery(schema: string, { kind, states, open, after, limit }: StreamQuery): Query {
  const values: unknown[] = []
  const is = (value: unknown) => `$${values.push(value)}`
  const behind = after && storedName(after)
  const most = `ORDER BY s.kind, s.key LIMIT ${is(limit)}`
  const conditions = [
    states !== undefined && 'left(s.state, 100) = left(w.state, 100) AND s.state = w.state',
    open !== undefined && (open ? 's.open' : 'NOT s.open'),
    kind !== undefined && `s.kind = ${is(storedName({ kind, key: '' }).kind)}`,
    behind !== undefined && `(s.kind, s.key) > (${is(behind.kind)}::bytea, ${is(behind.key)}::bytea)`,
  ].filter(each => each !== false)
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
  const found = `SELECT s.* FROM ${schema}.streams AS s ${where} ${most}`
  if (states === undefined) return { text: withSnapshots(schema, `(${found}) AS s`, most), values }
  // Each state by itself, so that it is read in the order of the index.
  const wanted = `unnest(${is([...new Set(states.map(toText))])}::text[]) AS w (state)`
  return { text: withSnapshots(schema, `${wanted} CROSS JOIN LATERAL (${found}) AS s`, most), values }
}

interface StoredLogRow extends StoredEvent {
  readonly stream: string
  readonly name: Buffer | null
  readonly key: Buffer
  readonly long: string | null
  readonly end: string
}

const logText = (schema: string): string => `
SELECT e.position, e.version, e.kind, e.prev, e.checksum, e.data, e.stream, s.kind AS name, s.key, s.long,
  s.version AS end
FROM ${schema}.events AS e LEFT JOIN ${schema}.streams AS s ON s.no = e.stream
WHERE e.kind = $1 AND (s.no IS NULL OR s.kind = $2) AND e.position > $3 ORDER BY e.position LIMIT $4`

function logRow({ stream, name, key, long, end, ...event }: StoredLogRow): LogRow {
  const known = name === null ? undefined : nameOfStored({ kind: name, key, long })
  return { ...eventRow(event), stream: Number(stream), name: known, end: Number(end) }
}
