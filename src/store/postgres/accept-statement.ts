import type { AcceptCall } from './accepting.ts'
import { byteaArray, int4Array, int8Array, textArray } from './binary-array.ts'
import type { Incoming, IncomingRow } from './incoming.ts'
import { numbered } from './session.ts'

/**
 * One statement, and so one transaction and one round trip, for any number of messages.
 *
 * Order and density: the rows of the flows stay locked from here to the commit, so that numbers are given in the order
 * of the commits, and a rolled back transaction takes its numbers with it.
 * Locks: the flows by number, then the session, then the identities by name, then the sources: no two of these
 * statements wait for each other in a circle.
 * $1 session, $2 its number; $3 flows; $4-$7 identities; $8-$17 rows; $18-$19 partitions; $20-$21 positions.
 */
const accept = (schema: string) => `
WITH locked AS (
  SELECT no, head FROM ${schema}.flows WHERE no = ANY ($3::int4[]) ORDER BY no FOR UPDATE
), taken AS (
  ${numbered(schema, '(SELECT count(*) FROM locked) = cardinality($3::int4[])')}
), fresh AS (
  INSERT INTO ${schema}.identities (name, content, id, accepted_at)
  SELECT i.* FROM unnest($4::bytea[], $5::bytea[], $6::text[], $7::int8[]) AS i WHERE EXISTS (SELECT FROM taken)
  ON CONFLICT (name) DO NOTHING
  RETURNING name
), incoming AS (
  SELECT r.*, row_number() OVER (PARTITION BY r.flow ORDER BY r.ordinality) AS rank
  FROM unnest($8::int4[], $9::int4[], $10::text[], $11::text[], $12::text[], $13::bytea[], $14::int8[],
    $15::int4[], $16::int8[], $17::bytea[]) WITH ORDINALITY
    AS r (flow, partition, key, id, head, body, accepted_at, bytes, checksum, identity)
  WHERE EXISTS (SELECT FROM taken) AND (r.identity IS NULL OR r.identity IN (SELECT name FROM fresh))
), grown AS (
  UPDATE ${schema}.flows SET head = head + i.messages, bytes = flows.bytes + i.bytes
  FROM (SELECT flow, count(*) AS messages, sum(bytes) AS bytes FROM incoming GROUP BY flow) AS i
  WHERE no = i.flow
), kept AS (
  INSERT INTO ${schema}.entries (flow, seq, accepted_at, checksum, partition, bytes, id, key, head, body)
  SELECT i.flow, l.head + i.rank, i.accepted_at, i.checksum # (l.head + i.rank), i.partition, i.bytes, i.id, i.key,
    i.head, i.body
  FROM incoming AS i JOIN locked AS l ON l.no = i.flow
), begun AS (
  INSERT INTO ${schema}.partitions (flow, partition, start, cursor)
  SELECT l.no, p.partition, l.head, 0
  FROM unnest($18::int4[], $19::int4[]) AS p (flow, partition) JOIN locked AS l ON l.no = p.flow
  WHERE EXISTS (SELECT FROM taken)
  ON CONFLICT DO NOTHING
), moved AS (
  INSERT INTO ${schema}.positions (source, position)
  SELECT p.* FROM unnest($20::text[], $21::text[]) AS p WHERE EXISTS (SELECT FROM taken)
  ON CONFLICT (source) DO UPDATE SET position = excluded.position
)
SELECT
  (SELECT count(*) FROM taken) AS taken,
  (SELECT coalesce(json_agg(json_build_array(no, head)), '[]') FROM locked) AS heads,
  (SELECT coalesce(json_agg(json_build_array(encode(i.name, 'hex'), s.id, encode(s.content, 'hex'))), '[]')
   FROM unnest($4::bytea[]) AS i (name)
   LEFT JOIN LATERAL (SELECT id, content FROM ${schema}.identities WHERE name = i.name LIMIT 1) AS s ON true
   WHERE i.name NOT IN (SELECT name FROM fresh)) AS known`

export function acceptTexts(schema: string) {
  const quoted = `"${schema}"`
  return {
    accept: accept(quoted),
    known: `SELECT encode(name, 'hex') AS name, id, encode(content, 'hex') AS content
      FROM ${quoted}.identities WHERE name IN (SELECT decode(unnest($1::text[]), 'hex'))`,
    kept: `SELECT e.id, f.name AS flow, e.seq FROM ${quoted}.entries AS e JOIN ${quoted}.flows AS f ON f.no = e.flow
      WHERE e.id = ANY ($1::text[]) ORDER BY e.seq`,
  }
}

/** The parameters from $3 on. Of several messages with one identity only the first is sent. */
export function acceptValues(calls: readonly AcceptCall[], numbers: ReadonlyMap<string, number>): Buffer[] {
  const { messages, identities } = distinct(calls)
  const rows = messages.flatMap(each =>
    each.rows.map(row => ({ each, row, no: numbers.get(row.address.flow) ?? 0 })),
  )
  const places = new Map(rows.map(({ no, row }) => [`${no} ${row.address.partition}`, { no, row }]))
  const positions = new Map(
    calls.flatMap(call => (call.position ? [[call.position.source, call.position]] : [])),
  )
  const sorted = [...positions.values()].sort((a, b) => (a.source < b.source ? -1 : 1))
  return [
    int4Array([...new Set(rows.map(({ no }) => no))]),
    ...identityColumns(identities),
    ...rowColumns(rows),
    int4Array([...places.values()].map(({ no }) => no)),
    int4Array([...places.values()].map(({ row }) => row.address.partition)),
    textArray(sorted.map(each => each.source)),
    textArray(sorted.map(each => each.position)),
  ]
}

function distinct(calls: readonly AcceptCall[]) {
  const identities = new Map<string, Incoming>()
  const messages: Incoming[] = []
  for (const message of calls.flatMap(call => call.messages)) {
    const name = message.identity?.name
    if (name !== undefined && identities.has(name)) continue
    if (name !== undefined) identities.set(name, message)
    messages.push(message)
  }
  return { messages, identities }
}

function identityColumns(identities: ReadonlyMap<string, Incoming>): Buffer[] {
  const sorted = [...identities].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    byteaArray(sorted.map(([name]) => Buffer.from(name, 'hex'))),
    byteaArray(sorted.map(([, { identity }]) => Buffer.from(identity?.content ?? '', 'hex'))),
    textArray(sorted.map(([, each]) => each.id)),
    int8Array(sorted.map(([, each]) => each.message.acceptedAt)),
  ]
}

function rowColumns(rows: readonly { each: Incoming; row: IncomingRow; no: number }[]): Buffer[] {
  return [
    int4Array(rows.map(({ no }) => no)),
    int4Array(rows.map(({ row }) => row.address.partition)),
    textArray(rows.map(({ row }) => row.key)),
    textArray(rows.map(({ each }) => each.id)),
    textArray(rows.map(({ each }) => each.head)),
    byteaArray(rows.map(({ each }) => each.message.body)),
    int8Array(rows.map(({ each }) => each.message.acceptedAt)),
    int4Array(rows.map(({ each }) => each.bytes)),
    int8Array(rows.map(({ row }) => row.checksum)),
    byteaArray(rows.map(({ each }) => (each.identity ? Buffer.from(each.identity.name, 'hex') : null))),
  ]
}
