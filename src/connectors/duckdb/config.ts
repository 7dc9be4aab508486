import type { Setting } from '../../system/setting.ts'

export interface DuckdbOptions {
  /**
   * The path of the database file, which is made when it is missing; or `:memory:` for a database of this connection alone,
   * which ends with it. Systems of one process that name the same file share it; another process cannot open it meanwhile.
   */
  readonly file: Setting
  /** Most memory that queries and loads use, such as `512MB` or `4GB`; beyond it they spill to disk. Default `1GB`. */
  readonly memory?: string | undefined
  /** Threads that work on queries. Default: as many as there are processors. */
  readonly threads?: number | undefined
  /** Folder to which queries spill. Default: beside the file, with `.tmp` at its end; for `:memory:` a temporary folder. */
  readonly spill?: string | undefined
  /** Folders whose files queries may read and write: `read_csv`, `copy ... to`. Default: none. */
  readonly folders?: readonly string[] | undefined
  /** Nothing can be changed, and several processes may have the file open so. The file must exist. Default false. */
  readonly readOnly?: boolean | undefined
}
