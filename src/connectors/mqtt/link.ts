import { randomBytes } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { checkAddress, guardedLookup } from '../http/address-guard.ts'
import { certificatesOf } from '../http/tls.ts'
import type { MqttOptions } from './config.ts'
import type { Driver } from './driver.ts'
import { type Address, type Beginning, Session } from './session.ts'

/** What all channels of a system share: where the broker is, and how to get in. */
export class MqttLink {
  readonly address: Address
  readonly #driver: Driver
  readonly #endings = new Set<() => Promise<void>>()

  constructor(driver: Driver, options: MqttOptions, context: ConnectContext) {
    this.#driver = driver
    this.address = addressOf(options, context)
  }

  open(beginning: Beginning, signal: AbortSignal): Promise<Session> {
    return Session.open(this.#driver, this.address, beginning, signal)
  }

  /** One that nobody remembers. */
  openClean(signal: AbortSignal): Promise<Session> {
    return this.open({ clientId: `isthmus-${randomBytes(8).toString('hex')}`, clean: true }, signal)
  }

  async check(): Promise<void> {
    const session = await this.openClean(new AbortController().signal)
    await session.close()
  }

  /** Called when closing. */
  atEnd(end: () => Promise<void>): void {
    this.#endings.add(end)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#endings].map(end => end()))
  }
}

/** Throws CONFIG-INVALID or TARGET-ADDRESS. The url is not repeated: it may hold a password. */
function addressOf(options: MqttOptions, context: ConnectContext): Address {
  const url = parsed(context.resolve(options.url), context.system)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  checkAddress(host, context)
  const secure = url.protocol === 'mqtts:'
  const resolve = (setting: MqttOptions['user']) =>
    setting === undefined ? undefined : context.resolve(setting)
  const certificates = certificatesOf(options.tls, context.system, setting => context.resolve(setting))
  return {
    host,
    port: Number(url.port || (secure ? 8883 : 1883)),
    tls: secure ? certificates : undefined,
    lookup: guardedLookup(context),
    version: options.version ?? 5,
    user: resolve(options.user),
    password: resolve(options.password),
    connectTimeout: parseDuration(options.connectTimeout ?? '5s'),
    callTimeout: parseDuration(options.callTimeout ?? '30s'),
    keepAlive: parseDuration(options.keepAlive ?? '15s'),
  }
}

function parsed(text: string, system: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain =
    url && !url.username && !url.password && !url.search && !url.hash && /^\/?$/.test(url.pathname)
  if (plain && url.hostname !== '' && (url.protocol === 'mqtt:' || url.protocol === 'mqtts:')) return url
  throw new IsthmusError(
    'CONFIG-INVALID',
    `The url of system ${system} must begin with mqtt:// or mqtts:// and have no path, query or credentials. ` +
      'Those are given as "user" and "password".',
  )
}
