import type { BaseOptions, ConnectionPool } from '@platformatic/kafka'
import { IsthmusError } from '../../errors.ts'
import type { ConnectContext } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import { certificatesOf } from '../http/tls.ts'
import type { KafkaOptions } from './config.ts'
import type { Driver } from './driver.ts'
import { kafkaFailure } from './failure.ts'
import { guardPool } from './guard.ts'

/** What all channels of a connection share: how the cluster is reached. Each channel has clients of its own. */
export class KafkaLink {
  readonly driver: Driver
  readonly context: ConnectContext
  /** Milliseconds. */
  readonly callTimeout: number
  /** Milliseconds. */
  readonly connectTimeout: number
  readonly #options: BaseOptions
  readonly #closing = new Set<() => Promise<unknown>>()

  constructor(driver: Driver, options: KafkaOptions, context: ConnectContext) {
    this.driver = driver
    this.context = context
    this.callTimeout = parseDuration(options.callTimeout ?? '30s')
    this.connectTimeout = parseDuration(options.connectTimeout ?? '5s')
    this.#options = clientOptions(options, this, context)
  }

  /** Options of a client. Its connections are guarded by `guard`. */
  get clientOptions(): BaseOptions {
    return { ...this.#options }
  }

  /** A pool of connections beside that of a client. Who opens it closes it. */
  pool(): ConnectionPool {
    return this.guard(new this.driver.ConnectionPool(this.#options.clientId, this.#options))
  }

  guard<P extends ConnectionPool>(pool: P, refused?: (error: unknown) => void): P {
    guardPool(pool, this.context, refused)
    return pool
  }

  /** What is to be done when the connection closes, unless the function that this gives is called before. */
  onClose(close: () => Promise<unknown>): () => void {
    this.#closing.add(close)
    return () => void this.#closing.delete(close)
  }

  /** A broker answers, and lets us in. */
  async check(): Promise<void> {
    const client = new this.driver.Base({ ...this.#options, retries: 0 })
    this.guard(client.connections)
    try {
      await client.metadata({ topics: [] })
    } catch (error) {
      throw kafkaFailure(error, 'Looking for the cluster')
    } finally {
      await client.close()
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#closing].map(close => close()))
  }
}

function clientOptions(
  options: KafkaOptions,
  { connectTimeout, callTimeout }: Pick<KafkaLink, 'connectTimeout' | 'callTimeout'>,
  context: ConnectContext,
): BaseOptions {
  const { clientId = 'isthmus', sasl, tls } = options
  const certificates =
    tls && certificatesOf(tls === true ? undefined : tls, context.system, s => context.resolve(s))
  return {
    clientId,
    bootstrapBrokers: brokersOf(context.resolve(options.brokers), context.system),
    connectTimeout,
    requestTimeout: callTimeout,
    timeout: callTimeout,
    retryDelay: 200,
    // Names are looked up anew, and certificates always verified, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    ...(certificates && { tls: { ...certificates, rejectUnauthorized: true }, tlsServerName: true }),
    ...(sasl && {
      sasl: {
        mechanism: sasl.mechanism,
        username: context.resolve(sasl.user),
        password: context.resolve(sasl.password),
      },
    }),
  }
}

function brokersOf(text: string, system: string): { host: string; port: number }[] {
  return text.split(',').map(each => {
    const [, host = '', port = '9092'] =
      /^\s*(\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?\s*$/.exec(each) ?? []
    if (host !== '' && Number(port) > 0 && Number(port) < 65_536)
      return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
    const text = `The brokers of system ${system} are written as host:port, with commas between. One is not.`
    throw new IsthmusError('CONFIG-INVALID', text)
  })
}
