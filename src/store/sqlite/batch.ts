import { IsthmusError } from '../../errors.ts'
import type { Append, NewMessage, SourcePosition } from '../store.ts'
import { eventJson } from '../stream-chain.ts'
import { ByteWriter } from './bytes.ts'
import { largest, writeRecord } from './record.ts'
import type { Batch, Call, Run, StoredPosition, WireAppend } from './wire.ts'

const startSize = 64 * 1024

/** Gathers the calls of one batch. */
export class BatchWriter {
  readonly #bytes: ByteWriter
  readonly #calls: Call[] = []

  constructor(buffer: ArrayBuffer = new ArrayBuffer(startSize)) {
    this.#bytes = new ByteWriter(buffer)
  }

  add(call: Call): void {
    this.#calls.push(call)
  }

  /** Gives which of them go together. Throws, with nothing added, if a message cannot be written as bytes. */
  addAccept(messages: readonly NewMessage[], position: SourcePosition | undefined): readonly Run[] {
    return this.#whole(() => {
      const written = this.#messages(messages)
      const stored = position && storedPosition(position)
      this.add({ what: 'accept', ...written, ...(stored && { position: stored }) })
      return written.runs
    })
  }

  /** Gives which messages of each append go together. Throws, with nothing added, if something cannot be written as bytes. */
  addAppend(appends: readonly Append[], token: number): readonly (readonly Run[])[] {
    return this.#whole(() => {
      const wire = appends.map(append => wireAppend(append, this.#messages(append.messages ?? [])))
      this.add({ what: 'append', appends: JSON.stringify(wire), token })
      return wire.map(({ runs }) => runs)
    })
  }

  /** Ends the batch; the writer is of no use afterwards. */
  take(first: number): Batch {
    return { first, calls: this.#calls, buffer: this.#bytes.buffer }
  }

  #whole<T>(write: () => T): T {
    const { at } = this.#bytes
    try {
      return write()
    } catch (error) {
      this.#bytes.at = at
      throw error
    }
  }

  #messages(messages: readonly NewMessage[]): { readonly at: number; readonly runs: readonly Run[] } {
    const { at } = this.#bytes
    const runs = runsOf(messages)
    this.#bytes.reserve(sizeOf(messages))
    let from = 0
    for (const run of runs) {
      this.#run(run, messages.slice(from, from + run.count))
      from += run.count
    }
    return { at, runs }
  }

  /** The identities of all, and then for each flow the records of all. */
  #run({ flows }: Run, messages: readonly NewMessage[]): void {
    for (const { identity } of messages) {
      this.#bytes.reserve(64 + 3 * (identity?.length ?? 0))
      this.#bytes.count(identity === undefined ? 0 : 1)
      if (identity !== undefined) this.#bytes.text(identity)
    }
    for (const n of flows.keys())
      for (const message of messages)
        writeRecord(this.#bytes, message, message.flows[n] as NewMessage['flows'][number])
  }
}

/** About what the records take, so that the buffer need not grow, and be copied, on the way. */
function sizeOf(messages: readonly NewMessage[]): number {
  return messages.reduce((sum, { flows, body }) => sum + flows.length * (body.byteLength + 512), 0)
}

function storedPosition({ source, position, unlessConflict = false }: SourcePosition): StoredPosition {
  return { source, json: JSON.stringify(position), unlessConflict }
}

function wireAppend(
  { messages, events, snapshot, ...append }: Append,
  written: Pick<WireAppend, 'at' | 'runs'>,
): WireAppend {
  const fold = snapshot === undefined ? undefined : JSON.stringify(snapshot)
  const wire = {
    ...append,
    events: events.map(eventJson),
    began: events[0]?.at ?? 0,
    changed: events.at(-1)?.at ?? 0,
    ...(fold !== undefined && { snapshot: fold }),
    ...written,
  }
  const longest = Math.max(fold?.length ?? 0, ...wire.events.map(event => event.length))
  if (3 * longest <= largest) return wire
  const name = `${append.kind} ${append.key}`
  throw new IsthmusError(
    'MSG-LIMIT',
    `an event or the snapshot of stream ${name} is longer than the store takes`,
  )
}

/** Messages one after another that go to the same flows. */
function runsOf(messages: readonly NewMessage[]): Run[] {
  const runs: { count: number; flows: string[] }[] = []
  for (const { flows } of messages) {
    const run = runs.at(-1)
    if (run && isSame(run.flows, flows)) run.count++
    else runs.push({ count: 1, flows: flows.map(({ flow }) => flow) })
  }
  return runs
}

function isSame(names: readonly string[], flows: NewMessage['flows']): boolean {
  for (const [n, name] of names.entries()) if (flows[n]?.flow !== name) return false
  return flows.length === names.length
}
