import type { Db, Document, MongoClient } from 'mongodb'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { limited, unless } from '../time-limit.ts'
import type { MongoOptions } from './config.ts'
import type { Driver } from './driver.ts'
import { isWithoutServer, notSent, readFailure } from './failure.ts'
import { openClient, type Times } from './open-client.ts'

const neverAborted = new AbortController().signal
const defaultLimit = 8 * 1024 * 1024

/** Of a server that takes writes, and shows them. */
export const primary = { readPreference: 'primary' } as const

/** Closes what reads, without waiting for what the server says to that. */
export function letGo(reading: { close(): Promise<void> }): void {
  void reading.close().catch(() => {})
}

/** An open client with one database. It connects at the first call. */
export class MongoLink {
  readonly driver: Driver
  /** Milliseconds. */
  readonly callTimeout: number
  /** Bytes. */
  readonly responseLimit: number
  readonly #open: () => MongoClient
  readonly #database: string | undefined
  /** Longest time for connecting and a call together, in milliseconds. */
  readonly #patience: number
  readonly #running = new Set<Promise<unknown>>()
  #client: MongoClient

  constructor(driver: Driver, options: MongoOptions, context: ConnectContext) {
    const connect = parseDuration(options.connectTimeout ?? '5s')
    const times: Times = { connect, call: parseDuration(options.callTimeout ?? '30s') }
    this.driver = driver
    this.callTimeout = times.call
    this.responseLimit = options.responseLimit ?? defaultLimit
    this.#open = () => openClient(driver, options, times, context)
    this.#database = options.database
    this.#patience = times.connect + times.call
    this.#client = this.#open()
  }

  /**
   * Works with the database. It is given up, as if the signal had aborted, when connecting and the call take longer than
   * both may take: the driver itself can wait for ever on a connection that ends while it is written to.
   */
  async use<T>(signal: AbortSignal, work: (database: Db, signal: AbortSignal) => Promise<T>): Promise<T> {
    const client = this.#client
    const limit = limited(this.#patience, signal)
    try {
      // A client whose first attempt failed does not try again by itself.
      await unless(limit.signal, client.connect(), notSent)
      return await unless(limit.signal, work(client.db(this.#database), limit.signal))
    } catch (error) {
      if (isWithoutServer(error)) this.#replace(client)
      throw error
    } finally {
      limit.end()
    }
  }

  /** A command that writes, or reads what was written, on the primary. */
  command(command: Document, signal: AbortSignal): Promise<Document> {
    return this.use(signal, (database, signal) => database.command(command, { ...primary, signal }))
  }

  async check(): Promise<void> {
    try {
      await this.command({ ping: 1 }, neverAborted)
    } catch (error) {
      throw readFailure(error, 'Looking for the database')
    }
  }

  /** One call may use the database several times, and closing waits for all of it. */
  tracked<T>(call: Promise<T>): Promise<T> {
    this.#running.add(call)
    const end = () => this.#running.delete(call)
    call.then(end, end)
    return call
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running)
    const limit = limited(this.#patience)
    await unless(limit.signal, this.#client.close()).finally(limit.end)
  }

  /**
   * A client that finds no server may never find one again, although it is there: what looks for it, too, can wait for ever
   * on a connection that ended. A new one looks anew. Calls that have the server they need are left to end.
   */
  #replace(client: MongoClient): void {
    if (client !== this.#client) return
    this.#client = this.#open()
    void Promise.allSettled(this.#running)
      .then(() => client.close())
      .catch(() => {})
  }
}
