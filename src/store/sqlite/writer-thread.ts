import type { MessagePort } from 'node:worker_threads'
import { receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { IsthmusError } from '../../errors.ts'
import { storeError } from './failure.ts'
import type { Answer, Batch, Call, Reply } from './wire.ts'
import type { Pending, WriterOptions } from './writer.ts'
import { failed, Writer } from './writer.ts'

/** What the thread is started with. `signal` is increased and notified for every batch that is posted. */
export interface WriterThreadData {
  readonly options: WriterOptions
  readonly port: MessagePort
  readonly signal: Int32Array
}

/** After so many milliseconds without a call the thread tidies up. */
const idleAfter = 100
const bytesTogether = 32 * 2 ** 20

/**
 * The thread of the writer. It never returns to its event loop: it sleeps on `signal`, takes all calls that wait, does
 * them in one transaction, and answers. That wakes it faster than a message would.
 */
class WriterThread {
  readonly #options: WriterOptions
  readonly #port: MessagePort
  readonly #signal: Int32Array
  #writer: Writer | undefined
  #dead: IsthmusError | undefined

  constructor({ options, port, signal }: WriterThreadData) {
    this.#options = options
    this.#port = port
    this.#signal = signal
  }

  run(): void {
    for (let idle = false; ; ) {
      const seen = Atomics.load(this.#signal, 0)
      const batches = this.#receive()
      if (batches.length > 0) {
        if (!this.#handle(batches)) return
        idle = false
      } else if (Atomics.wait(this.#signal, 0, seen, idle ? Infinity : idleAfter) === 'timed-out') {
        const isWaiting = this.#writer?.isWaitingForSpace === true
        if (isWaiting) this.#handle([])
        else this.#maintain(true)
        idle = !isWaiting && this.#writer?.isBehind !== true
      }
    }
  }

  /** Gives false after the last call. */
  #handle(batches: readonly Batch[]): boolean {
    const pending = batches.flatMap(({ first, calls, buffer }) =>
      calls.map((call, index): Pending => ({ number: first + index, call, buffer })),
    )
    const [head] = pending
    if (head?.call.what === 'claim') return this.#claim(head.number, head.call)
    const last = pending.at(-1)
    const closing = last?.call.what === 'close' ? { number: last.number, how: last.call.how } : undefined
    const answers = this.#run(closing ? pending.slice(0, -1) : pending)
    if (closing !== undefined) answers.push(...this.#close(closing.number, closing.how))
    this.#reply({ answers, buffers: batches.map(batch => batch.buffer) })
    if (closing === undefined) this.#maintain(false)
    return closing === undefined
  }

  #claim(number: number, { owner, host, partitions }: Call & { what: 'claim' }): boolean {
    try {
      this.#writer = new Writer(this.#options, owner, host, partitions)
      this.#reply({ answers: [{ call: number, value: this.#writer.claim }], buffers: [] })
      return true
    } catch (error) {
      // The end of the thread releases what the writer had opened.
      this.#reply({ answers: [failed(number, storeError(error, this.#options.directory))], buffers: [] })
      return false
    }
  }

  #run(work: readonly Pending[]): Answer[] {
    try {
      return this.#dead === undefined ? (this.#writer?.run(work) ?? []) : []
    } catch (error) {
      this.#die(error)
      return []
    }
  }

  #maintain(idle: boolean): void {
    try {
      if (this.#dead === undefined) this.#writer?.maintain(idle)
    } catch (error) {
      this.#die(error)
    }
  }

  #close(number: number, how: 'clean' | 'unclean'): Answer[] {
    try {
      return [...((this.#dead === undefined && this.#writer?.close(how)) || []), { call: number }]
    } catch (error) {
      return [failed(number, this.#die(error))]
    }
  }

  /** From here on nothing is written and nothing answered: the other side fails all calls. */
  #die(error: unknown): IsthmusError {
    this.#dead = storeError(error, this.#options.directory)
    this.#reply({ answers: [], buffers: [], dead: failed(0, this.#dead).failed })
    return this.#dead
  }

  /** What waits, up to a size that one transaction should have. */
  #receive(): Batch[] {
    const batches: Batch[] = []
    for (let bytes = 0; bytes < bytesTogether; ) {
      const received = receiveMessageOnPort(this.#port)
      if (received === undefined) break
      const batch = received.message as Batch
      batches.push(batch)
      bytes += batch.buffer.byteLength
    }
    return batches
  }

  #reply(reply: Reply): void {
    this.#port.postMessage(reply, [...reply.buffers])
  }
}

new WriterThread(workerData as WriterThreadData).run()
