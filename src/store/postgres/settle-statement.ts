import type { Settlement } from '../store.ts'
import { int4Array, int8Array, textArray } from './binary-array.ts'
import { fence, fenced, tokensOf } from './fencing.ts'
import { settledRow, unfinishedRow } from './progress-rows.ts'
import { numbered } from './session.ts'

/**
 * One statement, one transaction. What shows that one may write is locked until the commit: a new holder finds all of
 * what was recorded before it, and an old one records nothing after it.
 * $1 session, $2 its number; $3 tokens; $4-$6 cursors; $7-$13 settled; $14-$20 unfinished.
 */
export const settleText = (schema: string): string => settle(`"${schema}"`)

const settle = (schema: string): string => `
WITH ${fence(schema, '$3')}, taken AS (
  ${numbered(schema, fenced('$3'))}
), moved AS (
  INSERT INTO ${schema}.partitions AS p (flow, partition, start, cursor)
  SELECT c.flow, c.partition, 0, c.cursor FROM unnest($4::int4[], $5::int4[], $6::int8[]) AS c (flow, partition, cursor)
  WHERE EXISTS (SELECT FROM taken)
  ON CONFLICT (flow, partition) DO UPDATE SET cursor = excluded.cursor WHERE p.cursor < excluded.cursor
), ended AS (
  INSERT INTO ${schema}.settled (flow, seq, ended_at, attempts, outcome, detail, checksum)
  SELECT s.flow, s.seq, s.ended_at, s.attempts, s.outcome, s.detail, s.checksum # s.seq
  FROM unnest($7::int4[], $8::int8[], $9::int8[], $10::int4[], $11::text[], $12::text[], $13::int8[])
    AS s (flow, seq, ended_at, attempts, outcome, detail, checksum)
  WHERE EXISTS (SELECT FROM taken)
    AND ${isKept(schema, 's')}
  ON CONFLICT (flow, seq) DO NOTHING
), gone AS (
  DELETE FROM ${schema}.unfinished AS u USING unnest($7::int4[], $8::int8[]) AS s (flow, seq)
  WHERE u.flow = s.flow AND u.seq = s.seq AND EXISTS (SELECT FROM taken)
), waiting AS (
  INSERT INTO ${schema}.unfinished (flow, seq, partition, status, key, detail, checksum)
  SELECT u.flow, u.seq, u.partition, u.status, u.key, u.detail, u.checksum # u.seq
  FROM unnest($14::int4[], $15::int8[], $16::int4[], $17::text[], $18::text[], $19::text[], $20::int8[])
    AS u (flow, seq, partition, status, key, detail, checksum)
  WHERE EXISTS (SELECT FROM taken)
    AND ${isKept(schema, 'u')}
    AND NOT EXISTS (SELECT FROM ${schema}.settled AS s WHERE s.flow = u.flow AND s.seq = u.seq)
  ON CONFLICT (flow, seq) DO UPDATE SET partition = excluded.partition, status = excluded.status, key = excluded.key,
    detail = excluded.detail, checksum = excluded.checksum
)
SELECT count(*) AS taken FROM taken`

/** Whether the message is in the journal: only where some have been retired is it looked for, in every slice. */
const isKept = (schema: string, row: string): string => `
    CASE WHEN ${row}.seq > coalesce((SELECT f.seq FROM ${schema}.floors AS f WHERE f.flow = ${row}.flow), 0) THEN
      EXISTS (SELECT FROM ${schema}.flows AS f WHERE f.no = ${row}.flow AND ${row}.seq <= f.head)
    ELSE (SELECT true FROM ${schema}.entries AS e WHERE e.flow = ${row}.flow AND e.seq = ${row}.seq) END`

export function settleValues(calls: readonly Settlement[], numbers: ReadonlyMap<string, number>): Buffer[] {
  const { cursors, settled, unfinished } = merged(calls, numbers)
  return [
    tokensOf(calls.map(({ token }) => token)),
    int4Array(cursors.map(each => each.no)),
    int4Array(cursors.map(each => each.partition)),
    int8Array(cursors.map(each => each.cursor)),
    int4Array(settled.map(each => each.no)),
    int8Array(settled.map(each => each.seq)),
    int8Array(settled.map(each => each.at)),
    int4Array(settled.map(each => each.attempts)),
    textArray(settled.map(each => each.outcome)),
    textArray(settled.map(each => each.detail)),
    int8Array(settled.map(each => each.checksum)),
    int4Array(unfinished.map(each => each.no)),
    int8Array(unfinished.map(each => each.seq)),
    int4Array(unfinished.map(each => each.partition)),
    textArray(unfinished.map(each => each.status)),
    textArray(unfinished.map(each => each.key)),
    textArray(unfinished.map(each => each.detail)),
    int8Array(unfinished.map(each => each.checksum)),
  ]
}

/** What the settlements come to, one after the other: a message that has ended in one is left as it was by the next. */
function merged(calls: readonly Settlement[], numbers: ReadonlyMap<string, number>) {
  const cursors = new Map<string, { no: number; partition: number; cursor: number }>()
  const settled = new Map<string, { no: number } & ReturnType<typeof settledRow>>()
  const unfinished = new Map<string, { no: number } & ReturnType<typeof unfinishedRow>>()
  for (const { flow, partition, cursor, ...call } of calls) {
    const no = numbers.get(flow) ?? 0
    const place = `${no} ${partition}`
    cursors.set(place, { no, partition, cursor: Math.max(cursor, cursors.get(place)?.cursor ?? 0) })
    for (const each of call.settled) {
      const message = `${no} ${each.seq}`
      unfinished.delete(message)
      if (!settled.has(message)) settled.set(message, { no, ...settledRow(flow, each) })
    }
    for (const each of call.unfinished) {
      const message = `${no} ${each.seq}`
      if (!settled.has(message)) unfinished.set(message, { no, ...unfinishedRow(flow, partition, each) })
    }
  }
  return {
    cursors: [...cursors.values()],
    settled: [...settled.values()],
    unfinished: [...unfinished.values()],
  }
}
