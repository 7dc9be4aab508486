import type { EventOptions } from '../../message/cloud-event.ts'
import type { Reference, Setting } from '../../system/setting.ts'
import type { TlsOptions } from '../http/tls.ts'
import type { ValueFormat } from './format.ts'

export interface KafkaOptions {
  /** Where to ask for the brokers of the cluster: `host:port`, several with commas between. */
  readonly brokers: Setting
  /** Encrypted, with `true` or with certificates of one's own. Default: not encrypted. */
  readonly tls?: TlsOptions | true | undefined
  /** How we log in. Default: not at all. */
  readonly sasl?: SaslOptions | undefined
  /** What the brokers call us in their logs and quotas. Default `isthmus`. */
  readonly clientId?: string | undefined
  /** How long connecting to a broker may take. Default `5s`. */
  readonly connectTimeout?: string | undefined
  /** How long one call of a sink may take, and how long a source goes without an answer before it fails. Default `30s`. */
  readonly callTimeout?: string | undefined
}

/** A user of the cluster. */
export interface SaslOptions {
  /** How the password is shown: PLAIN sends it as it is, and wants `tls`. */
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  /** Name of the user. */
  readonly user: Setting
  /** The password. */
  readonly password: Reference
}

/** A record of a topic, read. */
export interface KafkaRecord {
  /** Name of the topic. */
  readonly topic: string
  /** Number of the partition. */
  readonly partition: number
  /** Its number in the partition, as digits. */
  readonly offset: string
  /** When it was made, or appended, as the topic is set: milliseconds since 1970 UTC. */
  readonly time: number
  /** The key as UTF-8 text, or, where it is none, `base64:` and the bytes. Undefined if there is none. */
  readonly key: string | undefined
  /** As text, like the key; of a name that occurs more than once, the last. */
  readonly headers: Readonly<Record<string, string>>
  /** The value as its format reads it; null if the record has none, which marks its key as deleted. */
  readonly value: unknown
}

/** How a topic is read. */
export interface ConsumeOptions {
  /** Name of the topic. */
  readonly topic: string
  /**
   * The consumer group: its members share the partitions, and every group gets all records. Default `isthmus.` with the
   * names of system and channel.
   */
  readonly group?: string | undefined
  /** Where a group begins that has never read the topic. Default `earliest`. */
  readonly from?: 'earliest' | 'latest' | undefined
  /** How long a member of the group that is silent keeps its partitions; the brokers bound it. Default `30s`. */
  readonly sessionTimeout?: string | undefined
  /** How values are read. Default `json()`. */
  readonly format?: ValueFormat | undefined
  /**
   * What is made of a record; undefined leaves it out. Default: its value, which is the data of a structured CloudEvent. A record without value becomes null if the
   * model takes that, and is parked otherwise.
   */
  readonly record?: ((record: KafkaRecord) => unknown) | undefined
  /**
   * Which message it is, for producers that may send one twice: two records with one id are one message. Default: the
   * id of a CloudEvent with its source, else `isthmus-effect-key`, else `message-id`, else the place in the topic.
   */
  readonly id?: ((record: KafkaRecord) => string | undefined) | undefined
}

/** How records are written to a topic. */
export interface ProduceOptions<T> {
  /** Name of the topic. */
  readonly topic: string
  /** How values are written. Default `json()`. Null is written as a record without value: its key is deleted. */
  readonly format?: ValueFormat | undefined
  /** Makes it a CloudEvent, whose id is the effect key. Default: it is none. */
  readonly event?: EventOptions<T> | undefined
  /** The key of a record, which decides its partition; undefined for none. Default: the key of the message. */
  readonly key?: ((data: T) => string | undefined) | undefined
  /** Headers beside `isthmus-effect-key`. Default: none. */
  readonly headers?: ((data: T) => Readonly<Record<string, string>>) | undefined
  /** Number of the partition. Default: by the key, as other clients of Kafka choose it. */
  readonly partition?: ((data: T) => number) | undefined
  /** How batches are compressed. Default `none`. */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | undefined
  /**
   * Each batch is a transaction under this id, which is the channel's alone: readers of committed records see all of
   * it or nothing, and of two processes with one id only the later goes on. Default: no transactions.
   */
  readonly transactionalId?: string | undefined
  /** Whether a topic that is not there may be made by the brokers, if they are set so. Default false. */
  readonly create?: boolean | undefined
}

/** How a topic of Isthmus is carried: its messages are CloudEvents in binary mode, under their effect keys. */
export interface CarryOptions {
  /** Name of Kafka's topic. Default: that of ours. */
  readonly topic?: string | undefined
  /** The consumer group in which we read for all flows that subscribe. Default as of `consume`. */
  readonly group?: string | undefined
  /** Whether a topic that is not there may be made by the brokers, if they are set so. Default false. */
  readonly create?: boolean | undefined
}
