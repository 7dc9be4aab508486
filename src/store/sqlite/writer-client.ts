import { hostname } from 'node:os'
import { extname } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type {
  Accepted,
  Append,
  Appended,
  Claim,
  ClaimOptions,
  NewMessage,
  RetireLimits,
  Settlement,
  SourcePosition,
} from '../store.ts'
import { BatchWriter } from './batch.ts'
import type { Health } from './health.ts'
import {
  type Answer,
  type Failed,
  type Outcome,
  packedSettlement,
  type Reply,
  type Run,
  type WireAppended,
} from './wire.ts'
import type { WriterOptions } from './writer.ts'
import type { WriterThreadData } from './writer-thread.ts'

interface Waiter {
  resolve(value: unknown): void
  reject(error: IsthmusError): void
}

/** Buffers larger than this are not kept for the next batch. */
const keepBuffersUpTo = 4 * 2 ** 20
const keepBuffers = 4
/** What the thread makes is forgotten after each transaction: by default it takes 100 MB more before that is cleared away. */
const youngMegabytes = 24

/** The main thread's end of the writer thread. Calls of one turn of the event loop travel together. */
export class WriterClient {
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #signal = new Int32Array(new SharedArrayBuffer(4))
  readonly #waiters = new Map<number, Waiter>()
  readonly #buffers: ArrayBuffer[] = []
  readonly #health: Health
  readonly #exited: Promise<void>
  #batch: BatchWriter | undefined
  #sent = 0
  #asked = 0
  #ended = false

  constructor(options: WriterOptions, health: Health) {
    const { port1, port2 } = new MessageChannel()
    this.#health = health
    this.#port = port1
    const data: WriterThreadData = { options, port: port2, signal: this.#signal }
    // The same ending as this file's: .ts in the repository, .js in the package.
    const file = new URL(`./writer-thread${extname(import.meta.url)}`, import.meta.url)
    this.#worker = new Worker(file, {
      workerData: data,
      transferList: [port2],
      name: 'isthmus-store',
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
    })
    this.#worker.unref()
    this.#worker.on('error', error => this.#die(threadFailed(reasonOf(error))))
    this.#exited = new Promise(resolve => {
      this.#worker.on('exit', () => {
        // Its last answers may still be on their way.
        for (let last = this.#next(); last !== undefined; last = this.#next()) this.#receive(last)
        this.#ended = true
        this.#failAll(threadFailed('it ended'))
        this.#port.close()
        resolve()
      })
    })
    this.#port.on('message', reply => this.#receive(reply as Reply))
    this.#port.unref()
  }

  async claim(owner: string, { partitions }: ClaimOptions): Promise<Claim> {
    const call = { what: 'claim', owner, host: hostname(), partitions } as const
    try {
      return (await this.#ask(batch => batch.add(call))) as Claim
    } catch (error) {
      await this.#exit()
      throw this.#health.fail(error)
    }
  }

  async accept(messages: readonly NewMessage[], position: SourcePosition | undefined): Promise<Accepted[]> {
    let runs: readonly Run[] = []
    const outcome = await this.#ask(batch => {
      runs = batch.addAccept(messages, position)
    })
    return acceptedOf(messages, runs, outcome as Outcome)
  }

  async append(appends: readonly Append[], token: number): Promise<Appended[]> {
    let runs: readonly (readonly Run[])[] = []
    const answers = await this.#ask(batch => {
      runs = batch.addAppend(appends, token)
    })
    return (answers as WireAppended[]).map((answer, index) => {
      if (answer.status === 'conflict') return answer
      const { status, version, outcome } = answer
      return {
        status,
        version,
        accepted: acceptedOf(appends[index]?.messages ?? [], runs[index] ?? [], outcome),
      }
    })
  }

  async settle(settlement: Settlement): Promise<void> {
    const packed = packedSettlement(settlement)
    await this.#ask(batch => batch.add({ what: 'settle', settlement: packed }))
  }

  async retire(limits: RetireLimits): Promise<number> {
    return Number(await this.#ask(batch => batch.add({ what: 'retire', limits })))
  }

  async close(how: 'clean' | 'unclean' = 'clean'): Promise<void> {
    if (!this.#ended) await this.#ask(batch => batch.add({ what: 'close', how }))
    await this.#exit()
  }

  #exit(): Promise<void> {
    this.#worker.ref()
    return this.#exited
  }

  #ask(add: (batch: BatchWriter) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw threadFailed('it ended')
      const batch = this.#open()
      add(batch)
      this.#waiters.set(this.#asked++, { resolve, reject })
      if (this.#waiters.size === 1) this.#port.ref()
    })
  }

  #open(): BatchWriter {
    if (this.#batch === undefined) {
      this.#batch = new BatchWriter(this.#buffers.pop())
      setImmediate(() => this.#send())
    }
    return this.#batch
  }

  #send(): void {
    const batch = this.#batch?.take(this.#sent)
    this.#batch = undefined
    this.#sent = this.#asked
    if (batch === undefined) return
    this.#port.postMessage(batch, [batch.buffer])
    Atomics.add(this.#signal, 0, 1)
    Atomics.notify(this.#signal, 0)
  }

  #next(): Reply | undefined {
    return receiveMessageOnPort(this.#port)?.message as Reply | undefined
  }

  #receive({ answers, buffers, dead }: Reply): void {
    for (const answer of answers) this.#answer(answer)
    for (const buffer of buffers)
      if (buffer.byteLength <= keepBuffersUpTo && this.#buffers.length < keepBuffers)
        this.#buffers.push(buffer)
    if (dead !== undefined) this.#die(errorOf(dead))
    if (this.#waiters.size === 0) this.#port.unref()
  }

  #answer({ call, value, failed }: Answer): void {
    const waiter = this.#waiters.get(call)
    this.#waiters.delete(call)
    if (failed === undefined) waiter?.resolve(value)
    else waiter?.reject(errorOf(failed))
  }

  #die(error: IsthmusError): void {
    this.#failAll(this.#health.fail(error))
  }

  #failAll(error: IsthmusError): void {
    for (const waiter of this.#waiters.values()) waiter.reject(error)
    this.#waiters.clear()
  }
}

/** What is said of each message in a few numbers for all. */
function acceptedOf(
  messages: readonly NewMessage[],
  runs: readonly Run[],
  { firsts, repeated }: Outcome,
): Accepted[] {
  const before = new Map(repeated.map(({ index, ...first }) => [index, first]))
  const accepted: Accepted[] = []
  let from = 0
  for (const { count, flows } of runs) {
    const next = firsts.slice(from, from + flows.length)
    from += flows.length
    for (let left = count; left > 0; left--) {
      const index = accepted.length
      const first = before.get(index)
      if (first === undefined) {
        const seqs = [...next]
        for (let n = 0; n < next.length; n++) next[n] = (seqs[n] as number) + 1
        accepted.push({ status: 'accepted', id: (messages[index] as NewMessage).id, seqs })
      } else accepted.push(first)
    }
  }
  return accepted
}

const errorOf = ({ code, message, detail }: Failed): IsthmusError =>
  new IsthmusError(code, message, { detail })

const threadFailed = (reason: string): IsthmusError =>
  new IsthmusError(
    'STORE-FAILED',
    `the writer thread of the store failed: ${reason}; start the process again`,
  )
