import type { RetireLimits } from '../store.ts'
import type { ReadPool } from './read-pool.ts'

/** How many rows of one kind a call removes at most: some ten milliseconds of work. */
const most = 1000

/**
 * Removes what retention has passed, oldest first, in a transaction that locks nothing that accepting or settling
 * waits for. May run in any process and twice at once. Gives how many messages and streams went.
 */
export async function retire(pool: ReadPool, schema: string, limits: RetireLimits): Promise<number> {
  const quoted = `"${schema}"`
  if (limits.identitiesBefore !== undefined)
    await pool.run(
      { text: forget(quoted), values: [Math.ceil(limits.identitiesBefore)] },
      'forgetting identities',
    )
  if (limits.before === undefined && limits.bytes === undefined) return 0
  const values = [limits.before === undefined ? null : Math.ceil(limits.before), limits.bytes ?? null]
  const [row] = await pool.run<{ gone: string }>({ text: remove(quoted), values }, 'retiring messages')
  return Number(row?.gone) + (await retireStreams(pool, quoted, limits.before))
}

async function retireStreams(pool: ReadPool, schema: string, before: number | undefined): Promise<number> {
  if (before === undefined) return 0
  const query = { text: removeStreams(schema), values: [before] }
  const [row] = await pool.run<{ gone: string }>(query, 'retiring streams')
  return Number(row?.gone)
}

/** Closed ones, the oldest first and each whole: one that has gone on since it was chosen stays. */
const removeStreams = (schema: string): string => `
WITH due AS (
  SELECT no, version FROM (
    SELECT no, version, sum(version) OVER (ORDER BY closed, no) - version AS events_before FROM (
      SELECT no, version, closed FROM ${schema}.streams WHERE closed < $1::float8 ORDER BY closed LIMIT ${most}
    ) AS c
  ) AS c WHERE events_before < ${most}
), gone AS (
  DELETE FROM ${schema}.streams AS s USING due AS d WHERE s.no = d.no AND s.version = d.version RETURNING s.no
), emptied AS (
  DELETE FROM ${schema}.events AS e USING gone AS g WHERE e.stream = g.no
), unfolded AS (
  DELETE FROM ${schema}.snapshots AS p USING gone AS g WHERE p.stream = g.no
)
SELECT count(*) AS gone FROM gone`

const forget = (schema: string): string => `
DELETE FROM ${schema}.identities WHERE name IN (
  SELECT name FROM ${schema}.identities WHERE accepted_at < $1::int8 ORDER BY accepted_at LIMIT ${most}
)`

/** `excess` is what must go to come down to the limit $2; `bytes_before` of a message is what goes before it. */
const remove = (schema: string): string => `
WITH held AS (
  SELECT (SELECT coalesce(sum(bytes), 0) FROM ${schema}.flows)
       - (SELECT coalesce(sum(bytes), 0) FROM ${schema}.retired) - $2::int8 AS excess
), finished AS (
  SELECT e.flow, e.seq, e.accepted_at, e.bytes
  FROM ${schema}.entries AS e
  WHERE e.accepted_at < (SELECT CASE WHEN excess > 0 THEN ${2n ** 63n - 1n} ELSE $1::int8 END FROM held)
    AND (SELECT true FROM ${schema}.settled AS s WHERE s.flow = e.flow AND s.seq = e.seq)
  ORDER BY e.accepted_at LIMIT ${most}
), due AS (
  SELECT flow, seq, bytes FROM (
    SELECT *, sum(bytes) OVER (ORDER BY accepted_at, flow, seq) - bytes AS bytes_before FROM finished
  ) AS f
  WHERE accepted_at < $1::int8 OR bytes_before < (SELECT excess FROM held)
), gone AS (
  DELETE FROM ${schema}.settled AS s USING due AS d WHERE s.flow = d.flow AND s.seq = d.seq
  RETURNING s.flow, s.seq, s.outcome, d.bytes
), emptied AS (
  DELETE FROM ${schema}.entries AS e USING due AS d WHERE e.flow = d.flow AND e.seq = d.seq
), counted AS (
  INSERT INTO ${schema}.retired AS r (flow, outcome, messages, bytes)
  SELECT flow, outcome, count(*), sum(bytes) FROM gone GROUP BY flow, outcome ORDER BY flow, outcome
  ON CONFLICT (flow, outcome) DO UPDATE SET messages = r.messages + excluded.messages, bytes = r.bytes + excluded.bytes
)
SELECT count(*) AS gone FROM gone`
