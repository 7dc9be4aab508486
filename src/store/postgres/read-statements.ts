import type { EntryQuery, UnfinishedQuery } from '../store.ts'
import { toText } from './stored-text.ts'

export interface Query {
  /** Of what is asked often, and always says the same: it is prepared under it, as writing statements are. */
  readonly name?: string
  readonly text: string
  readonly values: readonly unknown[]
}

export type Run = <Row extends object>(query: Query) => Promise<Row[]>

/**
 * Reading statements; each sees one moment. The oldest waiting message of a flow is looked for from the lowest cursor
 * on, so the answer takes the longer the further one partition lies behind the others.
 */
export const flowsText = (schema: string): string => `
SELECT f.name AS flow, f.head,
  (SELECT count(*) FROM ${schema}.entries WHERE flow = f.no) AS entries,
  (SELECT json_object_agg(outcome, messages) FROM ${schema}.retired WHERE flow = f.no) AS retired,
  (SELECT json_agg(json_build_object('partition', partition, 'cursor', cursor) ORDER BY partition)
   FROM ${schema}.partitions WHERE flow = f.no AND cursor > 0) AS cursors,
  (SELECT json_object_agg(status, messages)
   FROM (SELECT status, count(*) AS messages FROM ${schema}.unfinished WHERE flow = f.no GROUP BY status) AS u
  ) AS unfinished,
  least(
    (SELECT min(accepted_at) FROM ${schema}.unfinished JOIN ${schema}.entries USING (flow, seq)
     WHERE flow = f.no AND status <> 'parked'),
    (SELECT accepted_at FROM ${schema}.entries AS e JOIN ${schema}.partitions AS p USING (flow, partition)
     WHERE e.flow = f.no AND e.seq > p.cursor
       AND e.seq > (SELECT min(greatest(cursor, start)) FROM ${schema}.partitions WHERE flow = f.no)
       AND CASE WHEN (SELECT true FROM ${schema}.settled AS s WHERE s.flow = e.flow AND s.seq = e.seq) THEN false
         ELSE (SELECT true FROM ${schema}.unfinished AS u WHERE u.flow = e.flow AND u.seq = e.seq) IS NULL END
     ORDER BY e.seq LIMIT 1)
  ) AS oldest
FROM ${schema}.flows AS f WHERE f.head > 0 ORDER BY f.name`

export const headsText = (schema: string): string =>
  `SELECT name AS flow, head FROM ${schema}.flows WHERE head > 0`

export function entriesQuery(schema: string, query: EntryQuery): Query {
  const values: unknown[] = []
  const is = (value: unknown) => `$${values.push(value)}`
  const first = [
    query.id !== undefined && `id = ${is(toText(query.id))}`,
    query.key !== undefined && keyIs(is(toText(query.key))),
  ]
  const where = [
    query.flow !== undefined && `e.flow = ${flowNumber(schema, is(toText(query.flow)))}`,
    query.after !== undefined && `e.seq > ${is(query.after)}`,
    query.to !== undefined && `e.seq <= ${is(query.to)}`,
    query.partitions !== undefined && `e.partition = ANY (${is(query.partitions)}::int4[])`,
    query.seqs !== undefined && `e.seq = ANY (${is(query.seqs)}::int8[])`,
  ]
  const sum =
    query.bytes === undefined ? '' : ', sum(e.bytes) OVER (ORDER BY e.seq, e.flow) - e.bytes AS bytes_before'
  const text = `
    SELECT (SELECT name FROM ${schema}.flows WHERE no = e.flow) AS flow, e.seq, e.partition, e.key, e.id, e.head, e.body,
      e.accepted_at, e.checksum # e.seq AS checksum ${sum}
    FROM ${chosenFirst(`${schema}.entries`, first)} AS e ${conjunction(where)}
    ORDER BY e.seq, e.flow LIMIT ${is(query.limit)}`
  if (query.bytes === undefined) return { text, values }
  const paged = `SELECT * FROM (${text}) AS r WHERE bytes_before < ${is(query.bytes)} ORDER BY seq`
  const asked = [...first, ...where].map(each => (each ? 1 : 0)).join('')
  return { name: `entries ${asked}`, text: paged, values }
}

/** Few rows have one id or key: OFFSET keeps the planner from going through a whole flow instead. */
function chosenFirst(table: string, conditions: readonly (string | false)[]): string {
  const where = conjunction(conditions)
  return where === '' ? table : `(SELECT * FROM ${table} ${where} ORDER BY seq OFFSET 0)`
}

export function unfinishedQuery(schema: string, query: UnfinishedQuery): Query {
  const values: unknown[] = []
  const is = (value: unknown) => `$${values.push(value)}`
  const where = [
    `flow = ${flowNumber(schema, is(toText(query.flow)))}`,
    query.after !== undefined && `seq > ${is(query.after)}`,
    query.partitions !== undefined && `partition = ANY (${is(query.partitions)}::int4[])`,
    query.status !== undefined && `status = ANY (${is(query.status)}::text[])`,
    query.key !== undefined && `key = ${is(toText(query.key))}`,
  ]
  const text = `
    SELECT seq, partition, status, key, detail, checksum # seq AS checksum
    FROM ${schema}.unfinished ${conjunction(where)} ORDER BY seq LIMIT ${is(query.limit)}`
  return { text, values }
}

export const settledText = (schema: string): string => `
  SELECT seq, ended_at, attempts, outcome, detail, checksum # seq AS checksum
  FROM ${schema}.settled WHERE flow = ${flowNumber(schema, '$1')} AND seq BETWEEN $2 AND $3 ORDER BY seq`

/** As a value and not as a join, so that the rows come in the order of the index and a limit reads no more of them. */
const flowNumber = (schema: string, name: string): string =>
  `(SELECT no FROM ${schema}.flows WHERE name = ${name})`

const keyIs = (key: string): string => `left(key, 100) = left(${key}, 100) AND key = ${key}`

function conjunction(conditions: readonly (string | false)[]): string {
  const given = conditions.filter(each => each !== false)
  return given.length === 0 ? '' : `WHERE ${given.join(' AND ')}`
}

export const positionText = (schema: string): string =>
  `SELECT position FROM ${schema}.positions WHERE source = $1`

export const identityText = (schema: string): string =>
  `SELECT id FROM ${schema}.identities WHERE name = ANY ($1::text[])`
