import { IsthmusError } from '../../errors.ts'
import type { Append, FlowAddress, NewMessage, SourcePosition } from '../store.ts'
import { eventJson } from '../stream-chain.ts'
import type { Batch, Call, StoredPosition, WireAppend, WireMessage } from './wire.ts'

const startSize = 64 * 1024
/** Bytes of one message; SQLite holds no row of 1,000,000,000 or more. */
const largest = 900_000_000

/** Gathers the calls of one batch. */
export class BatchWriter {
  #bytes: Buffer
  #at = 0
  readonly #calls: Call[] = []

  constructor(buffer: ArrayBuffer = new ArrayBuffer(startSize)) {
    this.#bytes = Buffer.from(buffer)
  }

  add(call: Call): void {
    this.#calls.push(call)
  }

  /** Throws, with nothing added, if a message cannot be written as bytes. */
  addAccept(messages: readonly NewMessage[], position: SourcePosition | undefined): void {
    this.#whole(() => {
      const at = this.#messages(messages)
      const stored = position && storedPosition(position)
      this.add({ what: 'accept', at, count: messages.length, ...(stored && { position: stored }) })
    })
  }

  /** Throws, with nothing added, if an event or a message cannot be written as bytes. */
  addAppend(appends: readonly Append[], token: number): void {
    this.#whole(() => {
      const wire = appends.map(append => wireAppend(append, this.#messages(append.messages ?? [])))
      this.add({ what: 'append', appends: JSON.stringify(wire), token })
    })
  }

  /** Ends the batch; the writer is of no use afterwards. */
  take(first: number): Batch {
    return { first, calls: this.#calls, buffer: this.#bytes.buffer as ArrayBuffer }
  }

  #whole(write: () => void): void {
    const at = this.#at
    try {
      write()
    } catch (error) {
      this.#at = at
      throw error
    }
  }

  /** Gives where they begin. */
  #messages(messages: readonly NewMessage[]): number {
    const at = this.#at
    for (const message of messages) this.#message(message)
    return at
  }

  #message({ id, head, body, acceptedAt, flows, identity }: NewMessage): void {
    const written = JSON.stringify(head)
    if (body.byteLength + 3 * written.length > largest)
      throw new IsthmusError(
        'MSG-LIMIT',
        `message ${id} has ${body.byteLength} bytes, the store takes ${largest} at most`,
      )
    this.#reserve(64 + 3 * id.length)
    this.#at = this.#bytes.writeDoubleLE(acceptedAt, this.#at)
    this.#text(id)
    this.#count(flows.length)
    for (const { flow, partition, key } of flows) {
      this.#reserve(64 + 3 * (flow.length + key.length))
      this.#text(flow)
      this.#count(partition)
      this.#text(key)
    }
    this.#count(identity === undefined ? 0 : 1)
    if (identity !== undefined) {
      this.#reserve(64 + 3 * identity.length)
      this.#text(identity)
    }
    this.#reserve(64 + 3 * written.length + body.byteLength)
    this.#count(body.byteLength)
    this.#text(written)
    this.#bytes.set(body, this.#at)
    this.#at += body.byteLength
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const grown = Buffer.from(new ArrayBuffer(Math.max(this.#bytes.length * 2, this.#at + size)))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }

  #count(value: number): void {
    this.#at = this.#bytes.writeUInt32LE(value, this.#at)
  }

  /** UTF-8, or UTF-16 with a negative length for what UTF-8 cannot say. */
  #text(text: string): void {
    const start = this.#at + 4
    const wellFormed = text.isWellFormed()
    const size = this.#bytes.write(text, start, wellFormed ? 'utf8' : 'utf16le')
    this.#bytes.writeInt32LE(wellFormed ? size : -size, this.#at)
    this.#at = start + size
  }
}

function storedPosition({ source, position, unlessConflict = false }: SourcePosition): StoredPosition {
  return { source, json: JSON.stringify(position), unlessConflict }
}

function wireAppend({ messages = [], events, snapshot, ...append }: Append, at: number): WireAppend {
  const written = snapshot === undefined ? undefined : JSON.stringify(snapshot)
  const wire = {
    ...append,
    events: events.map(eventJson),
    began: events[0]?.at ?? 0,
    changed: events.at(-1)?.at ?? 0,
    ...(written !== undefined && { snapshot: written }),
    at,
    count: messages.length,
  }
  const longest = Math.max(written?.length ?? 0, ...wire.events.map(event => event.length))
  if (3 * longest <= largest) return wire
  const name = `${append.kind} ${append.key}`
  throw new IsthmusError(
    'MSG-LIMIT',
    `an event or the snapshot of stream ${name} is longer than the store takes`,
  )
}

/** Reads the messages of one accept call. Bodies are views into the buffer. */
export function* readMessages(buffer: ArrayBuffer, at: number, count: number): Generator<WireMessage> {
  const reader = new WireReader(Buffer.from(buffer), at)
  for (let n = 0; n < count; n++) yield reader.message()
}

class WireReader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  message(): WireMessage {
    const acceptedAt = this.#bytes.readDoubleLE(this.#at)
    this.#at += 8
    const id = this.#text()
    const flows: FlowAddress[] = []
    for (let left = this.#count(); left > 0; left--)
      flows.push({ flow: this.#text(), partition: this.#count(), key: this.#text() })
    const identity = this.#count() === 0 ? undefined : this.#text()
    const bodySize = this.#count()
    const headSize = this.#count()
    const content = this.#take(headSize + bodySize)
    return { id, acceptedAt, flows, identity, headSize, content }
  }

  #count(): number {
    const value = this.#bytes.readUInt32LE(this.#at)
    this.#at += 4
    return value
  }

  #take(size: number): Uint8Array {
    const start = this.#at
    this.#at = start + size
    return new Uint8Array(this.#bytes.buffer, start, size)
  }

  #text(): string {
    const size = this.#bytes.readInt32LE(this.#at)
    const start = this.#at + 4
    this.#at = start + Math.abs(size)
    return this.#bytes.toString(size < 0 ? 'utf16le' : 'utf8', start, this.#at)
  }
}
