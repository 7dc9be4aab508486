import type { StreamRow } from '../stream-chain.ts'
import { eventJson, eventSum, kindHash, snapshotSum, streamSum } from '../stream-chain.ts'
import type { StreamEvent, StreamHead, StreamName } from '../streams.ts'
import { int8Array, textArray } from './binary-array.ts'
import type { CopyConnection } from './copy-origin.ts'
import { toText } from './stored-text.ts'
import { storedName } from './stream-names.ts'

/** Writes streams with the positions that their events have elsewhere. */
export class StreamWriting {
  readonly #connection: CopyConnection
  /** Number and last checksum of each stream, by its name as JSON. */
  readonly #known = new Map<string, { readonly no: number; readonly last: number }>()
  #next = 1

  constructor(connection: CopyConnection) {
    this.#connection = connection
  }

  async write(head: StreamHead, events: readonly StreamEvent[]): Promise<void> {
    const before = this.#known.get(idOf(head))
    const no = before?.no ?? this.#next++
    const last = await this.#events(no, head, events, before?.last ?? 0)
    this.#known.set(idOf(head), { no, last })
    const { snapshot, ...rest } = head
    await this.#put({ ...rest, no, last, snapshot: await this.#fold(no, head) })
  }

  async remove(name: StreamName): Promise<void> {
    const known = this.#known.get(idOf(name))
    if (known === undefined) return
    this.#known.delete(idOf(name))
    await this.#connection.run('DELETE FROM {schema}.events WHERE stream = $1', [known.no])
    await this.#connection.run('DELETE FROM {schema}.snapshots WHERE stream = $1', [known.no])
    await this.#connection.run('DELETE FROM {schema}.streams WHERE no = $1', [known.no])
  }

  async complete(position: number): Promise<void> {
    const text = 'UPDATE {schema}.stream_numbers SET position = $1, stream = $2'
    await this.#connection.run(text, [position, this.#next - 1])
  }

  /** Gives the checksum of the last one. */
  async #events(no: number, name: StreamName, events: readonly StreamEvent[], last: number): Promise<number> {
    const kind = kindHash(name.kind)
    let prev = last
    const rows = events.map(({ position, version, ...event }) => {
      const row = { position, version, kind, data: eventJson(event), prev }
      prev = eventSum(name, row)
      return { ...row, checksum: prev }
    })
    await this.#connection.run(eventsText, [
      no,
      kind,
      int8Array(rows.map(row => row.position)),
      int8Array(rows.map(row => row.version)),
      int8Array(rows.map(row => row.prev)),
      int8Array(rows.map(row => row.checksum)),
      textArray(rows.map(row => row.data)),
    ])
    return prev
  }

  /** Gives the checksum of the snapshot, if there is one. */
  async #fold(no: number, head: StreamHead): Promise<number | null> {
    if (head.snapshot === undefined) return null
    const { version } = head.snapshot
    const data = JSON.stringify(head.snapshot.data)
    const sum = snapshotSum(head, { version, data })
    await this.#connection.run(snapshotText, [no, version, sum, data])
    return sum
  }

  async #put(row: StreamRow): Promise<void> {
    const { kind, key, long } = storedName(row)
    const { no, state, open, began, changed, version, last, snapshot } = row
    const closed = open ? null : changed
    const values = [no, kind, key, long, toText(state), open, began, changed, closed, version, last, snapshot]
    await this.#connection.run(streamText, [...values, streamSum(row)])
  }
}

const idOf = ({ kind, key }: StreamName): string => JSON.stringify([kind, key])

const eventsText = `
INSERT INTO {schema}.events (position, stream, version, kind, prev, checksum, data)
SELECT position, $1::int8, version, $2::int8, prev, checksum, data
FROM unnest($3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::text[]) AS e (position, version, prev, checksum, data)`

const snapshotText = `
INSERT INTO {schema}.snapshots (stream, version, checksum, data) VALUES ($1, $2, $3, $4)
ON CONFLICT (stream) DO UPDATE SET version = excluded.version, checksum = excluded.checksum, data = excluded.data`

const streamText = `
INSERT INTO {schema}.streams
  (no, kind, key, long, state, open, began, changed, closed, version, last, snapshot, checksum)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (no) DO UPDATE SET state = excluded.state, open = excluded.open, changed = excluded.changed,
  closed = excluded.closed, version = excluded.version, last = excluded.last, snapshot = excluded.snapshot,
  checksum = excluded.checksum`
