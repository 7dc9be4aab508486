import { lookup as lookUp } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, WebSocket } from 'undici'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'

/** Throws CONFIG-INVALID. The text is not repeated, since it may hold a password. */
export function socketUrl(url: string, system: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed) parsed.protocol = parsed.protocol.replace(/^http/, 'ws')
  const { protocol, username = '', password = '', hash = '' } = parsed ?? {}
  const plain = !username && !password && !hash
  if (parsed && (protocol === 'ws:' || protocol === 'wss:') && plain) return parsed.href
  throw new IsthmusError(
    'CONFIG-INVALID',
    `The url of the subscriptions of system ${system} must begin with ws:// or wss:// and have no password or fragment.`,
  )
}

interface SocketOptions {
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds. */
  readonly connect: number
  readonly firstByte: number
  /** Bytes of the longest message, decompressed. */
  readonly limit: number
}

/**
 * A WebSocket class that connects to addresses the system allows, verifies certificates and follows no redirect.
 * `close` ends what it has opened.
 */
export function guardedSocket(
  context: ConnectContext,
  { headers, connect, firstByte, limit }: SocketOptions,
): { Socket: typeof WebSocket; close(): Promise<void> } {
  const dispatcher = new Agent({
    connect: { timeout: connect, rejectUnauthorized: true, lookup: guardedLookup(context) },
    headersTimeout: firstByte,
    webSocket: { maxPayloadSize: limit },
    allowH2: false,
  })
  class Socket extends WebSocket {
    constructor(url: string | URL, protocols?: ConstructorParameters<typeof WebSocket>[1]) {
      const { hostname } = new URL(url)
      const address = hostname.replace(/^\[|\]$/g, '')
      if (isIP(address)) checkAllowed(address, context)
      super(url, {
        protocols: protocols as string,
        dispatcher,
        headers: { ...headers, 'user-agent': 'isthmus' },
      })
    }
  }
  return { Socket, close: () => dispatcher.destroy() }
}

/** Checked on the address that is connected to, so that a name cannot mean another one a moment later. */
function guardedLookup(context: ConnectContext): LookupFunction {
  return (hostname, options, callback) =>
    lookUp(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 4)
      const allowed = found.filter(({ address }) => context.allows(address))
      const [first] = allowed
      if (!first) return callback(notAllowed(hostname, context), '', 4)
      if (options.all) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
}

function checkAllowed(address: string, context: ConnectContext): void {
  if (!context.allows(address)) throw notAllowed(address, context)
}

function notAllowed(host: string, { system }: ConnectContext): IsthmusError {
  return new IsthmusError('CONFIG-INVALID', `The system ${system} may not be reached at ${host}.`)
}
