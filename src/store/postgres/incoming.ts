import { hash } from 'node:crypto'
import { postgresDigest, sqliteDigest } from '../moved-identity.ts'
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
  readonly token: number | undefined
}

export interface Incoming {
  readonly message: NewMessage
  /** `id` and `key` of the message as the tables hold them. */
  readonly id: string
  readonly head: string
  /** About what one row of it takes on the disk. */
  readonly bytes: number
  readonly rows: readonly IncomingRow[]
  readonly identity: IncomingIdentity | undefined
}

export interface IncomingIdentity {
  readonly name: string
  /** Under which it stands if it was copied from another store; none for most. */
  readonly moved: readonly string[]
  readonly content: string
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

function incomingPosition({ unlessConflict = false, token, ...at }: SourcePosition): IncomingPosition {
  return { source: toText(at.source), position: JSON.stringify(at.position), unlessConflict, token }
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
      : { ...identityNames(message.identity), content: hash('sha256', message.body, 'hex') }
  return { message, id, head, bytes: head.length + message.body.byteLength + overhead, rows, identity }
}

export function identityNames(name: string): Pick<IncomingIdentity, 'name' | 'moved'> {
  const digests = [sqliteDigest(name), postgresDigest(name)].filter(digest => digest !== undefined)
  return { name: identityName(name), moved: digests.map(movedName) }
}

/** The name of an identity of which another store kept but a digest. */
export function movedName(digest: Uint8Array): string {
  return `\u0001${Buffer.from(digest).toString('hex')}`
}

/** Short enough for an index, and otherwise as given: the names of one source often grow, which suits a B-tree. */
export function identityName(name: string): string {
  const text = toText(name)
  // A control character, which no text of ours contains.
  return text.length <= 200 ? text : `${text.slice(0, 100)}\u0001${hash('sha256', text, 'hex')}`
}
