import type { Decimal } from '../../model/decimal.ts'
import type { RequesterChannel } from '../../system/channel.ts'
import type { Effect } from '../../system/effect.ts'
import type { Reading } from './extraction.ts'
import type { SqlModel, TableName } from './sql-model.ts'

/** Whether a run that fails a check is published: `stop` it is not, `warn` it is, and people are told. */
export type CheckSeverity = 'stop' | 'warn'

interface CheckBase {
  /** For people, unique in its table. */
  readonly name: string
  readonly severity: CheckSeverity
}

/** What is looked at before a run is published: the table as readers would see it. `K` are its columns. */
export type TableCheck<K extends string = string> = CheckBase &
  (
    | { readonly kind: 'unique'; readonly columns: readonly K[] }
    | { readonly kind: 'present'; readonly columns: readonly K[] }
    | {
        readonly kind: 'references'
        readonly columns: readonly K[]
        readonly table: TableName
        readonly to: readonly string[]
      }
    | {
        readonly kind: 'range'
        readonly column: K
        readonly min?: Decimal | undefined
        readonly max?: Decimal | undefined
      }
    | { readonly kind: 'rows'; readonly min?: number | undefined; readonly max?: number | undefined }
    /** The newest value of an instant or date is no older than `within`, milliseconds, at the end of the period. */
    | { readonly kind: 'fresh'; readonly column: K; readonly within: number }
    /** A query that finds what is wrong: any row fails the check. */
    | { readonly kind: 'none'; readonly query: SqlModel }
    /** What the system itself says, against a query of one row, column by column. */
    | {
        readonly kind: 'reconciled'
        readonly channel: RequesterChannel<unknown, unknown, Effect<'read'>>
        readonly request: (reading: Reading) => unknown
        readonly says: (answer: unknown) => Readonly<Record<string, Decimal>>
        readonly query: SqlModel
      }
  )
