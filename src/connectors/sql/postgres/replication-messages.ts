import { IsthmusError } from '../../../errors.ts'
import type { Lsn } from './lsn.ts'

/** A value as text; null for NULL; undefined for what the log leaves out because it did not change (TOAST). */
export type LoggedValue = string | null | undefined
export type LoggedRow = readonly LoggedValue[]

/** A table as it was when the changes behind this message happened. */
export interface Relation {
  readonly id: number
  readonly schema: string
  readonly name: string
  /** The whole old row is logged, not its key alone. */
  readonly full: boolean
  readonly columns: readonly RelationColumn[]
}

export interface RelationColumn {
  readonly name: string
  readonly type: number
  readonly isKey: boolean
}

export type ReplicationMessage =
  /** `commit`: where the transaction was committed; `time` in milliseconds since 1970 UTC. */
  | { readonly kind: 'begin'; readonly commit: Lsn; readonly time: number }
  /** `end`: the place behind the transaction. */
  | { readonly kind: 'commit'; readonly end: Lsn }
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'insert'; readonly relation: number; readonly row: LoggedRow }
  | {
      readonly kind: 'update'
      readonly relation: number
      readonly before?: LoggedRow
      readonly row: LoggedRow
    }
  | { readonly kind: 'delete'; readonly relation: number; readonly before: LoggedRow }
  | { readonly kind: 'truncate'; readonly relations: readonly number[] }

/** Microseconds from 1970 to 2000, from which PostgreSQL counts. */
const epoch = 946_684_800_000_000n

/**
 * One message of the plugin pgoutput; undefined for those that change no row (types, origins, messages).
 * Source: PostgreSQL documentation, 55.9 Logical Replication Message Formats, protocol version 1.
 */
export function readReplicationMessage(bytes: Buffer): ReplicationMessage | undefined {
  const reader = new Reader(bytes)
  const kind = reader.letter()
  switch (kind) {
    case 'B':
      return { kind: 'begin', commit: reader.long(), time: reader.time() }
    case 'C':
      reader.skip(9)
      return { kind: 'commit', end: reader.long() }
    case 'R':
      return { kind: 'relation', relation: readRelation(reader) }
    case 'I':
      return { kind: 'insert', relation: reader.int(), row: rowAfter(reader, 'N') }
    case 'U':
      return readUpdate(reader)
    case 'D':
      return { kind: 'delete', relation: reader.int(), before: rowAfter(reader, 'KO') }
    case 'T': {
      const count = reader.int()
      reader.skip(1)
      return { kind: 'truncate', relations: Array.from({ length: count }, () => reader.int()) }
    }
    case 'Y':
    case 'O':
    case 'M':
      return undefined
    default:
      throw unreadable(`a message "${kind}"`)
  }
}

function readRelation(reader: Reader): Relation {
  const id = reader.int()
  const schema = reader.text()
  const name = reader.text()
  const full = reader.letter() === 'f'
  const columns = Array.from({ length: reader.short() }, () => {
    const isKey = (reader.byte() & 1) === 1
    const column = { name: reader.text(), type: reader.int(), isKey }
    reader.skip(4)
    return column
  })
  // Objects of pg_catalog come without their schema.
  return { id, schema: schema || 'pg_catalog', name, full, columns }
}

function readUpdate(reader: Reader): ReplicationMessage {
  const relation = reader.int()
  if (reader.peek() === 'N') return { kind: 'update', relation, row: rowAfter(reader, 'N') }
  const before = rowAfter(reader, 'KO')
  return { kind: 'update', relation, before, row: rowAfter(reader, 'N') }
}

function rowAfter(reader: Reader, marks: string): LoggedRow {
  const mark = reader.letter()
  if (!marks.includes(mark)) throw unreadable(`a row marked "${mark}"`)
  return Array.from({ length: reader.short() }, () => {
    const form = reader.letter()
    if (form === 'n') return null
    if (form === 'u') return undefined
    if (form === 't') return reader.sized()
    throw unreadable(`a value in the form "${form}"`)
  })
}

function unreadable(what: string): IsthmusError {
  return new IsthmusError('SOURCE-FAILED', `The server sends ${what} in its log, which is not understood.`)
}

/** All numbers are big-endian. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(count: number): void {
    this.#at += count
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++)
  }

  peek(): string {
    return String.fromCharCode(this.#bytes.readUInt8(this.#at))
  }

  letter(): string {
    return String.fromCharCode(this.byte())
  }

  short(): number {
    this.#at += 2
    return this.#bytes.readUInt16BE(this.#at - 2)
  }

  int(): number {
    this.#at += 4
    return this.#bytes.readUInt32BE(this.#at - 4)
  }

  long(): bigint {
    this.#at += 8
    return this.#bytes.readBigUInt64BE(this.#at - 8)
  }

  time(): number {
    return Number((this.long() + epoch) / 1000n)
  }

  /** Ends with a zero byte. */
  text(): string {
    const from = this.#at
    this.#at = this.#bytes.indexOf(0, from) + 1
    if (this.#at === 0) throw unreadable('a name without end')
    return this.#bytes.toString('utf8', from, this.#at - 1)
  }

  sized(): string {
    const length = this.int()
    const from = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) throw unreadable('a value that is cut off')
    return this.#bytes.toString('utf8', from, this.#at)
  }
}
