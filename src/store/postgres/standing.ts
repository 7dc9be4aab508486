import type { Role, Standing } from '../members.ts'
import { fromText } from './stored-text.ts'

/** A row of `standingColumns`. */
export interface StandingRow {
  readonly members: readonly MemberColumns[]
  readonly leases: readonly (readonly [name: string, holder: string | null, token: number])[]
}

type MemberColumns = readonly [
  id: string,
  name: string,
  roles: readonly Role[],
  version: string,
  control: string | null,
  leaving: boolean,
  load: string,
  joined: number,
  silent: number,
]

/** All members but those that have been silent for a day, and all leases. One row, of one moment. */
export const standingColumns = (schema: string): string => `
(SELECT coalesce(json_agg(json_build_array(id, name, roles, version, control, leaving, load,
    floor(extract(epoch FROM joined) * 1000), floor(extract(epoch FROM greatest(clock_timestamp() - seen, '0'::interval)) * 1000)
  ) ORDER BY joined, id), '[]')
 FROM ${schema}.members WHERE seen > clock_timestamp() - interval '1 day') AS members,
(SELECT coalesce(json_agg(json_build_array(
    l.name, CASE WHEN m.expires > clock_timestamp() THEN l.holder END, l.token) ORDER BY l.name), '[]')
 FROM ${schema}.leases AS l LEFT JOIN ${schema}.members AS m ON m.id = l.holder) AS leases`

export function standingOf({ members, leases }: StandingRow): Standing {
  return {
    members: members.map(memberOf),
    leases: leases.map(([name, holder, token]) => ({
      name: fromText(name),
      holder: holder === null ? undefined : fromText(holder),
      token,
    })),
  }
}

function memberOf(columns: MemberColumns): Standing['members'][number] {
  const [id, name, roles, version, control, leaving, load, joined, silent] = columns
  return {
    id: fromText(id),
    name: fromText(name),
    roles,
    version: fromText(version),
    ...(control !== null && { control: fromText(control) }),
    leaving,
    load: JSON.parse(load),
    joined,
    silent,
  }
}
