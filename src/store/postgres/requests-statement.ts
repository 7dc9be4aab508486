import { durably } from './session.ts'
import { notify } from './waking.ts'

/** Each may be repeated: the same twice is once. */
export function requestTexts(name: string) {
  const schema = `"${name}"`
  const requests = `${schema}.requests`
  return {
    /** $1 id, $2 lease, $3 asker, $4 request, $5 milliseconds to wait, $6 notice. What nobody has come back for goes. */
    put: `WITH old AS (
        DELETE FROM ${requests} WHERE id IN (
          SELECT id FROM ${requests} WHERE until < clock_timestamp() - interval '1 minute' LIMIT 100 FOR UPDATE SKIP LOCKED
        )
      ), put AS (
        INSERT INTO ${requests} (id, lease, asker, request, until)
        VALUES ($1, $2, $3, $4, clock_timestamp() + $5::int8 * interval '1 millisecond') ON CONFLICT DO NOTHING
        RETURNING ${durably}
      )
      SELECT ${notify(name, '$6::text')} AS told`,
    /** What is asked of the holder $1, but for the ids $2; at most $3, and the oldest first. */
    open: `SELECT r.id, r.lease, r.request
      FROM ${schema}.leases AS l JOIN ${requests} AS r ON r.lease = l.name AND r.answer IS NULL
      WHERE l.holder = $1 AND r.until > clock_timestamp() AND r.id <> ALL ($2::uuid[]) ORDER BY r.until LIMIT $3`,
    /** $1 id, $2 answer, $3 who gives it: nothing, if somebody else holds the lease meanwhile and so answers it. */
    answer: `WITH answered AS (
        UPDATE ${requests} AS r SET answer = $2 WHERE id = $1 AND answer IS NULL AND NOT EXISTS (
          SELECT FROM ${schema}.leases AS l WHERE l.name = r.lease AND l.holder <> $3
        ) RETURNING asker, ${durably}
      )
      SELECT ${notify(name, `'answer ' || asker`)} AS told FROM answered`,
    /** Those of the ids $1 that are answered. */
    answers: `SELECT id, answer FROM ${requests} WHERE id = ANY ($1::uuid[]) AND answer IS NOT NULL`,
    remove: `DELETE FROM ${requests} WHERE id = $1`,
  }
}
