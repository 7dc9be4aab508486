import { hash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { IsthmusError } from '../../errors.ts'
import { checksum } from '../checksum.ts'
import { postgresDigest } from '../moved-identity.ts'
import type { ByteReader } from './bytes.ts'
import { damaged } from './failure.ts'
import type { FlowsInWork } from './flows-in-work.ts'
import { JournalRows } from './journal-rows.ts'
import { recordEnd, StoredRecord } from './record.ts'
import { flowsAtMost } from './schema.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored, identityKey, toStored } from './stored-text.ts'
import type { Outcome, Run, StoredPosition } from './wire.ts'

type Repetition = Pick<Outcome['repeated'][number], 'status' | 'id'>

/** Appends messages and remembers identities and positions, within the transaction of its caller. */
export class Accepting {
  readonly #flows: FlowsInWork
  readonly #journal: JournalRows
  readonly #remember: StatementSync
  readonly #identity: StatementSync
  readonly #position: StatementSync

  constructor(db: DatabaseSync, flows: FlowsInWork) {
    this.#flows = flows
    this.#journal = new JournalRows(db, 'write')
    this.#remember = db.prepare(
      'insert into identities (name, content, id, at, crc) values (?, ?, ?, ?, ?) on conflict do nothing',
    )
    this.#identity = db.prepare('select content, id, at, crc from identities where name = ?')
    this.#position = db.prepare('replace into positions (source, position, crc) values (?, ?, ?)')
  }

  accept(reader: ByteReader, runs: readonly Run[], position: StoredPosition | undefined): Outcome {
    const outcome: Outcome = { firsts: [], repeated: [] }
    let index = 0
    for (const run of runs) {
      this.#run(reader, run, index, outcome)
      index += run.count
    }
    const isConflict = outcome.repeated.some(({ status }) => status === 'conflict')
    if (position !== undefined && !(position.unlessConflict && isConflict)) this.#move(position)
    return outcome
  }

  #run(reader: ByteReader, { count, flows }: Run, index: number, { firsts, repeated }: Outcome): void {
    const identities = Array.from({ length: count }, () => (reader.count() === 0 ? undefined : reader.text()))
    let known: ReadonlyMap<number, Repetition> | undefined
    for (const flow of flows) {
      const starts = startsOf(reader, count)
      known ??= this.#repeated(identities, reader.bytes, starts)
      const fresh = known.size === 0 ? starts : starts.filter((_, place) => !known?.has(place))
      firsts.push(this.#append(flow, reader.bytes, fresh))
    }
    for (const [place, first] of known ?? []) repeated.push({ index: index + place, ...first })
  }

  #repeated(
    identities: readonly (string | undefined)[],
    bytes: Buffer,
    starts: readonly number[],
  ): ReadonlyMap<number, Repetition> {
    const repeated = new Map<number, Repetition>()
    for (const [place, identity] of identities.entries()) {
      if (identity === undefined) continue
      const first = this.#repetition(new StoredRecord(bytes, starts[place] as number), identity)
      if (first !== undefined) repeated.set(place, first)
    }
    return repeated
  }

  #move({ source, json }: StoredPosition): void {
    this.#position.run(toStored(source), json, checksum([source, json]))
  }

  /** Gives the `seq` of the first. */
  #append(name: string, bytes: Buffer, starts: readonly number[]): number {
    const flow = this.#flows.get(name, flowsAtMost)
    if (flow === undefined)
      throw new IsthmusError(
        'CONFIG-INVALID',
        `a store holds at most ${flowsAtMost} flows: use another store`,
      )
    const first = flow.head + 1
    this.#flows.names.add(flow, bytes, starts)
    this.#journal.add(flow, bytes, starts)
    return first
  }

  /** What stands already under the identity; otherwise the identity is remembered. */
  #repetition({ id, acceptedAt, body }: StoredRecord, identity: string): Repetition | undefined {
    const key = this.#keyOf(identity)
    const content = hash('sha256', body, 'base64url').slice(0, contentSize)
    const sum = identitySum(key, id, acceptedAt, content)
    if (this.#remember.run(key, content, toStored(id), acceptedAt, sum).changes === 1) return undefined
    const row = this.#identity.get(key)
    const first = fromStored(row?.id as StoredText)
    const before = String(row?.content)
    if (identitySum(key, first, Number(row?.at), before) !== row?.crc)
      throw damaged('identities', `the checksum of a row does not fit (message id ${first})`)
    // Of one that was copied from another store, a part of the hash is known.
    return { status: content.startsWith(before) ? 'duplicate' : 'conflict', id: first }
  }

  #keyOf(identity: string): StoredText {
    const moved = postgresDigest(identity)
    return moved !== undefined && this.#identity.get(moved) !== undefined ? moved : identityKey(identity)
  }
}

/** Of the hash of a body in base64: 132 bits. */
const contentSize = 22

/** Where each of the next records stands. */
function startsOf(reader: ByteReader, count: number): number[] {
  const starts: number[] = []
  for (; starts.length < count; reader.at = recordEnd(reader.bytes, reader.at)) starts.push(reader.at)
  return starts
}

export function identitySum(name: StoredText, id: string, at: number, content: string): number {
  return checksum([typeof name === 'string' ? name : bytesOf(name), id, at, content])
}

/** One character per byte: faster to sum than a short array. */
const bytesOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
