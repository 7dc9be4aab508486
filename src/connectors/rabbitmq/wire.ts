import type { Duplex } from 'node:stream'
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib'
import { IsthmusError } from '../../errors.ts'
import { openFailure } from './failure.ts'

/** Milliseconds for the farewell of a connection or a channel, which a server that hangs does not answer. */
const farewell = 2_000

/** One connection that is opened when it is needed, and again when it was lost. */
export class Wire {
  /** Why the server takes no messages at the moment, in its words. */
  blocked: string | undefined
  readonly #dial: () => Promise<ChannelModel>
  #opening: Promise<ChannelModel> | undefined

  constructor(dial: () => Promise<ChannelModel>) {
    this.#dial = dial
  }

  /** Rejects as `openFailure` says. */
  channel(): Promise<Channel> {
    return this.#with(connection => connection.createChannel())
  }

  confirmChannel(): Promise<ConfirmChannel> {
    return this.#with(connection => connection.createConfirmChannel())
  }

  /** What is under way has ended by then. */
  async close(): Promise<void> {
    const connection = await this.#opening?.catch(() => undefined)
    if (connection === undefined) return
    // Without an error the driver would not notice before it misses the server's signs of life.
    const silent = new Error('no answer to the farewell')
    const timer = setTimeout(() => streamOf(connection).destroy(silent), farewell)
    // One that is lost already says so by rejecting.
    await Promise.race([connection.close().catch(() => {}), closed(connection)])
    clearTimeout(timer)
  }

  async #with<T>(use: (connection: ChannelModel) => Promise<T>): Promise<T> {
    try {
      this.#opening ??= this.#start()
      return await use(await this.#opening)
    } catch (error) {
      throw openFailure(error, 'Connecting to RabbitMQ')
    }
  }

  async #start(): Promise<ChannelModel> {
    try {
      const connection = await this.#dial()
      writeTogether(streamOf(connection))
      // Who waits for something on it hears of its end by that.
      connection.on('error', () => {})
      connection.on('close', () => this.#forget())
      connection.on('blocked', reason => {
        this.blocked = reason
      })
      connection.on('unblocked', () => {
        this.blocked = undefined
      })
      return connection
    } catch (error) {
      this.#forget()
      throw error
    }
  }

  #forget(): void {
    this.#opening = undefined
    this.blocked = undefined
  }
}

/** A channel whose connection is lost meanwhile would never say that it is closed. */
export async function closeChannel(channel: Channel): Promise<void> {
  await within(channel.close(), farewell, new AbortController().signal).catch(() => {})
}

function closed(connection: ChannelModel): Promise<void> {
  return new Promise(resolve => connection.once('close', () => resolve()))
}

/** The driver writes each frame by itself: those of one turn go to the system in one call. */
function writeTogether(stream: Duplex): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
  stream.write = (...args: unknown[]) => {
    if (stream.writableCorked === 0) {
      stream.cork()
      process.nextTick(() => stream.uncork())
    }
    return write(...args)
  }
}

/** Not among the driver's types. */
function streamOf(connection: ChannelModel): Duplex {
  return (connection.connection as unknown as { stream: Duplex }).stream
}

/** Settles as the promise does, or rejects when the signal aborts or the time is over: for what changes nothing. */
export function within<T>(promise: Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
  const { promise: end, reject } = Promise.withResolvers<never>()
  const give = (reason: string) => reject(new IsthmusError('TARGET-UNAVAILABLE', `RabbitMQ: ${reason}.`))
  const abort = () => give('the call was given up before it was sent')
  const timer = setTimeout(() => give(`no answer within ${ms} ms`), ms)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([promise, end]).finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  })
}
