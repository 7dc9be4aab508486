import type { Mark } from '../copy/ends.ts'
import { storeMoved } from '../copy/store-moved.ts'
import type { Run } from './read-statements.ts'
import { durably } from './session.ts'
import { fromText, toText } from './stored-text.ts'

/** The table is made by the first mark: a store that stays where it is has none. */
const table = (schema: string): string => `"${schema}".relocation`

export async function readMark(run: Run, schema: string): Promise<Mark | undefined> {
  const text = `SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'relocation'`
  if ((await run({ text, values: [schema] })).length === 0) return undefined
  const [row] = await run<Mark>({ text: `SELECT state, other FROM ${table(schema)}`, values: [] })
  return row && { state: row.state, other: fromText(row.other) }
}

/** Durable when it resolves, with all that was committed before. */
export async function writeMark(run: Run, schema: string, mark: Mark | undefined): Promise<void> {
  const made = `CREATE TABLE IF NOT EXISTS ${table(schema)} (
    single boolean PRIMARY KEY DEFAULT true CHECK (single), state text NOT NULL, other text NOT NULL)`
  await run({ text: made, values: [] })
  if (mark === undefined) await run({ text: `DELETE FROM ${table(schema)} RETURNING ${durably}`, values: [] })
  else {
    const text = `INSERT INTO ${table(schema)} (state, other) VALUES ($1, $2)
      ON CONFLICT (single) DO UPDATE SET state = excluded.state, other = excluded.other RETURNING ${durably}`
    await run({ text, values: [mark.state, toText(mark.other)] })
  }
}

/** Throws STORE-MOVED if the store of the schema must not be worked on. */
export async function requireInPlace(run: Run, schema: string): Promise<void> {
  const mark = await readMark(run, schema)
  if (mark !== undefined) throw storeMoved(`schema ${schema}`, mark)
}
