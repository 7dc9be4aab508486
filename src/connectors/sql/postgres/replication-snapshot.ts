import { randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import type { Delivery } from '../../../message/message.ts'
import { quoteName } from '../identifier.ts'
import type { RecordReader } from '../record.ts'
import { beforeAnything } from './failure.ts'
import { type Lsn, lsnOf } from './lsn.ts'
import { literal } from './replication-stream.ts'
import type { CapturedTable } from './replication-table.ts'
import type { SessionDatabase } from './session.ts'

const page = 500

export interface RowsRead {
  readonly deliveries: readonly Delivery[]
  /** The key of the last of them. */
  readonly after: readonly string[]
}

/** The table as it was at one place of the log, for as long as it is not closed. */
export class Snapshot {
  /** Everything that was committed before shows, and nothing else. */
  readonly lsn: Lsn
  readonly #client: Client
  readonly #position: string
  readonly #slot: string

  /** The place is that of a slot which lives no longer than it takes to open the snapshot. */
  static async open(database: SessionDatabase, slot: string): Promise<Snapshot> {
    const maker = await database.session('replication')
    try {
      const name = `${slot.slice(0, 50)}_${randomBytes(4).toString('hex')}`
      const command = `CREATE_REPLICATION_SLOT "${name}" TEMPORARY LOGICAL pgoutput EXPORT_SNAPSHOT`
      const { rows } = await maker.query(command)
      const { consistent_point: position, snapshot_name: snapshot } = rows[0]
      const client = await database.session('queries')
      await client.query(
        `begin isolation level repeatable read read only; set transaction snapshot ${literal(snapshot)}`,
      )
      return new Snapshot(client, position, slot)
    } catch (error) {
      throw beforeAnything(error, 'Opening a snapshot')
    } finally {
      await maker.end().catch(() => {})
    }
  }

  private constructor(client: Client, position: string, slot: string) {
    this.#slot = slot
    this.#client = client
    this.#position = position
    this.lsn = lsnOf(position)
  }

  /** All rows in the order of the key, from behind `after` on. */
  async *rows(
    table: CapturedTable,
    reader: RecordReader,
    after: readonly string[] | null,
  ): AsyncIterable<RowsRead> {
    for (let last = after; ; ) {
      const rows = await this.#page(table, reader, last)
      const read = rows.map(row => this.#read(table, reader, row))
      const end = read.at(-1)
      if (end) yield { deliveries: read.map(each => each.delivery), after: end.key }
      if (!end || rows.length < page) return
      last = end.key
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {})
  }

  async #page(
    table: CapturedTable,
    reader: RecordReader,
    last: readonly string[] | null,
  ): Promise<readonly Record<string, unknown>[]> {
    const key = table.key.map(quoteName)
    const { names } = reader
    const columns = [
      ...(names.length > 0 ? names.map(quoteName) : ['*']),
      ...key.map((name, n) => `${name}::text as isthmus_key_${n}`),
    ]
    const behind = last ? `where (${key}) > (${last.map((_, n) => `$${n + 1}`)})` : ''
    const text = `select ${columns} from ${table.quoted} ${behind} order by ${key} limit ${page}`
    try {
      return (await this.#client.query(text, [...(last ?? [])])).rows
    } catch (error) {
      throw beforeAnything(error, `Reading ${table.quoted}`)
    }
  }

  #read(table: CapturedTable, reader: RecordReader, row: Record<string, unknown>) {
    const key = table.key.map((_, n) => String(row[`isthmus_key_${n}`]))
    const values = Object.entries(row).filter(([name]) => !name.startsWith('isthmus_key_'))
    const name = `${table.schema}.${table.name}`
    const record = reader.read(Object.fromEntries(values))
    const data = { op: 'read', table: name, position: this.#position, row: record }
    return { key, delivery: { id: `${this.#slot}/${name}@${this.#position}/${JSON.stringify(key)}`, data } }
  }
}
