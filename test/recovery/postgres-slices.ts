import { query, testUrl } from './postgres-fixture.ts'

/**
 * Gives the store of this schema, which has no message yet, one slice after the other between these times. Older messages
 * go to the first slice, later ones to the rest.
 */
export async function sliceAt(schema: string, bounds: readonly number[], url = testUrl): Promise<void> {
  const entries = `"${schema}".entries`
  const attach = (no: number, low: number | string, high: number) =>
    `ALTER TABLE ${entries} ATTACH PARTITION "${schema}".entries_${no} FOR VALUES FROM (${low}) TO (${high});`
  const made = bounds.slice(1).map(
    (high, n) => `CREATE TABLE "${schema}".entries_${n + 1} (LIKE "${schema}".entries_rest INCLUDING INDEXES);
      ${attach(n + 1, bounds[n] as number, high)}
      INSERT INTO "${schema}".slices (no, low, high, made, accepted) VALUES (${n + 1}, ${bounds[n]}, ${high}, ${bounds[n]}, 0);`,
  )
  await query(
    `BEGIN;
    DELETE FROM "${schema}".slices WHERE no > 0;
    ALTER TABLE ${entries} DETACH PARTITION "${schema}".entries_0;
    ${attach(0, 'MINVALUE', bounds[0] as number)}
    UPDATE "${schema}".slices SET high = ${bounds[0]} WHERE no = 0;
    ${made.join('\n')}
    COMMIT`,
    [],
    url,
  )
}
