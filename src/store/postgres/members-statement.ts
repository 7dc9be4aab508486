import type { Lease, NewMember, Vitals } from '../members.ts'
import { claimLock } from './ownership.ts'
import { durably } from './session.ts'
import { standingColumns } from './standing.ts'
import { literal, quoted } from './stored-text.ts'
import { noticeText, notify } from './waking.ts'

/*
 * What members do. Each text is of several statements, which the server runs in one round trip as one transaction:
 * whatever becomes of the client, it is done or not, and nobody waits for a client. Each of the statements sees what was
 * committed before itself began.
 *
 * Whoever changes who holds what locks the row `owner` first; with that, nothing of it changes but by himself. Only
 * signs of life and writers go on beside him: a sign of life of a member that he takes for dead waits for him, and he
 * waits for those who write under a lease that he takes.
 *
 * What a member takes and gives it numbers by `turn`. What comes late, when it was repeated over another connection and
 * the member has gone on since, does nothing: else it would hold a lease of which it does not know.
 */

export interface Self {
  readonly schema: string
  readonly id: string
  /** Milliseconds. */
  readonly lease: number
}

/** Gives `token` and `partitions`, or no row while somebody has claimed the store. */
export function joinText({ schema: name, id, lease }: Self, member: NewMember, partitions: number): string {
  const schema = `"${name}"`
  const { control } = member
  return `${exclusively(schema)};
WITH free AS (
  SELECT pg_try_advisory_xact_lock_shared(${claimLock}, '${schema}.owner'::regclass::oid::int) AS yes
), forgotten AS (
  DELETE FROM ${schema}.members WHERE seen < clock_timestamp() - interval '1 day'
), counted AS (
  UPDATE ${schema}.owner SET token = token + 1, shared = token + 1, partitions = coalesce(partitions,
    CASE WHEN EXISTS (SELECT FROM ${schema}.flows WHERE head > 0) THEN 1 ELSE ${whole(partitions)} END)
  WHERE (SELECT yes FROM free) RETURNING token, partitions, ${durably}
), joined AS (
  INSERT INTO ${schema}.members (id, token, name, roles, version, control, joined, seen, expires)
  SELECT ${literal(id)}, token, ${literal(member.name)}, ${literals(member.roles)}, ${literal(member.version)},
    ${control === undefined ? 'NULL' : literal(control)}, clock_timestamp(), clock_timestamp(), ${after(lease)}
  FROM counted
  ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, expires = excluded.expires
  RETURNING token
)
SELECT joined.token, counted.partitions FROM joined, counted`
}

/** Gives `known`, whether it is a member still, `now` by the server's clock, and how all stand. */
export function beatText({ schema, id, lease }: Self, vitals: Vitals, told: boolean): string {
  const members = `"${schema}".members`
  const tell = told ? `, ${notify(schema, literal(noticeText('leases', id)))} AS told` : ''
  return `UPDATE ${members} SET seen = clock_timestamp(), expires = ${after(lease)},
  leaving = ${vitals.leaving}, load = ${json(vitals.load)} WHERE id = ${literal(id)};
SELECT EXISTS (SELECT FROM ${members} WHERE id = ${literal(id)}) AS known,
  floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now, ${standingColumns(`"${schema}"`)}${tell}`
}

/**
 * Gives `known`, whether it is its `turn`, and `leases`: those that were free or its own already. A sign of life, too,
 * at the end: those of its own do not wait while this waits for a writer.
 */
