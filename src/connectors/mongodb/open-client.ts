import { type LookupOptions, lookup } from 'node:dns'
import { isIP } from 'node:net'
import type { MongoClient, MongoClientOptions } from 'mongodb'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import type { MongoOptions } from './config.ts'
import type { Driver } from './driver.ts'

/** Milliseconds. */
export interface Times {
  readonly connect: number
  readonly call: number
}

/** A client that has not connected yet. Throws CONFIG-INVALID for an address that is none, or is not allowed. */
export function openClient(
  driver: Driver,
  options: MongoOptions,
  { connect, call }: Times,
  context: ConnectContext,
): MongoClient {
  const url = context.resolve(options.url)
  const settings: MongoClientOptions = {
    appName: 'isthmus',
    maxPoolSize: options.connections ?? 10,
    serverSelectionTimeoutMS: connect,
    connectTimeoutMS: connect,
    waitQueueTimeoutMS: connect,
    socketTimeoutMS: call,
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
