import type { Duplex } from 'node:stream'
import type { Client } from 'pg'
import { IsthmusError } from '../../../errors.ts'
import { beforeAnything } from './failure.ts'
import { type Lsn, lsnText } from './lsn.ts'
import { type ReplicationMessage, readReplicationMessage } from './replication-messages.ts'

/** `alive`: up to there everything has been sent, and there was nothing else. */
export type ReplicationEvent = ReplicationMessage | { readonly kind: 'alive'; readonly end: Lsn }

/** Bytes and events that wait here before the server is made to wait. */
const mostBytes = 1024 * 1024
const mostEvents = 2_000
/** Milliseconds between two words of ours; the server gives up after 60 seconds, if nobody has told it otherwise. */
const wordEvery = 10_000
/** Milliseconds of silence after which the server counts as gone. It answers to each word of ours. */
const patience = 60_000

/** What of the driver's connection is used; it is not in its types. */
interface Wire {
  readonly stream: Duplex
  on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): void
  once(event: 'replicationStart', listener: () => void): void
  sendCopyFromChunk(chunk: Buffer): void
}

/**
 * The server's log from the place of a slot on. Events wait in memory until they are taken, and the server waits as
 * soon as that is too much. Nothing is confirmed to it but by `confirm`.
 */
export class ReplicationStream {
  readonly #client: Client
  readonly #wire: Wire
  readonly #queue: { readonly event: ReplicationEvent; readonly bytes: number }[] = []
  #taken = 0
  #bytes = 0
  #confirmed: Lsn
  #heard = performance.now()
  #failure: IsthmusError | undefined
  #wake = () => {}
  #words: NodeJS.Timeout | undefined

  /**
   * `client` is connected for replication, and ended with the stream. `publication` is quoted by us. What lies before
   * `from` is confirmed at once.
   */
  constructor(client: Client, slot: string, publication: string, from: Lsn) {
    this.#client = client
    this.#confirmed = from
    this.#wire = (client as unknown as { readonly connection: Wire }).connection
    this.#wire.on('copyData', ({ chunk }) => this.#read(chunk))
    this.#wire.once('replicationStart', () => {
      // The end of an earlier run may not have told it.
      this.#send(false)
      this.#words = setInterval(() => this.#keepAlive(), wordEvery)
    })
    const options = `proto_version '1', publication_names ${literal(`"${publication.replaceAll('"', '""')}"`)}`
    const command = `START_REPLICATION SLOT "${slot}" LOGICAL ${lsnText(from)} (${options})`
    client.query(command).then(
      () => this.#fail(new Error('the server has ended the replication')),
      error => this.#fail(error),
    )
    client.on('error', error => this.#fail(error))
    client.on('end', () => this.#fail(new Error('the connection ended')))
  }

  /** Nothing waits to be taken. */
  get isEmpty(): boolean {
    return this.#taken === this.#queue.length
  }

  /** The next event; undefined once the signal aborts. Rejects when the stream has failed and nothing waits any more. */
  async next(signal: AbortSignal): Promise<ReplicationEvent | undefined> {
    const wake = () => this.#wake()
    signal.addEventListener('abort', wake)
    try {
      while (this.isEmpty && !signal.aborted) {
        if (this.#failure) throw this.#failure
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
    return signal.aborted ? undefined : this.#take()
  }

  /** Tells the server that it may forget what lies before. */
  confirm(lsn: Lsn): void {
    this.#confirmed = lsn
    this.#send(false)
  }

  /** The slot is free again soon after. */
  async close(): Promise<void> {
    clearInterval(this.#words)
    this.#failure ??= new IsthmusError('TARGET-UNAVAILABLE', 'The stream is closed.')
    await this.#client.end().catch(() => {})
  }

  #take(): ReplicationEvent | undefined {
    const next = this.#queue[this.#taken++]
    this.#bytes -= next?.bytes ?? 0
    if (this.isEmpty) {
      this.#queue.length = 0
      this.#taken = 0
      this.#wire.stream.resume()
    }
    return next?.event
  }

  /** The driver uses the memory of `chunk` again, so it is read at once. */
  #read(chunk: Buffer): void {
    this.#heard = performance.now()
    try {
      const event = this.#eventOf(chunk)
      if (!event) return
      this.#queue.push({ event, bytes: chunk.length })
      this.#bytes += chunk.length
      if (this.#bytes > mostBytes || this.#queue.length > mostEvents) this.#wire.stream.pause()
      this.#wake()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Source: PostgreSQL documentation, 55.4 Streaming Replication Protocol. */
  #eventOf(chunk: Buffer): ReplicationEvent | undefined {
    const kind = chunk[0]
    if (kind === 0x77) return readReplicationMessage(chunk.subarray(25))
    if (kind !== 0x6b) return undefined
    if (chunk[17] === 1) this.#send(false)
    return { kind: 'alive', end: chunk.readBigUInt64BE(1) }
  }

  #keepAlive(): void {
    const paused = this.#wire.stream.isPaused()
    if (!paused && performance.now() - this.#heard > patience) this.#fail(new Error('the server is silent'))
    else this.#send(!paused)
  }

  /** Standby status update: written, flushed and applied are the same to us. The clock does not matter to the server. */
  #send(answer: boolean): void {
    const status = Buffer.alloc(34)
    status[0] = 0x72
    for (const at of [1, 9, 17]) status.writeBigUInt64BE(this.#confirmed, at)
    status[33] = answer ? 1 : 0
    if (this.#wire.stream.writable) this.#wire.sendCopyFromChunk(status)
  }

  #fail(error: unknown): void {
    this.#failure ??= beforeAnything(error, 'Reading the log')
    clearInterval(this.#words)
    this.#wire.stream.destroy()
    this.#wake()
  }
}

/** Text in a command of the replication protocol, which knows no parameters. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
