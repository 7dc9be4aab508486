import type { ClientBase } from 'pg'
import type { Database } from './database.ts'
import type { Run } from './read-statements.ts'
import { durably } from './session.ts'

/*
 * The journal is a table that is partitioned by the time of acceptance: its slices. What lies in none of them is in
 * entries_rest: messages of a time for which no slice was made, and the few that were not finished when theirs went.
 * A slice whose messages are all to be retired is dropped, which costs nothing for each; what is left of the first
 * one, of those that are wide compared with how long messages are kept, and of the rest is deleted row by row.
 */

export interface Slice {
  readonly no: number
  /** Milliseconds since 1970 UTC, as `high` is; the first slice has no low end. */
  readonly low: number | undefined
  readonly high: number
  readonly whole: boolean
  readonly bytes: number
}

/** All slices in order, as of `now` by the clock of the server. */
export interface Slices {
  readonly now: number
  readonly slices: readonly Slice[]
  /** Messages accepted each millisecond since the last one was made, and bytes of one. */
  readonly rate: number
  readonly size: number
}

/** For how long messages are kept, and in how many bytes, where that is limited. */
export interface Kept {
  readonly time: number | undefined
  readonly bytes: number | undefined
}

/** Messages of a slice that is neither too short nor too long for its purpose. */
const meantFor = 500_000
/** So many unfinished messages are taken out of a slice that goes. */
const few = 5000
const minute = 60_000
const day = 24 * 60 * minute

export async function slicesOf(run: Run, schema: string): Promise<Slices> {
  const text = `SELECT s.no, s.low, s.high, s.whole, pg_table_size(to_regclass('${schema}.entries_' || s.no)) AS bytes,
      n.now, (n.accepted - s.accepted) / greatest(n.now - s.made, 1) AS rate, n.bytes / greatest(n.accepted, 1) AS size
    FROM ${schema}.slices AS s, (
      SELECT (extract(epoch FROM now()) * 1000)::bigint AS now, coalesce(sum(head), 0) AS accepted,
        coalesce(sum(bytes), 0) AS bytes FROM ${schema}.flows) AS n
    ORDER BY s.high`
  type Row = Record<'high' | 'now' | 'rate' | 'size', string> & {
    no: number
    low: string | null
    whole: boolean
    bytes: string | null
  }
  const rows = await run<Row>({ text, values: [] })
  const slices = rows.map(({ no, low, high, whole, bytes }) => ({
    ...{ no, whole, high: Number(high), bytes: Number(bytes) },
    low: low === null ? undefined : Number(low),
  }))
  const last = rows.at(-1)
  const [now, rate, size] = [last?.now, last?.rate, last?.size].map(Number) as [number, number, number]
  return { now, slices, rate, size }
}

/** Those that go as a whole, the oldest first; the others are emptied row by row. */
export function wholeSlices({ slices }: Slices, kept: Kept): Slice[] {
  return slices.filter(({ low, high, whole, bytes }) => {
    if (low === undefined || !whole) return false
    const isShort = kept.time === undefined || high - low <= kept.time / 8
    return isShort && (kept.bytes === undefined || bytes <= kept.bytes / 8)
  })
}

/** So wide that 8 to 24 of them are kept. */
function nextWidth({ now, slices, rate, size }: Slices, kept: Kept): number {
  const full = kept.bytes === undefined || rate * size === 0 ? undefined : kept.bytes / (rate * size)
  const limits = [kept.time, full].filter(each => each !== undefined)
  const oldest = slices.find(({ low }) => low !== undefined)?.low ?? now
  const time = limits.length > 0 ? Math.min(...limits) : Math.max(now - oldest, day)
  const wanted = Math.min(meantFor / rate, time / 8, day)
  return Math.ceil(Math.max(wanted, time / 24, minute))
}

/** Makes the next slice, in time: what has been accepted before it was there stays in the rest. */
export async function makeNextSlice(database: Database, slices: Slices, kept: Kept): Promise<void> {
  const { now } = slices
  const width = nextWidth(slices, kept)
  const low = Math.max(slices.slices.at(-1)?.high ?? 0, now + minute)
  if (low - now > Math.max(width / 2, 2 * minute)) return
  await alone(database, async (client, schema) => {
    const table = `${schema}.entries_`
    const { rows } = await client.query(`
      SELECT coalesce(max(no), 0) + 1 AS no, coalesce(max(high), 0) AS high, (SELECT count(*) FROM
        (SELECT FROM ${table}rest LIMIT ${few + 1}) AS r) AS rest FROM ${schema}.slices`)
    const { no, high, rest } = rows[0] as { no: number; high: string; rest: string }
    // The rest is looked through while it is locked.
    if (Number(high) > low || Number(rest) > few) return
    await client.query(`
      CREATE TABLE ${table}${no} (LIKE ${table}rest INCLUDING INDEXES);
      ALTER TABLE ${schema}.entries ATTACH PARTITION ${table}${no} FOR VALUES FROM (${low}) TO (${low + width});
      INSERT INTO ${schema}.slices (no, low, high, made, accepted)
      SELECT ${no}, ${low}, ${low + width}, ${now}, coalesce(sum(head), 0) FROM ${schema}.flows`)
  })
}

