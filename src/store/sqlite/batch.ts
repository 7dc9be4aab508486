import type { NewMessage, SourcePosition } from '../store.ts'
import { ByteWriter } from './bytes.ts'
import { writeRecord } from './record.ts'
import type { Batch, Call, Run, StoredPosition } from './wire.ts'

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
    const { at } = this.#bytes
    const runs = runsOf(messages)
    try {
      this.#bytes.reserve(sizeOf(messages))
      let from = 0
      for (const run of runs) {
        this.#run(run, messages.slice(from, from + run.count))
        from += run.count
      }
      const stored = position && storedPosition(position)
      this.add({ what: 'accept', at, runs, ...(stored && { position: stored }) })
      return runs
    } catch (error) {
      this.#bytes.at = at
      throw error
    }
  }

  /** Ends the batch; the writer is of no use afterwards. */
  take(first: number): Batch {
    return { first, calls: this.#calls, buffer: this.#bytes.buffer }
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
