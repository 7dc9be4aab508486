import { hash } from 'node:crypto'
import type { FlowAddress, NewMessage, SourcePosition } from '../store.ts'
import { entryChecksum } from './row-checksum.ts'
import { toText } from './stored-text.ts'

/** A call of `accept` in the words of the tables, put so when it is asked: what cannot be said fails by itself. */
export interface AcceptCall {
  readonly messages: readonly Incoming[]
  readonly position: IncomingPosition | undefined
}

export interface IncomingPosition {
  readonly source: string
  readonly position: string
  readonly unlessConflict: boolean
}

export interface Incoming {
  readonly message: NewMessage
  /** `id` and `key` of the message as the tables hold them. */
  readonly id: string
  readonly head: string
  /** About what one row of it takes on the disk. */
  readonly bytes: number
  readonly rows: readonly IncomingRow[]
  readonly identity: { readonly name: string; readonly content: string } | undefined
}

export interface IncomingRow {
  readonly address: FlowAddress
  readonly key: string
  readonly checksum: number
}

export function acceptCall(
  messages: readonly NewMessage[],
  position: SourcePosition | undefined,
): AcceptCall {
  return {
    messages: messages.map(incoming),
    position: position && incomingPosition(position),
  }
}

function incomingPosition({ source, position, unlessConflict = false }: SourcePosition): IncomingPosition {
  return { source: toText(source), position: JSON.stringify(position), unlessConflict }
}

/** Row headers, numbers and index entries. */
const overhead = 250

function incoming(message: NewMessage): Incoming {
  const id = toText(message.id)
  const head = JSON.stringify(message.head)
  const rows = message.flows.map(address => {
    const key = toText(address.key)
    return { address, key, checksum: entryChecksum({ ...address, ...message, key, id, head }) }
  })
  const identity =
    message.identity === undefined
      ? undefined
      : { name: identityName(message.identity), content: hash('sha256', message.body, 'hex') }
  return { message, id, head, bytes: head.length + message.body.byteLength + overhead, rows, identity }
}

/** Short enough for an index, and otherwise as given: the names of one source often grow, which suits a B-tree. */
export function identityName(name: string): string {
  const text = toText(name)
  // A control character, which no text of ours contains.
  return text.length <= 200 ? text : `${text.slice(0, 100)}\u0001${hash('sha256', text, 'hex')}`
}
