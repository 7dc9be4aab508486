import { byteaArray, int4Array, int8Array, textArray } from './binary-array.ts'
import { fence, fenced, tokensOf } from './fencing.ts'
import type { AcceptCall, Incoming, IncomingRow } from './incoming.ts'
import { numbered } from './session.ts'
import { notify } from './waking.ts'

/**
 * One statement, and so one transaction and one round trip, for any number of messages.
 *
 * Order and density: the rows of the flows stay locked from here to the commit, so that numbers are given in the order
 * of the commits, and a rolled back transaction takes its numbers with it.
 * Locks: the flows by number, then the session, then the identities by name, then the sources: no two of these
 * statements wait for each other in a circle.
 * $1 session, $2 its number; $3 flows; $4-$7 identities; $8-$17 rows; $18-$19 partitions; what is done besides has its own from
 * there on, the last being whom to wake, or NULL.
 */
export function acceptText(name: string, { first, condition, last, wake }: Surroundings): string {
  const schema = `"${name}"`
  return `
WITH ${first}locked AS (
  SELECT no, head FROM ${schema}.flows WHERE no = ANY ($3::int4[]) ORDER BY no FOR UPDATE
), taken AS (
  ${numbered(schema, `(SELECT count(*) FROM locked) = cardinality($3::int4[])${condition}`)}
), fresh AS (
  INSERT INTO ${schema}.identities (name, content, id, accepted_at)
  SELECT i.* FROM unnest($4::text[], $5::bytea[], $6::text[], $7::int8[]) AS i WHERE EXISTS (SELECT FROM taken)
  ON CONFLICT (name) DO NOTHING
  RETURNING name, content
), row AS (
  SELECT flow, ordinality, bytes, identity IS NULL OR identity IN (SELECT name FROM fresh) AS new
  FROM unnest($8::int4[], $9::int4[], $10::text[]) WITH ORDINALITY AS r (flow, bytes, identity)
  WHERE EXISTS (SELECT FROM taken)
), ranked AS (
  SELECT array_agg(CASE WHEN new THEN rank ELSE 0 END ORDER BY ordinality) AS ranks
  FROM (SELECT *, count(*) FILTER (WHERE new) OVER (PARTITION BY flow ORDER BY ordinality) AS rank FROM row) AS r
), grown AS (
  UPDATE ${schema}.flows SET head = head + r.messages, bytes = flows.bytes + r.bytes
  FROM (SELECT flow, count(*) AS messages, sum(bytes) AS bytes FROM row WHERE new GROUP BY flow) AS r
  WHERE no = r.flow
), kept AS (
  INSERT INTO ${schema}.entries (flow, seq, accepted_at, checksum, partition, bytes, id, key, head, body)
  SELECT flow, l.head + rank, accepted_at, checksum # (l.head + rank), partition, bytes, id, key, r.head, body
  FROM (
    SELECT unnest($8::int4[]) AS flow, unnest($9::int4[]) AS bytes, unnest($11::int4[]) AS partition,
      unnest($12::text[]) AS key, unnest($13::text[]) AS id, unnest($14::text[]) AS head, unnest($15::bytea[]) AS body,
      unnest($16::int8[]) AS accepted_at, unnest($17::int8[]) AS checksum, unnest(ranks) AS rank
    FROM ranked
  ) AS r JOIN locked AS l ON l.no = r.flow WHERE rank > 0
), begun AS (
  INSERT INTO ${schema}.partitions (flow, partition, start, cursor)
  SELECT l.no, p.partition, l.head, 0
  FROM unnest($18::int4[], $19::int4[]) AS p (flow, partition) JOIN locked AS l ON l.no = p.flow
  WHERE EXISTS (SELECT FROM taken)
  ON CONFLICT DO NOTHING
)${last}
SELECT
  (SELECT count(*) FROM taken) AS taken,
  (SELECT coalesce(json_agg(json_build_array(no, head)), '[]') FROM locked) AS heads,
  (SELECT coalesce(json_agg(json_build_array(i.name, s.id, encode(s.content, 'hex'))), '[]')
   FROM unnest($4::text[]) AS i (name)
   LEFT JOIN LATERAL (SELECT id, content FROM ${schema}.identities WHERE name = i.name LIMIT 1) AS s ON true
   WHERE i.name NOT IN (SELECT name FROM fresh)) AS known,
  CASE WHEN ${wake} IS NOT NULL AND EXISTS (SELECT FROM row WHERE new) THEN ${notify(name, wake)} END AS woken`
}

/** What else is done in the same statement: CTEs before and behind, and on what condition. What is not done costs nothing. */
export interface Surroundings {
  readonly first: string
  readonly condition: string
  readonly last: string
  /** The parameter that tells whom to wake when there are new messages. */
  readonly wake: string
}

