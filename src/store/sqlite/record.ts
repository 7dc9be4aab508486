import { IsthmusError } from '../../errors.ts'
import type { Entry, FlowAddress, NewMessage } from '../store.ts'
import { type ByteWriter, textAt, textEnd } from './bytes.ts'
import type { FlowRow } from './flow-table.ts'

/** Bytes of one message; SQLite holds no row of 1,000,000,000 or more. */
export const largest = 900_000_000

/*
 * A message as bytes: size of the whole, time, partition, key, id, size of the head, head (JSON), body. The main
 * thread writes them, and the journal keeps them as they came.
 */

/** Throws MSG-LIMIT before anything is written. */
export function writeRecord(
  writer: ByteWriter,
  { id, head, body, acceptedAt }: NewMessage,
  { partition, key }: FlowAddress,
): void {
  const written = JSON.stringify(head)
  const most = 64 + 3 * (id.length + key.length + written.length) + body.byteLength
  if (most > largest)
    throw new IsthmusError(
      'MSG-LIMIT',
      `message ${id} has ${body.byteLength} bytes, the store takes ${largest} at most`,
    )
  writer.reserve(most)
  const start = writer.at
  writer.count(0)
  writer.number(acceptedAt)
  writer.count(partition)
  writer.text(key)
  writer.text(id)
  writer.text(written)
  writer.raw(body)
  writer.count(writer.at - start, start)
}

/** Where the record at `at` ends. */
export const recordEnd = (bytes: Buffer, at: number): number => at + bytes.readUInt32LE(at)

/** The record at a place; each part is read when it is asked for. */
export class StoredRecord {
  readonly bytes: Buffer
  readonly at: number
  readonly keyAt: number
  readonly idAt: number
  readonly headAt: number

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes
    this.at = at
    this.keyAt = at + 16
    this.idAt = textEnd(bytes, this.keyAt)
    this.headAt = textEnd(bytes, this.idAt)
  }

  get size(): number {
    return this.bytes.readUInt32LE(this.at)
  }

  get acceptedAt(): number {
    return this.bytes.readDoubleLE(this.at + 4)
  }

  get key(): string {
    return textAt(this.bytes, this.keyAt)
  }

  get id(): string {
    return textAt(this.bytes, this.idAt)
  }

  get body(): Buffer {
    return this.bytes.subarray(textEnd(this.bytes, this.headAt), this.at + this.size)
  }

  /** The message it is. Its body is a copy, unless it is most of what was read. */
  entry(flow: FlowRow, seq: number): Entry {
    const { buffer, byteOffset, byteLength } = this.body
    const view = new Uint8Array(buffer, byteOffset, byteLength)
    return {
      ...{ flow: flow.name, seq, key: this.key, id: this.id },
      partition: this.bytes.readUInt32LE(this.at + 12),
      head: JSON.parse(textAt(this.bytes, this.headAt)) as Entry['head'],
      body: 2 * byteLength > this.bytes.length ? view : view.slice(),
      acceptedAt: this.acceptedAt,
    }
  }
}
