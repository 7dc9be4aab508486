import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { checkAddress, guardedLookup } from '../http/address-guard.ts'
import { certificatesOf } from '../http/tls.ts'
import type { RabbitOptions, Topology } from './config.ts'
import type { Driver } from './driver.ts'
import { openFailure } from './failure.ts'
import { declare } from './topology.ts'
import { closeChannel, Wire, within } from './wire.ts'

/**
 * What all channels of a system share: a connection for sources and another one for sinks, since a server that is low
 * on memory or disk stops reading where it is published to, and acknowledgements would wait behind.
 */
export class RabbitLink {
  /** Milliseconds. */
  readonly callTimeout: number
  readonly publishing: Wire
  readonly #consuming: Wire
  readonly #connectTimeout: number
  readonly #endings = new Set<() => Promise<void>>()

  constructor(driver: Driver, options: RabbitOptions, context: ConnectContext) {
    this.callTimeout = parseDuration(options.callTimeout ?? '30s')
    this.#connectTimeout = parseDuration(options.connectTimeout ?? '5s')
    const dial = dialer(driver, options, this.#connectTimeout, context)
    this.publishing = new Wire(dial)
    this.#consuming = new Wire(dial)
  }

  /** A channel that reads, with its topology declared. Rejects as `openFailure` says. */
  consumer(topology: Topology | undefined, signal: AbortSignal): Promise<Channel> {
    return this.#opened(this.#consuming.channel(), signal, channel => declare(channel, topology ?? {}))
  }

  /** A channel that confirms, with its topology declared and its exchange there. Rejects as `openFailure` says. */
  publisher(topology: Topology | undefined, exchange: string, signal: AbortSignal): Promise<ConfirmChannel> {
    return this.#opened(this.publishing.confirmChannel(), signal, async channel => {
      await declare(channel, topology ?? {})
      if (exchange !== '') await channel.checkExchange(exchange)
    })
  }

  async check(): Promise<void> {
    const { signal } = new AbortController()
    const channel = await this.#opened(this.publishing.channel(), signal, async () => {})
    await closeChannel(channel)
  }

  /** Called when closing. */
  atEnd(end: () => Promise<void>): void {
    this.#endings.add(end)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#endings].map(end => end()))
    await Promise.all([this.publishing.close(), this.#consuming.close()])
  }

  async #opened<C extends Channel>(
    opening: Promise<C>,
    signal: AbortSignal,
    prepare: (channel: C) => Promise<void>,
  ): Promise<C> {
    const channel = opening.then(async channel => {
      // Who uses the channel listens for itself; an error without a listener would end the process.
      channel.on('error', () => {})
      await prepare(channel)
      return channel
    })
    try {
      return await within(channel, this.#connectTimeout + this.callTimeout, signal)
    } catch (error) {
      // It may open after nobody waits for it any more.
      channel.then(late => late.close()).catch(() => {})
      throw openFailure(error, 'Preparing a channel')
    }
  }
}

/** Throws CONFIG-INVALID or TARGET-ADDRESS. The url is not repeated: it may hold a password. */
function dialer(
  driver: Driver,
  options: RabbitOptions,
  timeout: number,
  context: ConnectContext,
): () => Promise<ChannelModel> {
  const url = parsed(context.resolve(options.url), context.system)
  const given = (setting: RabbitOptions['user'], inUrl: string) =>
    setting === undefined ? decodeURIComponent(inUrl) || 'guest' : context.resolve(setting)
  const place = {
    protocol: url.protocol.slice(0, -1),
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (url.protocol === 'amqps:' ? 5671 : 5672)),
    username: given(options.user, url.username),
    password: given(options.password, url.password),
    vhost: url.pathname.slice(1),
    heartbeat: Math.max(1, Math.round(parseDuration(options.heartbeat ?? '10s') / 1000)),
  }
  checkAddress(place.hostname, context)
  const socket = {
    timeout,
    noDelay: true,
    lookup: guardedLookup(context),
    clientProperties: { connection_name: `isthmus ${context.system}` },
    ...certificatesOf(options.tls, context.system, setting => context.resolve(setting)),
  }
  return () => driver.connect(place, socket)
}

function parsed(text: string, system: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url && !url.search && !url.hash && url.hostname !== '' && isDecodable(url)
  if (plain && (url.protocol === 'amqp:' || url.protocol === 'amqps:')) return url
  throw new IsthmusError(
    'CONFIG-INVALID',
    `The url of system ${system} must begin with amqp:// or amqps:// and have no query. It ends with the vhost. A percent sign in it is written as %25.`,
  )
}

function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    decodeURIComponent(username + password + pathname)
    return true
  } catch {
    return false
  }
}
