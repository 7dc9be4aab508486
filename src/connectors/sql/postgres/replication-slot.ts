import type { Client } from 'pg'
import { IsthmusError } from '../../../errors.ts'
import type { CaptureOptions } from '../config.ts'
import { type Database, rowsOf } from '../database.ts'
import { quoteName } from '../identifier.ts'
import { beforeAnything } from './failure.ts'
import { lsnOf } from './lsn.ts'
import { demand, gap, type Place } from './replication-place.ts'
import type { CapturedTable } from './replication-table.ts'

const publicationText = `select exists (select from pg_publication where pubname = $1) as there,
  exists (select from pg_publication_tables where pubname = $1 and schemaname = $2 and tablename = $3) as holds`

const slotText = `select to_jsonb(s) as slot, current_database() as database, pg_wal_lsn_diff(
  case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, s.restart_lsn)::text as kept
  from pg_replication_slots s where slot_name = $1`

/** What pg_replication_slots says; which columns it has depends on the version. */
interface SlotState {
  readonly plugin: string
  readonly database: string
  readonly wal_status?: string
  readonly conflicting?: boolean | null
  readonly invalidation_reason?: string | null
  readonly restart_lsn: string | null
  readonly confirmed_flush_lsn: string
}

/** The slot and the publication of a channel. */
export class ReplicationSlot {
  readonly name: string
  readonly publication: string
  readonly #database: Database
  readonly #options: CaptureOptions

  /** `usual` is the name where none is given. */
  constructor(database: Database, options: CaptureOptions, usual: string) {
    this.#database = database
    this.#options = options
    this.name = options.slot ?? usual.replaceAll('-', '_').slice(0, 63)
    this.publication = options.publication ?? this.name
    if (!/^[a-z0-9_]{1,63}$/.test(this.name))
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `"${this.name}" cannot be a slot: use up to 63 letters a-z, digits and _.`,
      )
  }

  /**
   * Finds out from where to go on: from `place`, if the server still has everything from there on; else from the place
   * of the slot, which is made first where that is wanted.
   */
  async prepare(
    client: Client,
    table: CapturedTable,
    place: Place | undefined,
    signal: AbortSignal,
  ): Promise<Place> {
    const { systemid, xlogpos, dbname } = await this.#identify(client)
    const holds = await this.holds(table, signal)
    const found = await this.look(signal)
    if (place) {
      if (place.server !== systemid) throw gap(place, 'this is another server than before')
      if (lsnOf(xlogpos) < lsnOf(place.lsn)) throw gap(place, `the server's log ends at ${xlogpos} already`)
      if (!found) throw gap(place, `the slot "${this.name}" is gone`)
      if (!holds) throw gap(place, `the publication "${this.publication}" does not hold the table any more`)
    } else if (!holds) await this.#publish(table, signal)
    const { plugin, database, confirmed_flush_lsn: confirmed } = found?.slot ?? (await this.#make(client))
    if (plugin !== 'pgoutput' || database !== dbname)
      throw demand(
        `The slot "${this.name}" is for ${plugin} in the database ${database}`,
        'give another "slot"',
      )
    if (found) checkValid(found.slot, place)
    if (place && lsnOf(confirmed) > lsnOf(place.lsn))
      throw gap(place, `the slot "${this.name}" stands at ${confirmed} already`)
    if (place) return place
    const reading = this.#options.from === 'beginning' ? { after: null } : undefined
    return { slot: this.name, server: systemid, lsn: confirmed, reading }
  }

  /** Undefined if there is none. `kept`: bytes of log that the server keeps because of it. */
  async look(signal: AbortSignal): Promise<{ slot: SlotState; kept: number } | undefined> {
    const [row] = await rowsOf(this.#database, { text: slotText, values: [this.name] }, signal)
    return row && { slot: JSON.parse(String(row.slot)), kept: Number(row.kept ?? 0) }
  }

  /** Whether the table is published. */
  async holds({ schema, name }: CapturedTable, signal: AbortSignal): Promise<boolean> {
    const values = [this.publication, schema, name]
    const [row] = await rowsOf(this.#database, { text: publicationText, values }, signal)
    return row?.holds === true
  }

  async drop(signal: AbortSignal): Promise<void> {
    const text = 'select pg_drop_replication_slot($1)'
    await rowsOf(this.#database, { text, values: [this.name] }, signal)
  }

  async #identify(client: Client): Promise<{ systemid: string; xlogpos: string; dbname: string }> {
    const [level] = (await this.#command(client, 'show wal_level')) as { wal_level: string }[]
    if (level?.wal_level !== 'logical')
      throw demand(
        `The server logs too little (wal_level = ${level?.wal_level})`,
        'run: alter system set wal_level = logical; and start it again',
      )
    const [identity] = await this.#command(client, 'IDENTIFY_SYSTEM')
    return identity as { systemid: string; xlogpos: string; dbname: string }
  }

  /** Before the slot is made: a slot does not see a publication that is younger than its place. */
  async #publish({ quoted }: CapturedTable, signal: AbortSignal): Promise<void> {
    const publication = quoteName(this.publication)
    const values = [this.publication, '', '']
    const [row] = await rowsOf(this.#database, { text: publicationText, values }, signal)
    const text = row?.there
      ? `alter publication ${publication} add table ${quoted}`
      : `create publication ${publication} for table ${quoted} with (publish_via_partition_root = true)`
    if (!this.#options.create)
      throw demand(`No publication "${this.publication}" holds the table`, `run: ${text};`)
    await rowsOf(this.#database, { text, values: [] }, signal)
  }

  /** Waits for the transactions that are open in the database. */
  async #make(client: Client): Promise<Pick<SlotState, 'plugin' | 'database' | 'confirmed_flush_lsn'>> {
    if (!this.#options.create)
      throw demand(
        `There is no slot "${this.name}"`,
        `run: select pg_create_logical_replication_slot('${this.name}', 'pgoutput'); or set "create" of the channel`,
      )
    const [made] = await this.#command(
      client,
      `CREATE_REPLICATION_SLOT "${this.name}" LOGICAL pgoutput NOEXPORT_SNAPSHOT`,
    )
    const [now] = await this.#command(client, 'select current_database() as database')
    return {
      plugin: 'pgoutput',
      database: String(now?.database),
      confirmed_flush_lsn: String(made?.consistent_point),
    }
  }

  async #command(client: Client, text: string): Promise<readonly Record<string, unknown>[]> {
    try {
      return (await client.query(text)).rows
    } catch (error) {
      throw beforeAnything(error, `Preparing the slot "${this.name}"`)
    }
  }
}

/** Throws SOURCE-GAP if the server has thrown away what the slot was to keep. */
export function checkValid(slot: SlotState, place: Place | undefined): void {
  const lost = slot.wal_status === 'lost' || slot.conflicting === true || slot.restart_lsn === null
  if (!lost && !slot.invalidation_reason) return
  const why = slot.invalidation_reason ?? `wal_status = ${slot.wal_status ?? 'lost'}`
  throw gap(place, `the server has invalidated the slot (${why})`)
}
