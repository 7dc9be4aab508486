import type { Codec } from '../../message/codec/codec.ts'
import type { Effect, EffectKind } from '../../system/effect.ts'
import type { Setting } from '../../system/setting.ts'
import type { TlsOptions } from '../http/tls.ts'

export interface MqttOptions {
  /** `mqtt://host`, or `mqtts://host` for TLS; ports 1883 and 8883 unless it says another. Without user and password. */
  readonly url: Setting
  /** Default: none. */
  readonly user?: Setting | undefined
  /** Of `user`. Default: none. */
  readonly password?: Setting | undefined
  /** Certificates, for `mqtts://`. Default: those that Node knows are trusted, and none is shown. */
  readonly tls?: TlsOptions | undefined
  /**
   * 4, which is MQTT 3.1.1, for brokers without MQTT 5. They do not say why they drop a message, nor that they did.
   * Default 5.
   */
  readonly version?: 5 | 4 | undefined
  /** How long to wait for a connection. Default `5s`. */
  readonly connectTimeout?: string | undefined
  /** How long to wait for an acknowledgement, or another answer. Default `30s`. */
  readonly callTimeout?: string | undefined
  /** A connection without a sign of life for half as long again is given up. Default `15s`. */
  readonly keepAlive?: string | undefined
}

/** Where a message was published. */
export interface Place {
  /** Its topic. */
  readonly topic: string
  /** What stands for the wildcards of the filter, in order: one level for `+`, all that follow for `#`. */
  readonly levels: readonly string[]
}

export interface SubscribeOptions<T = unknown> {
  /** Filters with `+` and `#`. `$share/group/filter` shares what comes with other subscribers of the group. */
  readonly topics: readonly string[]
  /**
   * The name under which the broker keeps what comes while we are away: the client id. Each source needs its own, and
   * two that run with the same one push each other out.
   */
  readonly session: string
  /** Reads the payload. Default `json()`. */
  readonly codec?: Codec | undefined
  /** Makes the record of what the payload says. Default: just that. */
  readonly record?: ((payload: unknown, place: Place) => unknown) | undefined
  /**
   * The identity of a message, by which it is accepted once. MQTT gives none. Default: the user property `message-id`
   * if there is one, else the `key` of the model. Without any, a message that is delivered again is another message.
   */
  readonly id?: ((record: T, place: Place) => string) | undefined
  /** Whether to take what a topic retains when it is subscribed to. It has the header `retain`. Default true. */
  readonly retained?: boolean | undefined
  /** How long the broker keeps the session while we are away (MQTT 5). Default `7d`. */
  readonly expiry?: string | undefined
  /**
   * What to do when the broker does not know the session any more, so that messages may be missing: `stop` with
   * SOURCE-GAP until a person gives another name, or `go on` with a warning. Default `stop`.
   */
  readonly lost?: 'stop' | 'go on' | undefined
  /** Most messages that are here and not acknowledged. Default 200. */
  readonly prefetch?: number | undefined
}

export interface PublishOptions<T = unknown, K extends EffectKind = EffectKind> {
  /** Of each message; no wildcards. */
  readonly topic: string | ((record: T) => string)
  /** What a repeated message does to those who read it: `idempotent` if the last one counts, or they know it again. */
  readonly effect: Effect<K, false>
  /** Writes the payload. Default `json()`. */
  readonly codec?: Codec | undefined
  /** Whether the broker keeps the message for those who subscribe later. Default false. */
  readonly retain?: boolean | undefined
  /** User properties of each message (MQTT 5). `message-id`, the effect key, is always there. Default: no others. */
  readonly properties?: ((record: T) => Readonly<Record<string, string>>) | undefined
  /** How long the broker keeps it for those who are away (MQTT 5). Default: for as long as it likes. */
  readonly expiry?: string | undefined
  /** Largest payload in bytes; a larger one is refused. Default 16 MiB. */
  readonly messageLimit?: number | undefined
}

export const defaultPrefetch = 200
export const defaultMessageLimit = 16 * 1024 * 1024
