import { hash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { IsthmusError } from '../../errors.ts'
import { checksum } from '../checksum.ts'
import type { FlowAddress } from '../store.ts'
import { damaged } from './failure.ts'
import { basePos } from './flow-table.ts'
import type { FlowsInWork } from './flows-in-work.ts'
import { flowsAtMost } from './schema.ts'
import type { StoredText } from './stored-text.ts'
import { fromStored, identityKey, toStored } from './stored-text.ts'
import type { Outcome, StoredPosition, WireMessage } from './wire.ts'

type Repetition = Pick<Outcome['repeated'][number], 'status' | 'id'>

/** Appends messages and remembers identities and positions, within the transaction of its caller. */
export class Accepting {
  readonly #flows: FlowsInWork
  readonly #append: StatementSync
  readonly #remember: StatementSync
  readonly #identity: StatementSync
  readonly #position: StatementSync

  constructor(db: DatabaseSync, flows: FlowsInWork) {
    this.#flows = flows
    this.#append = db.prepare(
      'insert into journal (pos, key, id, partition, at, head, body, crc) values (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.#remember = db.prepare(
      'insert into identities (name, content, id, at, crc) values (?, ?, ?, ?, ?) on conflict do nothing',
    )
    this.#identity = db.prepare('select content, id, at, crc from identities where name = ?')
    this.#position = db.prepare('replace into positions (source, position, crc) values (?, ?, ?)')
  }

  accept(messages: Iterable<WireMessage>, position: StoredPosition | undefined): Outcome {
    const outcome = this.#messages(messages)
    const isConflict = outcome.repeated.some(({ status }) => status === 'conflict')
    if (position !== undefined && !(position.unlessConflict && isConflict)) this.#move(position)
    return outcome
  }

  #messages(messages: Iterable<WireMessage>): Outcome {
    const outcome: Outcome = { seqs: [], repeated: [] }
    let index = 0
    for (const message of messages) {
      const first = message.identity === undefined ? undefined : this.#repetition(message, message.identity)
      if (first !== undefined) outcome.repeated.push({ index, ...first })
      else for (const address of message.flows) outcome.seqs.push(this.#entry(message, address))
      index++
    }
    return outcome
  }

  #move({ source, json }: StoredPosition): void {
    this.#position.run(toStored(source), json, checksum([source, json]))
  }

  #entry(
    { id, content, headSize, acceptedAt }: WireMessage,
    { flow: name, partition, key }: FlowAddress,
  ): number {
    const flow = this.#flows.get(name, flowsAtMost)
    if (flow === undefined)
      throw new IsthmusError(
        'CONFIG-INVALID',
        `a store holds at most ${flowsAtMost} flows: use another store`,
      )
    flow.head++
    flow.entries++
    flow.bytes += content.byteLength
    const pos = basePos(flow) + flow.head
    const sum = checksum([pos, key, id, partition, acceptedAt, headSize], content)
    const head = content.subarray(0, headSize)
    const body = content.subarray(headSize)
    this.#append.run(pos, toStored(key), toStored(id), partition, acceptedAt, head, body, sum)
    this.#flows.names.add(flow, key, id)
    return flow.head
  }

  /** What stands already under the identity; otherwise the identity is remembered. */
  #repetition(message: WireMessage, identity: string): Repetition | undefined {
    const { id, acceptedAt } = message
    const key = identityKey(identity)
    const content = hash('sha256', message.content.subarray(message.headSize), 'buffer').subarray(0, 16)
    const sum = identitySum(key, id, acceptedAt, content)
    if (this.#remember.run(key, content, toStored(id), acceptedAt, sum).changes === 1) return undefined
    const row = this.#identity.get(key)
    const first = fromStored(row?.id as StoredText)
    const before = row?.content
    if (!(before instanceof Uint8Array) || identitySum(key, first, Number(row?.at), before) !== row?.crc)
      throw damaged('identities', `the checksum of a row does not fit (message id ${first})`)
    return { status: Buffer.compare(before, content) === 0 ? 'duplicate' : 'conflict', id: first }
  }
}

export function identitySum(name: StoredText, id: string, at: number, content: Uint8Array): number {
  return checksum([typeof name === 'string' ? name : bytesOf(name), id, at, bytesOf(content)])
}

/** One character per byte: faster to sum than a short array. */
const bytesOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
