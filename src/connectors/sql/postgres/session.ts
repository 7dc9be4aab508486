import type { Client, ClientConfig } from 'pg'
import type { Database } from '../database.ts'

/** A PostgreSQL database that gives sources connections of their own. */
export interface SessionDatabase extends Database {
  /**
   * Without time limits, and ended by the caller. It may speak the replication protocol, and writes values as `types`
   * reads them, whatever the database's settings are.
   */
  session(purpose: 'queries' | 'replication'): Promise<Client>
}

/** The driver passes `replication` on to the server; its types do not know it. */
export type OpenSession = (more: ClientConfig & { readonly replication?: 'database' }) => Client

/** Said at the begin of a session. */
export const plainStyle =
  'set datestyle to iso; set intervalstyle to postgres; set extra_float_digits to 3; set bytea_output to hex; ' +
  // The server hears of us every 10 seconds, however it is configured.
  "set wal_sender_timeout to '60s'; " +
  'set statement_timeout to 0; set idle_in_transaction_session_timeout to 0'
