import { type LookupOptions, lookup } from 'node:dns'
import { isIP } from 'node:net'
import type { Collection, Db, Document, MongoClient, MongoClientOptions } from 'mongodb'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { MongoOptions } from './config.ts'
import type { Driver } from './driver.ts'
import { readFailure } from './failure.ts'

const neverAborted = new AbortController().signal
const defaultLimit = 8 * 1024 * 1024

/** An open client with one database. It connects at the first call. */
export class MongoLink {
  readonly driver: Driver
  /** Milliseconds. */
  readonly callTimeout: number
  /** Bytes. */
  readonly responseLimit: number
  readonly #client: MongoClient
  readonly #database: Db
  readonly #running = new Set<Promise<unknown>>()

  constructor(driver: Driver, options: MongoOptions, context: ConnectContext) {
    this.driver = driver
    this.callTimeout = parseDuration(options.callTimeout ?? '30s')
    this.responseLimit = options.responseLimit ?? defaultLimit
    this.#client = openClient(driver, options, this.callTimeout, context)
    this.#database = this.#client.db(options.database)
  }

  async collection(name: string, signal: AbortSignal, from?: 'primary'): Promise<Collection<Document>> {
    await this.#connected(signal)
    return this.#database.collection(name, from && { readPreference: from })
  }

  /** A command that writes, or reads what was written, on the primary. */
  async command(command: Document, signal: AbortSignal): Promise<Document> {
    await this.#connected(signal)
    return this.#database.command(command, { readPreference: 'primary', signal })
  }

  /** A client whose first attempt failed does not try again by itself. */
  #connected(signal: AbortSignal): Promise<unknown> {
    return unless(signal, this.#client.connect())
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
    await this.#client.close()
  }
}

/** Settles as the promise does, or rejects when the signal aborts first. */
function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () =>
      reject(new IsthmusError('TARGET-UNAVAILABLE', 'The call was given up before it was sent.'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function openClient(
  driver: Driver,
  options: MongoOptions,
  callTimeout: number,
  context: ConnectContext,
): MongoClient {
  const url = context.resolve(options.url)
  const connect = parseDuration(options.connectTimeout ?? '5s')
  const settings: MongoClientOptions = {
    appName: 'isthmus',
    maxPoolSize: options.connections ?? 10,
    serverSelectionTimeoutMS: connect,
    connectTimeoutMS: connect,
    waitQueueTimeoutMS: connect,
    socketTimeoutMS: callTimeout,
    lookup: guardedLookup(context) as NonNullable<MongoClientOptions['lookup']>,
  }
  try {
    const client = new driver.MongoClient(url, settings)
    for (const { host } of client.options.hosts) checkLiteral(host, context)
    // A replica set names its members itself.
    client.on('serverOpening', ({ address }) => {
      const host = address.replace(/:\d+$/, '')
      if (mayBeReached(host, context)) return
      context.log('warn', `the replica set has a member at an address that is not allowed: ${host}.`)
      void client.close()
    })
    return client
  } catch (error) {
    if (error instanceof IsthmusError) throw error
    // The driver's words may quote the address with its password.
    const text = `The url of system ${context.system} cannot be used: it is no valid mongodb:// address.`
    throw new IsthmusError('CONFIG-INVALID', text)
  }
}

function checkLiteral(host: string | undefined, context: ConnectContext): void {
  if (host === undefined || mayBeReached(host, context)) return
  throw new IsthmusError('CONFIG-INVALID', notAllowed(context, host))
}

/** Whether the host is a name, which is looked at when it is resolved, or an address that is allowed. */
function mayBeReached(host: string, context: ConnectContext): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  return isIP(address) === 0 || context.allows(address)
}

function notAllowed({ system }: ConnectContext, address: string): string {
  return `System ${system} may not be reached at ${address}.`
}

type Found = (error: Error | null, address?: unknown, family?: number) => void

/** Resolves names as Node does, and gives only addresses at which this system may be reached. */
function guardedLookup(context: ConnectContext) {
  return (host: string, options: LookupOptions, found: Found) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return found(error)
      const allowed = addresses.filter(({ address }) => context.allows(address))
      const [first] = allowed
      if (!first) return found(new Error(notAllowed(context, host)))
      if (options.all) found(null, allowed)
      else found(null, first.address, first.family)
    })
  }
}
