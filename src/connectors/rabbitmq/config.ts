import type { EventOptions } from '../../message/cloud-event.ts'
import type { Codec } from '../../message/codec/codec.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Setting } from '../../system/setting.ts'
import type { TlsOptions } from '../http/tls.ts'

export interface RabbitOptions {
  /**
   * `amqp://host/vhost`, or `amqps://` for TLS; ports 5672 and 5671 unless it says another, and the vhost `/` unless it
   * names one. User and password may stand there: then give it as `secret(...)`.
   */
  readonly url: Setting
  /** Default: the one in `url`, else `guest`. */
  readonly user?: Setting | undefined
  /** Of `user`. Default: the one in `url`, else `guest`. */
  readonly password?: Setting | undefined
  /** Certificates, for `amqps://`. Default: those that Node knows are trusted, and none is shown. */
  readonly tls?: TlsOptions | undefined
  /** How long to wait for a connection. Default `5s`. */
  readonly connectTimeout?: string | undefined
  /** How long to wait for a confirm, or another answer. Default `30s`. */
  readonly callTimeout?: string | undefined
  /** A connection without a sign of life for two to three times as long is given up. Default `10s`. */
  readonly heartbeat?: string | undefined
}

/** Arguments that a server understands, such as `{ 'x-delivery-limit': 10 }`. */
export type Arguments = Readonly<Record<string, string | number | boolean>>

export interface ExchangeDeclaration {
  /** Its name at the server. */
  readonly name: string
  /** How it routes. */
  readonly type: 'direct' | 'topic' | 'fanout' | 'headers'
  /** Default: none. */
  readonly arguments?: Arguments | undefined
}

export interface QueueDeclaration {
  /** Its name at the server. */
  readonly name: string
  /** Quorum queues are replicated, and count deliveries. Default `quorum`. */
  readonly type?: 'quorum' | 'classic' | undefined
  /** Beside `x-queue-type`. Default: none. */
  readonly arguments?: Arguments | undefined
}

export interface BindingDeclaration {
  /** The queue that gets what is routed there. */
  readonly queue: string
  /** The exchange it comes from. */
  readonly exchange: string
  /** Default: ''. */
  readonly routingKey?: string | undefined
  /** Default: none. */
  readonly arguments?: Arguments | undefined
}

/** What shall be there, all of it durable. What is there already stays; if it differs, the channel does not start. */
export interface Topology {
  /** Default: none. */
  readonly exchanges?: readonly ExchangeDeclaration[] | undefined
  /** Default: none. */
  readonly queues?: readonly QueueDeclaration[] | undefined
  /** Default: none. */
  readonly bindings?: readonly BindingDeclaration[] | undefined
}

export interface ConsumeOptions<T = unknown> {
  /** Its name at the server. */
  readonly queue: string
  /** Declared before the first message and after every new connection. Default: nothing is declared. */
  readonly declare?: Topology | undefined
  /** Reads the body, or the data of a structured CloudEvent. Default `json()`. */
  readonly codec?: Codec | undefined
  /** Most messages that are here and not acknowledged: they are held in memory. Default 500. */
  readonly prefetch?: number | undefined
  /**
   * The identity of a message, by which it is accepted once. Default: the id of a CloudEvent with its source, else the
   * property message-id, else the `key` of the
   * model. Without any, a message that is delivered again is another message.
   */
  readonly id?: ((record: T) => string) | undefined
  /**
   * How often the queue delivers a message before it drops it. One that was there so often but once is set aside here,
   * unread, before that happens. Default: the `x-delivery-limit` that is declared for the queue, else 20.
   */
  readonly deliveryLimit?: number | undefined
}

export interface PublishOptions<T = unknown, K extends EffectKind = EffectKind> {
  /** Its name at the server. Default: the one without a name, which routes to the queue that the routing key names. */
  readonly exchange?: string | undefined
  /** Of each message. Default: ''. */
  readonly routingKey?: string | ((record: T) => string) | undefined
  /** What a repeated message does to those who read it: `idempotent` if they recognize the message-id. */
  readonly effect: Effect<K, false>
  /** Declared before the first message and after every new connection. Default: nothing is declared. */
  readonly declare?: Topology | undefined
  /** Writes the body. Default `json()`. */
  readonly codec?: Codec | undefined
  /** Makes it a CloudEvent, whose id is the effect key. Default: it is none. */
  readonly event?: EventOptions<T> | undefined
  /** Headers of each message. Default: none. */
  readonly headers?: ((record: T) => Readonly<Record<string, string>>) | undefined
  /** A message that no queue takes is refused; false lets it vanish, for exchanges without listeners. Default true. */
  readonly mandatory?: boolean | undefined
  /** Largest body in bytes; a larger one is refused. Default 16 MiB, which is the limit of RabbitMQ 4. */
  readonly messageLimit?: number | undefined
}

/** How a topic of Isthmus is carried: its messages are CloudEvents in binary mode, under their effect keys. */
export interface CarryOptions {
  /** The exchange, of the type `fanout`, which is declared: others may bind queues of their own to it. Default: the name of the topic. */
  readonly exchange?: string | undefined
  /** The queue from which we read for all flows that subscribe; it is declared and bound. Default: the exchange with `.isthmus` behind. */
  readonly queue?: string | undefined
}

export const defaultPrefetch = 500
/** Of quorum queues of RabbitMQ 4. */
export const defaultDeliveryLimit = 20
export const defaultMessageLimit = 16 * 1024 * 1024
