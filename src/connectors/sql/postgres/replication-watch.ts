import { IsthmusError } from '../../../errors.ts'
import type { ConnectContext } from '../../../system/connector.ts'
import { parseDuration } from '../../../system/duration.ts'
import { pause } from '../../../system/patience.ts'
import type { CaptureOptions } from '../config.ts'
import { type Database, rowsOf } from '../database.ts'
import { gap, type Place } from './replication-place.ts'
import { checkValid, type ReplicationSlot } from './replication-slot.ts'
import type { CapturedTable } from './replication-table.ts'

const lookEvery = 30_000
const gibibyte = 1024 ** 3
/** `beat` shows nowhere; it makes the server's log go on in this database. */
const beat = "select pg_logical_emit_message(false, 'isthmus', '')"

/** Says when the server keeps too much log for a slot, or no longer all of it. */
export class SlotWatch {
  readonly #slot: ReplicationSlot
  readonly #table: CapturedTable
  readonly #options: CaptureOptions
  readonly #log: ConnectContext['log']
  readonly #place: () => Place | undefined

  /** `place` gives how far the capture has come. */
  constructor(
    slot: ReplicationSlot,
    table: CapturedTable,
    options: CaptureOptions,
    log: ConnectContext['log'],
    place: () => Place | undefined,
  ) {
    this.#place = place
    this.#slot = slot
    this.#table = table
    this.#options = options
    this.#log = log
  }

  /** Looks until the signal aborts. Rejects with SOURCE-GAP; what else goes wrong shows in the stream. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal).catch(error => {
        if (error instanceof IsthmusError && error.code === 'SOURCE-GAP') throw error
      })
      await pause(lookEvery, signal)
    }
  }

  async look(signal: AbortSignal): Promise<void> {
    const { warn = gibibyte, drop = Number.POSITIVE_INFINITY } = this.#options.retain ?? {}
    const found = await this.#slot.look(signal)
    if (!found) throw gap(this.#place(), `the slot "${this.#slot.name}" is gone`)
    checkValid(found.slot, this.#place())
    if (!(await this.#slot.holds(this.#table, signal)))
      throw gap(this.#place(), `the publication "${this.#slot.publication}" does not hold the table any more`)
    const text = `the server keeps ${found.kept} bytes of its log for the slot "${this.#slot.name}"`
    if (found.kept > drop) throw new SlotTooLong(text)
    if (found.kept > warn) this.#log('warn', `${text}, more than the ${warn} that it should`)
    else if (found.kept > warn / 2) this.#log('warn', `${text}; at ${warn} it is too much`)
  }

  /** Beats until the signal aborts, if it is wanted. */
  async beat(database: Database, signal: AbortSignal): Promise<void> {
    const { heartbeat } = this.#options
    if (heartbeat === undefined) return
    while (!signal.aborted) {
      await rowsOf(database, { text: beat, values: [] }, signal).catch(() => {})
      await pause(parseDuration(heartbeat), signal)
    }
  }
}

/** The slot is to be dropped. */
export class SlotTooLong extends IsthmusError {
  constructor(text: string) {
    super('SOURCE-GAP', text)
  }
}
