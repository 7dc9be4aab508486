import type { RetireLimits } from '../store.ts'
import type { Database } from './database.ts'
import type { ReadPool } from './read-pool.ts'
import type { Kept, Slices } from './slices.ts'
import { countRetired, dropSlice, liftFloors, makeNextSlice, slicesOf, wholeSlices } from './slices.ts'

/** How many rows of one kind a call removes at most, but for a slice that goes as a whole: some ten milliseconds of work. */
const most = 1000

/**
 * Removes what retention has passed, oldest first, in transactions that lock nothing for long that accepting or settling
 * waits for. May run in any process and twice at once. Gives how many messages and streams went.
 */
export async function retire(pool: ReadPool, database: Database, limits: RetireLimits): Promise<number> {
  const quoted = `"${database.options.schema}"`
  if (limits.identitiesBefore !== undefined)
    await pool.run(
      { text: forget(quoted), values: [Math.ceil(limits.identitiesBefore)] },
      'forgetting identities',
    )
  const slices = await slicesOf(query => pool.run(query, 'retiring messages'), quoted)
  const kept = {
    time: limits.before === undefined ? undefined : Math.max(slices.now - limits.before, 0),
    bytes: limits.bytes,
  }
  await database.patiently(database.deadline(), 'making a slice', () => makeNextSlice(database, slices, kept))
  if (limits.before === undefined && limits.bytes === undefined) return 0
  const gone = await retireMessages(pool, database, limits, slices, kept)
  return gone + (await retireStreams(pool, quoted, limits.before))
}

/** Row by row what is older than the slices that go as a whole, then the oldest of these, if all of it is to go. */
async function retireMessages(
  pool: ReadPool,
  database: Database,
  { before, bytes }: RetireLimits,
  slices: Slices,
  kept: Kept,
): Promise<number> {
  const [oldest] = wholeSlices(slices, kept)
  const values = [before === undefined ? null : Math.ceil(before), bytes ?? null, oldest?.low ?? null]
  const text = remove(`"${database.options.schema}"`)
  const [row] = await pool.run<{ gone: string; excess: string | null }>({ text, values }, 'retiring messages')
  const gone = Number(row?.gone)
  if (gone > 0 || oldest === undefined) return gone
  const isDue = oldest.high <= (before ?? 0) || Number(row?.excess) > 0
  if (!isDue || oldest.high > slices.now) return 0
  return await database.patiently(database.deadline(), 'retiring messages', () => dropSlice(database, oldest))
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

/**
 * `excess` is what must go to come down to the limit $2; `bytes_before` of a message is what goes before it. Nothing
 * accepted at $3 or later goes.
 */
const remove = (schema: string): string => `
WITH held AS (
  SELECT (SELECT coalesce(sum(bytes), 0) FROM ${schema}.flows)
       - (SELECT coalesce(sum(bytes), 0) FROM ${schema}.retired) - $2::int8 AS excess
), finished AS (
  SELECT e.flow, e.seq, e.accepted_at, e.bytes
  FROM ${schema}.entries AS e
  WHERE e.accepted_at < (
      SELECT least(CASE WHEN excess > 0 THEN ${2n ** 63n - 1n} ELSE $1::int8 END, $3::int8) FROM held
      WHERE excess > 0 OR $1 IS NOT NULL)
    AND (SELECT true FROM ${schema}.settled AS s WHERE s.flow = e.flow AND s.seq = e.seq)
  ORDER BY e.accepted_at LIMIT ${most}
), due AS (
  SELECT flow, seq, accepted_at, bytes FROM (
    SELECT *, sum(bytes) OVER (ORDER BY accepted_at, flow, seq) - bytes AS bytes_before FROM finished
  ) AS f
  WHERE accepted_at < $1::int8 OR bytes_before < (SELECT excess FROM held)
), gone AS (
  DELETE FROM ${schema}.settled AS s USING due AS d WHERE s.flow = d.flow AND s.seq = d.seq
  RETURNING s.flow, s.seq, s.outcome, d.bytes
), emptied AS (
  DELETE FROM ${schema}.entries AS e USING due AS d
  WHERE e.flow = d.flow AND e.seq = d.seq AND e.accepted_at = d.accepted_at
), counted AS (
  ${countRetired(schema)}
), lifted AS (
  ${liftFloors(schema)}
)
SELECT count(*) AS gone, (SELECT excess FROM held) AS excess FROM gone`
