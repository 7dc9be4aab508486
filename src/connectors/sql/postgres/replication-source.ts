import type { Model } from '../../../model/model.ts'
import type { ConnectContext } from '../../../system/connector.ts'
import { acceptPatiently } from '../../../system/patience.ts'
import type { Intake, Source } from '../../../system/roles.ts'
import type { CaptureOptions } from '../config.ts'
import { RecordReader } from '../record.ts'
import { ChangeBatch } from './change-batch.ts'
import { type Lsn, lsnOf, lsnText } from './lsn.ts'
import { demand, gap, type Place, placeIn, positionOf } from './replication-place.ts'
import { ReplicationSlot } from './replication-slot.ts'
import { Snapshot } from './replication-snapshot.ts'
import { ReplicationStream } from './replication-stream.ts'
import { type CapturedTable, findTable } from './replication-table.ts'
import { SlotTooLong, SlotWatch } from './replication-watch.ts'
import type { SessionDatabase } from './session.ts'

/** Milliseconds between two places that are stored although nothing was delivered. */
const restEvery = 10_000

/**
 * Delivers the changes of a table from the server's log. A place is stored with the changes before it, and confirmed
 * to the server only then, so that the slot never stands beyond the position.
 */
export class ReplicationSource implements Source {
  readonly #database: SessionDatabase
  readonly #slot: ReplicationSlot
  readonly #options: CaptureOptions
  readonly #reader: RecordReader
  readonly #context: ConnectContext

  constructor(
    database: SessionDatabase,
    name: string,
    model: Model<unknown>,
    options: CaptureOptions,
    context: ConnectContext,
  ) {
    this.#database = database
    this.#slot = new ReplicationSlot(database, options, `isthmus_${context.system}_${name}`)
    this.#options = options
    this.#reader = new RecordReader(model.jsonSchema)
    this.#context = context
  }

