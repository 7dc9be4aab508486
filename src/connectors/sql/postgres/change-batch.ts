import type { Delivery } from '../../../message/message.ts'
import type { ConnectContext } from '../../../system/connector.ts'
import type { RecordReader } from '../record.ts'
import { types } from './driver.ts'
import { type Lsn, lsnOf, lsnText } from './lsn.ts'
import type { LoggedRow, Relation, RelationColumn, ReplicationMessage } from './replication-messages.ts'
import type { Place } from './replication-place.ts'
import type { ReplicationEvent } from './replication-stream.ts'
import { type CapturedTable, isOf } from './replication-table.ts'

/** Changes, and characters of their values, after which a batch is full. */
const mostChanges = 500
const mostCharacters = 4_000_000

/** With its place in the row. */
type PlacedColumn = readonly [column: RelationColumn, place: number]

/**
 * Makes deliveries of the log of one table, and knows the place behind them. Their identity is the slot, the table, the
 * place of the commit, and the number of the change among those of this table in the transaction: the same whenever it
 * is read.
 */
export class ChangeBatch {
  readonly #table: CapturedTable
  readonly #reader: RecordReader
  /** Those of the captured table. */
  readonly #relations = new Map<number, Relation>()
  readonly #columns = new WeakMap<Relation, readonly PlacedColumn[]>()
  readonly #log: ConnectContext['log']
  #warned = false
  #place: Place
  #deliveries: (Delivery & { readonly id: string })[] = []
  #characters = 0
  /** The transaction that is being read: where it was committed, when, and how many of its changes there were. */
  #open: { readonly commit: Lsn; readonly time: number; count: number; readonly skip: number } | undefined

  constructor(table: CapturedTable, reader: RecordReader, place: Place, log: ConnectContext['log']) {
    this.#log = log
    this.#table = table
    this.#reader = reader
    this.#place = place
  }

  get isFull(): boolean {
    return this.#deliveries.length >= mostChanges || this.#characters >= mostCharacters
  }

  /** Everything that was added belongs to transactions that were added as a whole. */
  get isWhole(): boolean {
    return this.#open === undefined
  }

  /** Behind everything that was added. */
  get place(): Place {
    const { part: _, ...place } = this.#place
    if (!this.#open || this.#open.count === 0) return this.#place
    const { commit, count, skip } = this.#open
    return { ...place, part: { commit: lsnText(commit), done: Math.max(count, skip) } }
  }

  /** Hands out what was gathered, and begins anew. */
  take(): readonly Delivery[] {
    const taken = this.#deliveries
    this.#deliveries = []
    this.#characters = 0
    return taken
  }

  add(event: ReplicationEvent): void {
    switch (event.kind) {
      case 'begin': {
        const { part } = this.#place
        const skip = part && lsnOf(part.commit) === event.commit ? part.done : 0
        this.#open = { commit: event.commit, time: event.time, count: 0, skip }
        return
      }
      case 'commit':
        this.#open = undefined
        this.#moveTo(event.end)
        return
      case 'alive':
        if (!this.#open) this.#moveTo(event.end)
        return
      case 'relation':
        if (isOf(this.#table, event.relation)) this.#relations.set(event.relation.id, event.relation)
        else this.#relations.delete(event.relation.id)
        return
      case 'truncate':
        for (const id of event.relations) this.#change(this.#relations.get(id), event)
        return
      default:
        this.#change(this.#relations.get(event.relation), event)
    }
  }

  /** Everything before is dealt with. */
  #moveTo(lsn: Lsn): void {
    const { part, ...place } = this.#place
    if (lsn <= lsnOf(place.lsn)) return
    const within = part && lsn <= lsnOf(part.commit)
    this.#place = { ...place, lsn: lsnText(lsn), ...(within && { part }) }
  }

  #change(relation: Relation | undefined, event: ReplicationMessage): void {
    if (!relation || !this.#open) return
    const { commit, time, skip } = this.#open
    this.#open.count++
    if (this.#open.count <= skip) return
    const table = `${relation.schema}.${relation.name}`
    const position = lsnText(commit)
    const data = { op: event.kind, table, position, ...this.#rows(relation, event) }
    const id = `${this.#place.slot}/${table}@${position}.${this.#open.count}`
    this.#deliveries.push({ id, time, data })
  }

  #rows(relation: Relation, event: ReplicationMessage): object {
    if (event.kind === 'insert') return { row: this.#record(relation, event.row) }
    if (event.kind === 'delete') return { before: this.#before(relation, event.before) }
    if (event.kind !== 'update') return {}
    const { before } = event
    const known = event.row.map((value, n) => (value === undefined && relation.full ? before?.[n] : value))
    const unchanged = this.#columnsOf(relation)
      .filter(([, n]) => known[n] === undefined)
      .map(([{ name }]) => name)
    if (unchanged.length > 0) this.#warn(unchanged)
    return {
      row: this.#record(relation, known),
      ...(before && { before: this.#before(relation, before) }),
      ...(unchanged.length > 0 && { unchanged }),
    }
  }

  /** Once for each run. */
  #warn(unchanged: readonly string[]): void {
    if (this.#warned) return
    this.#warned = true
    const { quoted } = this.#table
    const text = `an update of ${quoted} leaves out ${unchanged.join(', ')}: large values that did not change are not`
    this.#log(
      'warn',
      `${text} logged. Where they are needed, run: alter table ${quoted} replica identity full;`,
    )
  }

  /** Of an old row that is not logged as a whole, all but the key is filled with NULL. */
  #before(relation: Relation, row: LoggedRow): object {
    if (relation.full) return this.#record(relation, row)
    return this.#record(
      relation,
      row.map((value, n) => (relation.columns[n]?.isKey ? value : undefined)),
    )
  }

  #record(relation: Relation, row: LoggedRow): object {
    const values: [string, unknown][] = []
    for (const [{ name, type }, n] of this.#columnsOf(relation)) {
      const value = row[n]
      if (value === undefined) continue
      this.#characters += value?.length ?? 0
      values.push([name, value === null ? null : types.getTypeParser(type)(value)])
    }
    return this.#reader.read(Object.fromEntries(values))
  }

  /** Those that the model lists, or all. */
  #columnsOf(relation: Relation): readonly PlacedColumn[] {
    const known = this.#columns.get(relation)
    if (known) return known
    const { names } = this.#reader
    const placed = relation.columns
      .map((column, n) => [column, n] as const)
      .filter(([{ name }]) => names.length === 0 || names.includes(name))
    this.#columns.set(relation, placed)
    return placed
  }
}