/**
 * Drops a slice, whose messages count as retired in the same transaction; those that are not finished go to the rest. Gives how
 * many are gone: 0 if others use it, or too many are not finished. Nobody waits for long.
 */
export async function dropSlice(database: Database, { no }: Slice): Promise<number> {
  const gone = await alone(database, async (client, schema) => {
    const slice = `${schema}.entries_${no}`
    const there = await client.query(`SELECT FROM ${schema}.slices WHERE no = $1`, [no])
    if (there.rowCount === 0) return 0
    await client.query(`LOCK TABLE ${slice} IN SHARE ROW EXCLUSIVE MODE`)
    const { rows: open } = await client.query<{ flow: number; seq: string }>(`
      SELECT e.flow, e.seq FROM ${slice} AS e LEFT JOIN ${schema}.settled AS s USING (flow, seq)
      WHERE s.seq IS NULL LIMIT ${few + 1}`)
    if (open.length > few) {
      await client.query(`UPDATE ${schema}.slices SET whole = false WHERE no = $1`, [no])
      return 0
    }
    const left = [open.map(({ flow }) => flow), open.map(({ seq }) => seq)]
    const { rows } = await client.query<{ gone: string }>(count(schema, slice), left)
    await client.query(`ALTER TABLE ${schema}.entries DETACH PARTITION ${slice}`)
    await client.query(
      `INSERT INTO ${schema}.entries_rest SELECT e.* FROM unnest($1::int4[], $2::int8[]) AS o (flow, seq)
       JOIN ${slice} AS e USING (flow, seq)`,
      left,
    )
    await client.query(`DROP TABLE ${slice}; DELETE FROM ${schema}.slices WHERE no = ${no}`)
    return Number(rows[0]?.gone)
  })
  return gone ?? 0
}

/** Not of those that were not finished before, though they may be now: $1 and $2. */
const count = (schema: string, slice: string): string => `
WITH gone AS (
  DELETE FROM ${schema}.settled AS s USING ${slice} AS e WHERE s.flow = e.flow AND s.seq = e.seq
    AND (s.flow, s.seq) NOT IN (SELECT * FROM unnest($1::int4[], $2::int8[]) AS o (flow, seq))
  RETURNING s.flow, s.seq, s.outcome, e.bytes
), counted AS (
  ${countRetired(schema)}
), lifted AS (
  ${liftFloors(schema)}
)
SELECT count(*) AS gone, (SELECT ${durably}) FROM gone`

/** Of the rows `gone`. */
export const countRetired = (schema: string): string => `
  INSERT INTO ${schema}.retired AS r (flow, outcome, messages, bytes)
  SELECT flow, outcome, count(*), sum(bytes) FROM gone GROUP BY flow, outcome ORDER BY flow, outcome
  ON CONFLICT (flow, outcome) DO UPDATE SET messages = r.messages + excluded.messages, bytes = r.bytes + excluded.bytes`

/** Of the rows `gone`. */
export const liftFloors = (schema: string): string => `
  INSERT INTO ${schema}.floors AS f (flow, seq) SELECT flow, max(seq) FROM gone GROUP BY flow ORDER BY flow
  ON CONFLICT (flow) DO UPDATE SET seq = greatest(f.seq, excluded.seq)`

/**
 * In a transaction by a connection of its own. It waits for no lock for long: undefined, and nothing is done, if others are
 * in the way.
 */
async function alone<T>(
  database: Database,
  use: (client: ClientBase, schema: string) => Promise<T>,
): Promise<T | undefined> {
  const { schema } = database.options
  const client = await database.connect()
  try {
    await client.query(begin)
    const lock = await client.query(
      `SELECT pg_try_advisory_xact_lock(${slicesLock}, '"${schema}".slices'::regclass::oid::int) AS held`,
    )
    const done = lock.rows[0].held ? await use(client, `"${schema}"`) : undefined
    await client.query('COMMIT')
    return done
  } catch (error) {
    if (isInTheWay(error)) return undefined
    throw error
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The plans are those for many rows. Whoever asks for the journal meanwhile waits behind us. */
const begin = `
BEGIN;
SELECT set_config(name, value, true) FROM (VALUES
  ('lock_timeout', '300ms'), ('enable_seqscan', 'on'), ('enable_hashjoin', 'on'), ('enable_mergejoin', 'on'),
  ('enable_bitmapscan', 'on')
) AS hint (name, value)`

/** 'isls' in ASCII; the other half of the lock's key is the number of the store's table. */
const slicesLock = 0x69736c73

/** A lock that others hold, a deadlock with them, messages of a time that a slice was to be made for: later, then. */
function isInTheWay(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['55P03', '40P01', '23514'].includes(String(error.code))
}
