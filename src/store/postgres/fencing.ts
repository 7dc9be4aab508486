import { IsthmusError } from '../../errors.ts'
import { int8Array } from './binary-array.ts'
import type { Session } from './session.ts'
import { fromText } from './stored-text.ts'

/*
 * What shows that one may write: the token of the claim, of a lease that is held or, where that is enough, of a member.
 * A writing statement locks the rows that it finds for its tokens until its commit, and so that only a change of the
 * token itself has to wait: whoever takes over comes after the commit of a write under way, and a write that comes
 * after the take-over finds no row and changes nothing. Signs of life and other writers wait for nobody.
 */

/** CTEs of a writing statement, to be followed by others; `tokens` is its parameter for an int8[] without repetitions. */
export function fence(schema: string, tokens: string, members?: 'members'): string {
  const living = `, living AS (
  SELECT token FROM ${schema}.members WHERE token = ANY (${tokens}::int8[]) ORDER BY id FOR KEY SHARE
)`
  return `owned AS (
  SELECT token FROM ${schema}.owner WHERE token = ANY (${tokens}::int8[]) AND token <> shared FOR SHARE
), leased AS (
  SELECT token FROM ${schema}.leases
  WHERE token = ANY (${tokens}::int8[]) AND holder IS NOT NULL ORDER BY name FOR KEY SHARE
)${members ? living : ''}`
}

/** The condition that all tokens are good. */
export function fenced(tokens: string, members?: 'members'): string {
  return `(SELECT count(*) FROM owned) + (SELECT count(*) FROM leased)${
    members ? ' + (SELECT count(*) FROM living)' : ''
  } = cardinality(${tokens}::int8[])`
}

export function tokensOf(tokens: readonly number[]): Buffer {
  return int8Array([...new Set(tokens)])
}

/** Throws STORE-FENCED if one of the tokens is not good. */
export async function requireTokens(
  session: Session,
  name: string,
  tokens: readonly number[],
  members?: 'members',
): Promise<void> {
  const schema = `"${name}"`
  const text = `SELECT o.name, array(
      SELECT t.token FROM unnest($1::int8[]) AS t (token)
      WHERE NOT (t.token = o.token AND t.token <> o.shared)
        AND t.token NOT IN (SELECT token FROM ${schema}.leases WHERE holder IS NOT NULL)
        ${members ? `AND t.token NOT IN (SELECT token FROM ${schema}.members)` : ''}
    ) AS bad FROM ${schema}.owner AS o`
  const values = [tokensOf(tokens)]
  const [row] = await session.run<{ name: string; bad: string[] }>({ name: '', text, values })
  const [token] = row?.bad ?? []
  if (row === undefined || token === undefined) return
  throw new IsthmusError(
    'STORE-FENCED',
    `token ${token} is not that of a lease that is held, nor of the last claim (${fromText(row.name)}): ` +
      'somebody else goes on with it, and what was asked for was not recorded',
    { detail: { token: Number(token) } },
  )
}
