import type { Json } from './json-value.ts'

/**
 * The unit that moves through a flow. The attributes are those of CloudEvents 1.0 (id, source, type, time, subject,
 * datacontenttype); `key` is the ordering key and the business key people search by.
 */
export interface Message<T = unknown> {
  /** UUID v7, given at acceptance. */
  readonly id: string
  /** `system.channel` that delivered it. */
  readonly source: string
  /** Name and version of the model that travels, e.g. `MaterialIssue.v1`. */
  readonly type: string
  /** When it happened at the source, milliseconds since 1970 UTC; the time of acceptance where the source does not say. */
  readonly time: number
  readonly subject?: string | undefined
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly data: T
  /** Id of the message that caused this one. */
  readonly cause?: string | undefined
}

/** A message as a source hands it over, before it is accepted. Exactly one of `data`, `body` and `defect` is given. */
export interface Delivery {
  /** The source's own identity of the message: two deliveries with one id are one message. */
  readonly id?: string | undefined
  /** Milliseconds since 1970 UTC. */
  readonly time?: number | undefined
  readonly subject?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly data?: unknown
  /** The bytes as received; the channel's codec reads them. `data` may stand beside it where it has been read already. */
  readonly body?: Uint8Array | undefined
  /** A record that cannot be read: it is accepted and parked, with its raw bytes as `body`. */
  readonly defect?: string | undefined
}

/** A place in a source from which to go on: small, and comparable only by the source itself. */
export type Position = Json
