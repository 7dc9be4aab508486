import type { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { IsthmusError } from '../../../errors.ts'

/** What the driver gives a query of its own kind; its types do not tell it. */
interface CopyConnection {
  readonly stream: Duplex
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(reason: string): void
}

/** `copy ... from stdin`, for the driver's `query`. Source: PostgreSQL documentation, 55.2.7 COPY operations. */
export class CopyIn {
  /** Resolves with the number of rows when the server has taken all of them. */
  readonly done: Promise<number>
  readonly #text: string
  readonly #ready: Promise<CopyConnection>
  #opened: (connection: CopyConnection) => void = () => {}
  #finished: (rows: number) => void = () => {}
  #failed: (error: unknown) => void = () => {}
  #rows = 0
  #error: unknown

  constructor(text: string) {
    this.#text = text
    this.#ready = new Promise(resolve => {
      this.#opened = resolve
    })
    this.done = new Promise((resolve, reject) => {
      this.#finished = resolve
      this.#failed = reject
    })
    this.done.catch(() => {})
  }

  /** Resolves when there is room for more; rejects when the server has refused what came before. */
  async write(chunk: Buffer): Promise<void> {
    const connection = await this.#started()
    connection.sendCopyFromChunk(chunk)
    const { stream } = connection
    if (!stream.writableNeedDrain) return turn()
    const { promise: room, resolve: drained } = Promise.withResolvers<void>()
    stream.once('drain', drained)
    await Promise.race([this.done, room]).finally(() => stream.off('drain', drained))
  }

  /** Nothing more comes: all of it is taken, or nothing when a reason not to is given. */
  async end(reason?: string): Promise<number> {
    const connection = await this.#started()
    if (reason === undefined) connection.endCopyFrom()
    else connection.sendCopyFail(reason)
    return this.done
  }

  async #started(): Promise<CopyConnection> {
    if (this.#error !== undefined) throw this.#error
    return Promise.race([this.done.then(tooSoon), this.#ready])
  }

  submit(connection: unknown): void {
    ;(connection as CopyConnection).query(this.#text)
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#opened(connection)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(/\d+$/.exec(text)?.[0] ?? 0)
  }

  /** Behind an error the server says so too. */
  handleReadyForQuery(): void {
    if (this.#error === undefined) this.#finished(this.#rows)
    else this.#failed(this.#error)
  }

  /** An error of the connection is followed by nothing more. */
  handleError(error: unknown): void {
    this.#error = error
    if (!(error instanceof Error && 'severity' in error)) this.#failed(error)
    else setImmediate(() => this.#failed(error))
  }
}

function tooSoon(): never {
  throw new IsthmusError('TARGET-CONTRACT', 'The server has ended the copy before it began.')
}
