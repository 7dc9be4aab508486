import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { damagedStream } from '../stream-chain.ts'
import type { Appending } from './appending.ts'
import { rowsOf, streamColumns, streamOf } from './stream-rows.ts'

/** What one call removes at most; a longer stream goes by itself, because it goes whole. */
const streamsAtMost = 500
const eventsAtMost = 2000

/** Removes closed streams, within the transaction of its caller. */
export class RetiringStreams {
  readonly #appending: Appending
  readonly #due: StatementSync
  readonly #removals: readonly StatementSync[]
  readonly #events: StatementSync

  constructor(db: DatabaseSync, appending: Appending) {
    this.#appending = appending
    this.#due = db.prepare(
      `select ${streamColumns} from streams indexed by streams_closed where open = 0 and changed < ?
       order by changed limit ${streamsAtMost}`,
    )
    this.#removals = [
      db.prepare('delete from snapshots where stream = ?'),
      db.prepare('delete from streams where no = ?'),
    ]
    this.#events = db.prepare('delete from events where stream = ?')
  }

  /** Those that changed last before `before`, the oldest first. Gives how many went. */
  retire(before: number): number {
    let streams = 0
    let events = 0
    for (const row of rowsOf(this.#due, before)) {
      const stream = streamOf(row)
      if (streams > 0 && events + stream.version > eventsAtMost) break
      const { changes } = this.#events.run(stream.no)
      if (Number(changes) !== stream.version)
        throw damagedStream(stream, `${stream.version} events are counted, ${changes} were there`)
      for (const removal of this.#removals) removal.run(stream.no)
      streams++
      events += stream.version
    }
    if (streams > 0) this.#appending.gone(streams, events)
    return streams
  }
}