export function acceptTexts(schema: string) {
  const quoted = `"${schema}"`
  return {
    accept: acceptText(schema, { first: '', condition: '', last: '', wake: '$20::text' }),
    acceptAt: acceptText(schema, withPositions(quoted)),
    moved: `SELECT name FROM ${quoted}.identities WHERE name = ANY ($1::text[])`,
    known: `SELECT name, id, encode(content, 'hex') AS content FROM ${quoted}.identities WHERE name = ANY ($1::text[])`,
    kept: `SELECT e.id, f.name AS flow, e.seq FROM ${quoted}.entries AS e JOIN ${quoted}.flows AS f ON f.no = e.flow
      WHERE e.id = ANY ($1::text[]) ORDER BY e.seq`,
    move: `WITH ${fence(quoted, '$3')} INSERT INTO ${quoted}.positions (source, position)
      SELECT $1, $2 WHERE ${fenced('$3')}
      ON CONFLICT (source) DO UPDATE SET position = excluded.position`,
  }
}

/**
 * Positions that belong to a lease are written only while that is held. $20-$21 positions; $22-$24 the identities that must not be known
 * with other content, by the ordinal of a position; $25 tokens.
 */
const withPositions = (schema: string): Surroundings => ({
  first: `${fence(schema, '$25')}, `,
  condition: ` AND ${fenced('$25')}`,
  last: `, held AS (
  SELECT position
  FROM unnest($22::int4[], $23::text[], $24::bytea[]) AS g (position, name, content)
  LEFT JOIN fresh AS f ON f.name = g.name
  LEFT JOIN LATERAL (
    SELECT content FROM ${schema}.identities WHERE name = g.name AND f.name IS NULL LIMIT 1
  ) AS s ON true
  WHERE substr(g.content, 1, length(coalesce(f.content, s.content))) IS DISTINCT FROM coalesce(f.content, s.content)
    OR coalesce(f.content, s.content) IS NULL
), moved AS (
  INSERT INTO ${schema}.positions (source, position)
  SELECT DISTINCT ON (source) source, position
  FROM unnest($20::text[], $21::text[]) WITH ORDINALITY AS p (source, position, ordinality)
  WHERE EXISTS (SELECT FROM taken) AND ordinality NOT IN (SELECT position FROM held)
  ORDER BY source, ordinality DESC
  ON CONFLICT (source) DO UPDATE SET position = excluded.position
)`,
  wake: '$26::text',
})

/** The parameters $3 to $19. Of several messages with one identity only the first is sent. */
export function acceptValues(calls: readonly AcceptCall[], numbers: ReadonlyMap<string, number>): Buffer[] {
  const { messages, identities } = distinct(calls)
  const rows = messages.flatMap(each =>
    each.rows.map(row => ({ each, row, no: numbers.get(row.address.flow) ?? 0 })),
  )
  const places = new Map(rows.map(({ no, row }) => [`${no} ${row.address.partition}`, { no, row }]))
  return [
    int4Array([...new Set(rows.map(({ no }) => no))]),
    ...identityColumns(identities),
    ...rowColumns(rows),
    int4Array([...places.values()].map(({ no }) => no)),
    int4Array([...places.values()].map(({ row }) => row.address.partition)),
  ]
}

/** The parameters $20 to $25 of those that have a position. */
export function positionValues(calls: readonly AcceptCall[]): Buffer[] {
  const placed = calls.flatMap(({ position, messages }) => (position ? [{ position, messages }] : []))
  const guards = placed.flatMap(({ position, messages }, n) =>
    messages.flatMap(({ identity }) =>
      position.unlessConflict && identity ? [{ ordinal: n + 1, ...identity }] : [],
    ),
  )
  return [
    textArray(placed.map(({ position }) => position.source)),
    textArray(placed.map(({ position }) => position.position)),
    int4Array(guards.map(({ ordinal }) => ordinal)),
    textArray(guards.map(({ name }) => name)),
    byteaArray(guards.map(({ content }) => Buffer.from(content, 'hex'))),
    tokensOf(placed.flatMap(({ position }) => position.token ?? [])),
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
    textArray(sorted.map(([name]) => name)),
    byteaArray(sorted.map(([, { identity }]) => Buffer.from(identity?.content ?? '', 'hex'))),
    textArray(sorted.map(([, each]) => each.id)),
    int8Array(sorted.map(([, each]) => each.message.acceptedAt)),
  ]
}

function rowColumns(rows: readonly { each: Incoming; row: IncomingRow; no: number }[]): Buffer[] {
  return [
    int4Array(rows.map(({ no }) => no)),
    int4Array(rows.map(({ each }) => each.bytes)),
    textArray(rows.map(({ each }) => each.identity?.name ?? null)),
    int4Array(rows.map(({ row }) => row.address.partition)),
    textArray(rows.map(({ row }) => row.key)),
    textArray(rows.map(({ each }) => each.id)),
    textArray(rows.map(({ each }) => each.head)),
    byteaArray(rows.map(({ each }) => each.message.body)),
    int8Array(rows.map(({ each }) => each.message.acceptedAt)),
    int8Array(rows.map(({ row }) => row.checksum)),
  ]
}
