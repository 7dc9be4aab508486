import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Setting } from '../../system/setting.ts'
import { allowedAddress } from '../http/address-guard.ts'
import { certificatesOf } from '../http/tls.ts'
import type { MailOptions } from './config.ts'

/** What a connection to a server is made with. */
export interface Server {
  readonly system: string
  readonly port: number
  /** TLS from the first byte. */
  readonly isTls: boolean
  /** Nothing else is said before the connection is encrypted. */
  readonly needsTls: boolean
  readonly user: string | undefined
  readonly password: string
  /** Milliseconds. */
  readonly connectTimeout: number
  readonly timeout: number
  readonly tls: ConnectionOptions
  /** One that may be called. Rejects with TARGET-ADDRESS, or TARGET-UNAVAILABLE while the name is not known. */
  address(): Promise<string>
}

const ports = { imap: 143, imaps: 993, smtp: 587, smtps: 465 } as const

/** Throws CONFIG-INVALID, without the text: it may hold a password. */
export function serverOf(
  kind: 'imap' | 'smtp',
  setting: Setting,
  options: MailOptions,
  context: ConnectContext,
): Server {
  const { system, resolve } = context
  const { encryption = 'required', connectTimeout = '10s', timeout = '30s' } = options
  const url = URL.parse(resolve(setting))
  const scheme = url?.protocol.slice(0, -1)
  if (!url || (scheme !== kind && scheme !== `${kind}s`) || url.hostname === '' || url.username)
    throw new IsthmusError('CONFIG-INVALID', `The ${kind} of system ${system} is not ${kind}://HOST.`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isTls = scheme === `${kind}s`
  return {
    system,
    port: Number(url.port || ports[scheme as keyof typeof ports]),
    isTls,
    needsTls: !isTls && encryption === 'required',
    user: options.user && resolve(options.user),
    password: options.password ? resolve(options.password) : '',
    connectTimeout: parseDuration(connectTimeout),
    timeout: parseDuration(timeout),
    tls: {
      ...certificatesOf(options.tls, system, resolve),
      ...(isIP(host) === 0 && { servername: host }),
      rejectUnauthorized: true,
    },
    address: () =>
      allowedAddress(host, context).catch(error => {
        throw unreachable(error, kind === 'imap' ? 'IMAP' : 'SMTP', system)
      }),
  }
}

/** Nothing has happened at the server. */
export function unreachable(error: unknown, kind: 'IMAP' | 'SMTP', system: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const text = `The ${kind} server of ${system} cannot be reached: ${reasonOf(error)}`
  return new IsthmusError('TARGET-UNAVAILABLE', text, { cause: error })
}

export function notLetIn(error: unknown, kind: 'IMAP' | 'SMTP', system: string): IsthmusError {
  const text = `The ${kind} server of ${system} does not let the user in: ${reasonOf(error)}`
  return new IsthmusError('TARGET-CREDENTIALS', text, { cause: error })
}
