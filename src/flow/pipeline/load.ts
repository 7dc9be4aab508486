/**
 * How the rows of a run come into a table. Names are those of columns.
 *
 * - `append`: they are added. What is read twice is there twice.
 * - `replace`: the table holds them, and nothing else.
 * - `upsert`: a row of the same key is replaced. Of several in one run that with the highest `newest` counts, or the last.
 * - `partition`: rows of the same value of this column are replaced, all together: a day, a plant.
 * - `history`: slowly changing dimension, type 2: a row that changed is closed and a new one is begun. The table gets the
 *   columns `valid_from`, `valid_until` (null: still valid) and `is_current`. Source: Kimball, The Data Warehouse Toolkit.
 */
export type Load<K extends string = string> =
  | 'append'
  | 'replace'
  | { readonly upsert: readonly K[]; readonly newest?: K | undefined }
  | { readonly partition: K }
  | {
      readonly history: readonly K[]
      readonly newest?: K | undefined
      /** The column that tells since when a row is so; the beginning of the period if absent. */
      readonly since?: K | undefined
    }

export type LoadKind = 'append' | 'replace' | 'upsert' | 'partition' | 'history'

export function loadKind(load: Load): LoadKind {
  if (typeof load === 'string') return load
  return 'upsert' in load ? 'upsert' : 'partition' in load ? 'partition' : 'history'
}

/** The columns by which a row is known; none for `append`, `replace` and `partition`. */
export function loadKey(load: Load): readonly string[] {
  if (typeof load === 'string') return []
  return 'upsert' in load ? load.upsert : 'history' in load ? load.history : []
}

/** What `history` adds to the columns of the model. */
export const historyColumns = Object.freeze([
  Object.freeze({ name: 'valid_from', type: 'instant', required: true } as const),
  Object.freeze({ name: 'valid_until', type: 'instant', required: false } as const),
  Object.freeze({ name: 'is_current', type: 'boolean', required: true } as const),
])
