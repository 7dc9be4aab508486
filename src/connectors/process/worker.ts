import { type ChildProcess, spawn } from 'node:child_process'
import { IsthmusError } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import { eachLine } from './lines.ts'
import { memoryOf } from './memory.ts'

export interface WorkerOptions {
  readonly command: readonly [string, ...string[]]
  readonly folder: string | undefined
  readonly environment: Readonly<Record<string, string>>
  /** Milliseconds. */
  readonly startTimeout: number
  /** Milliseconds. */
  readonly batchTimeout: number
  /** Bytes. */
  readonly memory: number | undefined
  /** Bytes. */
  readonly lineLimit: number
  log(level: 'info' | 'warn', text: string): void
}

/** Milliseconds that a program has to end when its input has ended. */
const farewell = 5_000
/** Milliseconds for what it wrote before it ended. */
const lastWords = 1_000
/** Milliseconds between two looks at its memory. */
const look = 500
/** Characters of a line of its error output that are logged. */
const shown = 500

const codec = json()

/** One running program. It is asked one thing at a time. */
export class Worker {
  readonly #child: ChildProcess
  readonly #options: WorkerOptions
  readonly #ended = Promise.withResolvers<void>()
  #reason: string | undefined
  #isTooLong = false
  #said = ''
  #asked = 0
  #waiting: PromiseWithResolvers<unknown> | undefined
  #watch: NodeJS.Timeout | undefined

  /** Resolves when it says that it is ready. Rejects with CONFIG-INVALID if there is no such program. */
  static async start(options: WorkerOptions): Promise<Worker> {
    const worker = new Worker(options)
    const first = await worker.#next(options.startTimeout, 'it was not ready')
    if (typeof first === 'object' && first !== null && (first as { ready?: unknown }).ready === true)
      return worker
    worker.kill('its first line is not {"ready": true}')
    throw worker.#failure('TARGET-UNAVAILABLE')
  }

  private constructor(options: WorkerOptions) {
    const [program, ...args] = options.command
    this.#options = options
    // A group of its own, so that what it started is killed with it.
    this.#child = spawn(program, args, {
      cwd: options.folder,
      env: options.environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    })
    const { stdin, stdout, stderr } = this.#child
    this.#child.on('error', error => {
      const isMissing = 'code' in error && error.code === 'ENOENT'
      this.#reason ??= `it cannot be started: ${isMissing ? 'there is no such program, or no such folder to run it in' : error.message}`
      this.#end('CONFIG-INVALID')
    })
    this.#child.on('exit', (code, signal) => {
      // What it wrote before is still read; whatever it started goes with it, or may keep its output open.
      this.kill(`it ended with ${signal ?? `code ${code}`}`)
      setTimeout(() => this.#end(), lastWords)
    })
    this.#child.on('close', () => this.#end())
    // What could not be written is known by its exit.
    stdin?.on('error', () => {})
    if (stdout)
      eachLine(
        stdout,
        options.lineLimit,
        line => this.#read(line),
        () => {
          this.#isTooLong = true
          this.kill(`it wrote a line of more than ${options.lineLimit} bytes`)
        },
      )
    if (stderr)
      eachLine(
        stderr,
        options.lineLimit,
        line => this.#hear(line.toString().slice(0, shown)),
        () => {},
      )
    if (options.memory !== undefined) this.#watchMemory(options.memory)
  }

  get isAlive(): boolean {
    return this.#reason === undefined
  }

  /**
   * The answer to a line, which gets the number of its batch. Rejects with TARGET-UNANSWERED when there is none, or one
   * that says it belongs to another batch, and is not alive then.
   */
  async ask(question: object, signal: AbortSignal): Promise<unknown> {
    const batch = ++this.#asked
    const stop = () => this.kill('we gave up waiting')
    signal.addEventListener('abort', stop, { once: true })
    try {
      this.#child.stdin?.write(codec.encode({ ...question, batch }))
      this.#child.stdin?.write('\n')
      const answer = await this.#next(this.#options.batchTimeout, 'it did not answer')
      const { batch: said = batch } = Object(answer) as { batch?: unknown }
      if (said === batch) return answer
      this.kill(
        `it answered the batch ${JSON.stringify(said).slice(0, 20)} when it was asked the batch ${batch}`,
      )
      throw this.#failure('TARGET-UNANSWERED')
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** It is asked nothing more; it may end by itself, and is made to when it does not. */
  async close(): Promise<void> {
    this.#child.stdin?.end()
    const overdue = setTimeout(() => this.kill('it did not end'), farewell)
    await this.#ended.promise
    clearTimeout(overdue)
  }

  kill(reason: string): void {
    this.#reason ??= reason
    try {
      if (process.platform !== 'win32' && this.#child.pid) process.kill(-this.#child.pid, 'SIGKILL')
      else this.#child.kill('SIGKILL')
    } catch {
      // It has ended already.
    }
  }

  #next(timeout: number, overdue: string): Promise<unknown> {
    const waiting = Promise.withResolvers<unknown>()
    if (!this.isAlive) waiting.reject(this.#failure('TARGET-UNAVAILABLE'))
    this.#waiting = waiting
    const timer = setTimeout(() => this.kill(`${overdue} within ${timeout} ms`), timeout)
    return waiting.promise.finally(() => clearTimeout(timer))
  }

  #read(line: Buffer): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    try {
      const value = codec.decode(line)
      if (waiting) waiting.resolve(value)
      else this.kill('it wrote a line that it was not asked for')
    } catch {
      this.#waiting = waiting
      this.kill('it wrote a line that is no JSON')
    }
  }

  #hear(line: string): void {
    this.#said = line || this.#said
    if (line) this.#options.log('info', `${this.#options.command[0]}: ${line}`)
  }

  #end(code: 'TARGET-UNANSWERED' | 'CONFIG-INVALID' = 'TARGET-UNANSWERED'): void {
    clearInterval(this.#watch)
    this.#waiting?.reject(this.#failure(code))
    this.#waiting = undefined
    this.#ended.resolve()
  }

  #failure(code: 'TARGET-UNANSWERED' | 'TARGET-UNAVAILABLE' | 'CONFIG-INVALID'): IsthmusError {
    const said = this.#said ? `; it said last: ${this.#said}` : ''
    const text = `The program ${this.#options.command[0]}: ${this.#reason}${said}`
    return new IsthmusError(code, text, { detail: { tooLong: this.#isTooLong } })
  }

  #watchMemory(most: number): void {
    this.#watch = setInterval(async () => {
      const resident = await memoryOf(this.#child.pid ?? 0)
      if (resident > most) this.kill(`it has ${resident} bytes of memory; it may have ${most}`)
    }, look)
    this.#watch.unref()
  }
}