  async run(intake: Intake, signal: AbortSignal): Promise<void> {
    try {
      const { names } = this.#reader
      const table = await findTable(this.#database, this.#options.table, names, signal)
      if (this.#options.from === 'beginning' && table.key.length === 0)
        throw demand(`Table ${table.quoted} has no primary key`, 'add one, or begin from: "now"')
      const run = new Capture(table, this.#slot, this.#database, this.#reader, this.#context, intake)
      await run.begin(signal)
      await this.#watched(table, run, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** What the watch finds ends the capture. */
  async #watched(table: CapturedTable, run: Capture, signal: AbortSignal): Promise<void> {
    const ending = new AbortController()
    const either = AbortSignal.any([signal, ending.signal])
    const watch = new SlotWatch(this.#slot, table, this.#options, this.#context.log, () => run.place)
    let found: unknown
    const watching = watch.run(either).catch(error => {
      found = error
      ending.abort()
    })
    const beating = watch.beat(this.#database, either)
    try {
      await run.follow(either)
    } finally {
      ending.abort()
      await Promise.all([watching, beating])
    }
    if (found instanceof SlotTooLong) {
      await this.#slot.drop(signal)
      throw gap(run.place, `${found.message}, which is too much: the slot was dropped`)
    }
    if (found !== undefined) throw found
  }
}

/** One run of a capture. */
class Capture {
  readonly #table: CapturedTable
  readonly #slot: ReplicationSlot
  readonly #database: SessionDatabase
  readonly #reader: RecordReader
  readonly #context: ConnectContext
  readonly #intake: Intake
  #place: Place | undefined
  #storedAt = performance.now()

  constructor(
    table: CapturedTable,
    slot: ReplicationSlot,
    database: SessionDatabase,
    reader: RecordReader,
    context: ConnectContext,
    intake: Intake,
  ) {
    this.#table = table
    this.#slot = slot
    this.#database = database
    this.#reader = reader
    this.#context = context
    this.#intake = intake
  }

  /** Everything before is accepted. */
  get place(): Place | undefined {
    return this.#place
  }

  /** Makes sure of slot and place. */
  async begin(signal: AbortSignal): Promise<void> {
    const stored = await this.#intake.position()
    const last = placeIn(stored, this.#slot.name)
    if (stored && !last)
      this.#context.log('warn', `${this.#table.quoted} is captured anew, by the slot "${this.#slot.name}"`)
    const done = await this.#context.turn(signal)
    try {
      const client = await this.#database.session('replication')
      const cut = () => void client.end()
      signal.addEventListener('abort', cut)
      try {
        this.#place = await this.#slot.prepare(client, this.#table, last, signal)
      } finally {
        signal.removeEventListener('abort', cut)
        await client.end()
      }
      done()
    } catch (error) {
      done(error)
      throw error
    }
    if (!last) await this.#accept([], this.#place, signal)
  }

  /** Reads what is to be read of the rows, and then the changes, until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    const reading = this.#place?.reading
    if (reading) {
      const snapshot = await Snapshot.open(this.#database, this.#slot.name)
      try {
        await this.#read(snapshot, reading.after, signal)
      } finally {
        await snapshot.close()
      }
    }
    if (!signal.aborted) await this.#stream(undefined, signal)
  }

  /**
   * Rows that were read before an interruption are brought to the place of the new snapshot by the changes up to
   * there; the others are read in it. If none was read yet, these changes are in the snapshot already.
   */
  async #read(snapshot: Snapshot, after: readonly string[] | null, signal: AbortSignal): Promise<void> {
    if (after !== null) await this.#stream(snapshot.lsn, signal)
    const { part: _, ...place } = this.#place as Place
    const there = { ...place, lsn: lsnText(snapshot.lsn) }
    for await (const { deliveries, after: last } of snapshot.rows(this.#table, this.#reader, after)) {
      if (!(await this.#accept(deliveries, { ...there, reading: { after: last } }, signal))) return
    }
    const { reading: __, ...read } = there
    await this.#accept([], read, signal)
  }

  /** Up to the transactions that were committed at `end` or later. */
  async #stream(end: Lsn | undefined, signal: AbortSignal): Promise<void> {
    const place = this.#place as Place
    const batch = new ChangeBatch(this.#table, this.#reader, place, this.#context.log)
    const client = await this.#database.session('replication')
    const stream = new ReplicationStream(client, this.#slot.name, this.#slot.publication, lsnOf(place.lsn))
    try {
      for (let event = await stream.next(signal); event; event = await stream.next(signal)) {
        const at = event.kind === 'begin' ? event.commit : event.kind === 'alive' ? event.end : 0n
        const beyond = end !== undefined && batch.isWhole && at >= end
        if (!beyond) batch.add(event)
        // The end of a transaction that was begun is on its way: with it, all of it can be confirmed at once.
        if (!beyond && !batch.isFull && !(stream.isEmpty && batch.isWhole)) continue
        if (!(await this.#flush(batch, stream, signal)) || beyond) return
      }
    } finally {
      await stream.close()
    }
  }

  /** False if it was given up. */
  async #flush(batch: ChangeBatch, stream: ReplicationStream, signal: AbortSignal): Promise<boolean> {
    const deliveries = batch.take()
    // The end of a transaction that is accepted in part frees the server of all of it.
    const due = this.#place?.part !== undefined || performance.now() - this.#storedAt > restEvery
    if (deliveries.length === 0 && !(due && batch.place.lsn !== this.#place?.lsn)) return true
    if (!(await this.#accept(deliveries, batch.place, signal))) return false
    stream.confirm(lsnOf(batch.place.lsn))
    return true
  }

  async #accept(
    deliveries: Parameters<Intake['accept']>[0],
    place: Place,
    signal: AbortSignal,
  ): Promise<boolean> {
    const accepted = await acceptPatiently(this.#intake, deliveries, { position: positionOf(place) }, signal)
    if (!accepted) return false
    this.#place = place
    this.#storedAt = performance.now()
    return true
  }
}
