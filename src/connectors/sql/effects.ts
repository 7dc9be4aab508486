import { IsthmusError } from '../../errors.ts'
import { type Database, effectsTable, rowsOf } from './database.ts'

/**
 * The table of effect keys. A key is written in the transaction of its effect, and its being there says that the
 * effect happened. Rows may be deleted once nothing can come back under their keys: when they are older than the
 * engine's retries and what is parked.
 */
export class Effects {
  readonly #database: Database
  #ready: Promise<void> | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** Which of the keys are there. Rejects if that cannot be told now. */
  async known(keys: readonly string[], signal: AbortSignal): Promise<Set<unknown>> {
    const rows = await rowsOf(this.#database, this.#database.dialect.findKeys(keys), signal)
    return new Set(rows.map(row => row.effect_key))
  }

  /** Makes the table if it is missing. Rejects as often as it fails, and tries again when asked again. */
  ready(signal: AbortSignal): Promise<void> {
    this.#ready ??= this.#make(signal).catch(error => {
      this.#ready = undefined
      throw error
    })
    return this.#ready
  }

  #make(signal: AbortSignal): Promise<void> {
    return makeTable(this.#database, effectsTable, this.#database.dialect.createEffects, signal)
  }
}

/** Makes a table of ours if it is missing. */
export async function makeTable(
  database: Database,
  table: string,
  ddl: string,
  signal: AbortSignal,
): Promise<void> {
  const look = { text: `select 1 from ${table} limit 0`, values: [] }
  const [found] = await database.query([look], signal)
  if (found?.ok) return
  if (found?.error.code !== 'TARGET-CONTRACT') throw found?.error
  const [made] = await database.query([{ text: ddl, values: [] }], signal)
  if (made?.ok) return
  // Somebody else may have made it in the same moment.
  const [again] = await database.query([look], signal)
  if (again?.ok) return
  throw new IsthmusError(
    made?.error.code ?? 'TARGET-UNAVAILABLE',
    `The table ${table}, by which effects happen once, is missing and cannot be made: ` +
      `${made?.error.message} Let a person make it: ${ddl}`,
    { cause: made?.error, fate: made?.error.fate === 'retry' ? 'retry' : 'pause' },
  )
}
