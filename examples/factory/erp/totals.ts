import type { DatabaseSync } from 'node:sqlite'

/** One line of what a book comes to. Money in cents, quantities in thousandths of a unit. */
export interface Total {
  /** A work order, a kind of entry, a kind of movement. */
  readonly of: string
  readonly entries: number
  readonly sum: number
}

/** What the books come to, the years before included. */
export interface ErpTotals {
  readonly issues: readonly Total[]
  readonly postings: readonly Total[]
  readonly bills: readonly Total[]
  readonly movements: readonly Total[]
}

/** By work order, or by kind. */
export function totalsOf(db: DatabaseSync): ErpTotals {
  const by = (of: string, sum: string, book: string) =>
    db
      .prepare(
        `select ${of} as "of", count(*) as entries, sum(${sum}) as sum from ${book} group by 1 order by 1`,
      )
      .all() as unknown as Total[]
  return {
    issues: by('work_order', 'quantity', 'issues'),
    postings: by('work_order', 'cents', 'postings'),
    bills: by('kind', 'cents', 'bills'),
    movements: by('kind', 'pieces', 'movements'),
  }
}
