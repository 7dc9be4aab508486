import { Worker } from 'node:worker_threads'
import type { Reply, Request, WorkerOptions } from './worker.ts'

/** The file beside this one, as it is in a checkout or compiled. */
const workerFile = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

interface Waiting {
  resolve(reply: Reply): void
  reject(error: Error): void
}

/** A connection on a thread of its own, which answers in the order of asking. A thread that ended is replaced. */
export class Connection {
  readonly #options: WorkerOptions
  readonly #waiting: Waiting[] = []
  #worker: Worker | undefined

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /** Rejects when the thread ends without an answer: then the outcome is not known. */
  ask(request: Request): Promise<Reply> {
    const worker = this.#started()
    return new Promise((resolve, reject) => {
      // The process stays for what it waits for, and for nothing else.
      if (this.#waiting.length === 0) worker.ref()
      this.#waiting.push({ resolve, reject })
      worker.postMessage(request)
    })
  }

  /** After what was asked. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    const ended = new Promise(resolve => worker.once('exit', resolve))
    worker.ref()
    worker.postMessage({ kind: 'close' } satisfies Request)
    await ended
  }

  #started(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(workerFile, { workerData: this.#options })
    worker.unref()
    let reason = new Error('the thread ended')
    worker.on('message', (reply: Reply) => {
      this.#waiting.shift()?.resolve(reply)
      if (this.#waiting.length === 0) worker.unref()
    })
    worker.on('error', (error: Error) => {
      reason = error
    })
    worker.on('exit', () => {
      this.#worker = undefined
      for (const { reject } of this.#waiting.splice(0)) reject(reason)
    })
    this.#worker = worker
    return worker
  }
}
