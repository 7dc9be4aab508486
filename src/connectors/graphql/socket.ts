import type { Socket as TcpSocket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { Agent, buildConnector, WebSocket } from 'undici'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { checkAddress, guardedLookup } from '../http/address-guard.ts'

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
  readonly certificates: SecureContextOptions
  /** Milliseconds. */
  readonly connect: number
  readonly firstByte: number
  /** Bytes of the longest message, decompressed. */
  readonly limit: number
}

/**
 * A WebSocket class that connects to addresses the system allows, verifies certificates and follows no redirect.
 * Throws for an address that is not allowed. `close` ends what it has opened.
 */
export function guardedSocket(
  url: string,
  context: ConnectContext,
  { headers, certificates, connect, firstByte, limit }: SocketOptions,
): { Socket: typeof WebSocket; close(): Promise<void> } {
  checkAddress(new URL(url).hostname, context)
  const opened = new Set<TcpSocket>()
  const connector = buildConnector({
    ...certificates,
    timeout: connect,
    rejectUnauthorized: true,
    allowH2: false,
    lookup: guardedLookup(context),
  })
  const dispatcher = new Agent({
    connect: (options, callback) =>
      connector(options, (...result) => {
        const [, socket] = result
        if (socket) opened.add(socket.once('close', () => opened.delete(socket)))
        callback(...result)
      }),
    headersTimeout: firstByte,
    webSocket: { maxPayloadSize: limit },
    allowH2: false,
  })
  class Socket extends WebSocket {
    constructor(url: string | URL, protocols?: ConstructorParameters<typeof WebSocket>[1]) {
      super(url, {
        protocols: protocols as string,
        dispatcher,
        headers: { ...headers, 'user-agent': 'isthmus' },
      })
    }
  }
  /** A socket that has become a WebSocket is not the dispatcher's any more. */
  const close = async () => {
    await dispatcher.destroy()
    for (const socket of opened) socket.destroy()
  }
  return { Socket, close }
}