export function takeText({ schema: name, id, lease }: Self, turn: number, names: readonly string[]): string {
  const schema = `"${name}"`
  const self = literal(id)
  const asked = literals([...new Set(names)])
  return `${exclusively(schema)};
SELECT set_config('lock_timeout', '5s', true);
WITH dead AS (
  SELECT id FROM ${schema}.members
  WHERE id IN (SELECT holder FROM ${schema}.leases WHERE name = ANY (${asked})) AND id <> ${self}
    AND expires <= clock_timestamp()
  ORDER BY id FOR NO KEY UPDATE
), free AS (
  SELECT a.name, CASE WHEN l.name IS NULL THEN o.clean ELSE l.holder IS NULL END AS clean,
    o.token + row_number() OVER (ORDER BY a.ordinality) AS token
  FROM ${schema}.owner AS o, unnest(${asked}) WITH ORDINALITY AS a (name, ordinality)
  LEFT JOIN ${schema}.leases AS l ON l.name = a.name
  WHERE EXISTS (SELECT FROM ${schema}.members WHERE id = ${self} AND turn <= ${turn})
    AND (l.holder IS NULL OR l.holder IN (SELECT id FROM dead)
      OR NOT EXISTS (SELECT FROM ${schema}.members AS m WHERE m.id = l.holder))
), taken AS (
  INSERT INTO ${schema}.leases (name, token, holder, clean)
  SELECT name, token, ${self}, clean FROM free ORDER BY name
  ON CONFLICT (name) DO UPDATE SET token = excluded.token, holder = excluded.holder, clean = excluded.clean
  RETURNING name
)
UPDATE ${schema}.owner SET token = token + t.count, shared = token + t.count
FROM (SELECT count(*) AS count FROM taken) AS t WHERE t.count > 0 RETURNING ${durably};
UPDATE ${schema}.members SET seen = clock_timestamp(), expires = ${after(lease)}, turn = greatest(turn, ${turn})
  WHERE id = ${self};
SELECT EXISTS (SELECT FROM ${schema}.members WHERE id = ${self}) AS known,
  EXISTS (SELECT FROM ${schema}.members WHERE id = ${self} AND turn = ${turn}) AS turn,
  (SELECT coalesce(json_agg(json_build_array(name, token, clean) ORDER BY token), '[]')
   FROM ${schema}.leases WHERE holder = ${self} AND name = ANY (${asked})) AS leases`
}

export function giveText(
  { schema, id }: Self,
  turn: number,
  leases: readonly Pick<Lease, 'name' | 'token'>[],
): string {
  const names = literals(leases.map(({ name }) => name))
  const tokens = leases.map(({ token }) => whole(token)).join(', ')
  return `${exclusively(`"${schema}"`)};
UPDATE "${schema}".members SET turn = greatest(turn, ${turn}) WHERE id = ${literal(id)};
WITH given AS (
  UPDATE "${schema}".leases AS l SET holder = NULL FROM unnest(${names}, ARRAY[${tokens}]::int8[]) AS g (name, token)
  WHERE l.name = g.name AND l.token = g.token AND l.holder = ${literal(id)} RETURNING l.name, ${durably}
)
SELECT ${notify(schema, literal(noticeText('leases', id)))} AS told WHERE EXISTS (SELECT FROM given)`
}

export function leaveText({ schema, id }: Self): string {
  return `${exclusively(`"${schema}"`)};
UPDATE "${schema}".leases SET holder = NULL WHERE holder = ${literal(id)};
WITH gone AS (DELETE FROM "${schema}".members WHERE id = ${literal(id)} RETURNING id, ${durably})
SELECT ${notify(schema, literal(noticeText('leases', id)))} AS told WHERE EXISTS (SELECT FROM gone)`
}

const exclusively = (schema: string): string => `SELECT FROM ${schema}.owner FOR UPDATE`

const after = (milliseconds: number): string =>
  `clock_timestamp() + ${whole(milliseconds)} * interval '1 millisecond'`

/** JSON.stringify escapes what a text column does not keep. */
const json = (value: Vitals['load']): string => quoted(JSON.stringify(value))

const literals = (texts: readonly string[]): string => `ARRAY[${texts.map(literal).join(', ')}]::text[]`

function whole(number: number): string {
  if (Number.isSafeInteger(number) && number >= 0) return String(number)
  throw new RangeError(`${number} is not a whole number`)
}
