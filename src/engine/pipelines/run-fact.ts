/** Milliseconds since 1970 UTC: from, and until (excluded). */
export interface Period {
  readonly from: number
  readonly until: number
}

/** Why a run is: its time had come, a person asked for it, or for many, or rows that were set aside are loaded. */
export type Trigger = 'schedule' | 'person' | 'backfill' | 'repair'

/** What became of the rows that one task read: `read = filtered + parked + superseded + written`. */
export interface TaskCounts {
  readonly read: number
  readonly filtered: number
  /** Set aside for a person. */
  readonly parked: number
  /** Of several rows of one key, those that did not count. */
  readonly superseded: number
  /** Rows that wait to be published. */
  readonly written: number
}

/** What publication did to a table. */
export interface PublishedCounts {
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly unchanged: number
}

export interface CheckResult {
  readonly table: string
  readonly check: string
  readonly severity: 'stop' | 'warn'
  readonly ok: boolean
  /** What was found, for people: `3 rows`. */
  readonly found: string
  readonly examples: readonly unknown[]
}

/** One entry of the log of a run. What a run is follows from its facts alone, in their order. */
export type RunFact =
  /** The run begins, or begins anew: nothing of an earlier attempt counts any more. */
  | {
      readonly type: 'begun'
      readonly attempt: number
      /** Names its stages in the warehouse, and its publication there. */
      readonly id: string
      readonly period: Period
      readonly trigger: Trigger
      /** Reads everything, whatever was read before. */
      readonly everything?: true | undefined
      /** The order of a backfill it belongs to. */
      readonly order?: string | undefined
      /** For a repair: the table, and the key of the run whose rows are loaded now. */
      readonly repair?: { readonly table: string; readonly run: string } | undefined
      readonly by?: string | undefined
      readonly why?: string | undefined
    }
  /** The rows of a table stand in its stage. */
  | {
      readonly type: 'loaded'
      readonly table: string
      readonly tries: number
      readonly ms: number
      /** Its rows came from outside of the warehouse, or from those set aside; else from a query. */
      readonly isRead: boolean
      readonly counts: TaskCounts
      readonly mark?: string | undefined
      /** The last publication that a query could have read when it was made. */
      readonly behind?: string | undefined
      /** Of the table as it was declared then. */
      readonly shape: string
    }
  /** Will be tried again when `due`, milliseconds since 1970 UTC. */
  | {
      readonly type: 'setback'
      readonly table: string
      readonly tries: number
      readonly due: number
      readonly code: string
      readonly reason: string
    }
  | { readonly type: 'checked'; readonly results: readonly CheckResult[]; readonly ms: number }
  /** Goes no further without a person. `table` is absent where checks or publication failed. */
  | {
      readonly type: 'failed'
      readonly table?: string | undefined
      readonly code: string
      readonly reason: string
    }
  | {
      readonly type: 'published'
      readonly tables: Readonly<Record<string, PublishedCounts>>
      readonly ms: number
    }
  /** A person lets it go on from where it failed. */
  | { readonly type: 'resumed'; readonly by: string; readonly why: string }
  | { readonly type: 'cancelled'; readonly by: string; readonly why: string }

export interface RecordedFact {
  readonly fact: RunFact
  readonly at: number
  readonly version: number
}
