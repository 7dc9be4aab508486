import type { Json } from './json-value.ts'

/** A message as a source hands it over, before it is accepted: as data, as bytes, or as what cannot be read. */
export type Delivery = DeliveryHead & Delivered

/** What a delivery carries. */
export type Delivered = DeliveredData | DeliveredBody | DeliveredDefect

interface DeliveryHead {
  /** The source's own identity of the message: two deliveries with one id are one message. */
  readonly id?: string | undefined
  /** Milliseconds since 1970 UTC. */
  readonly time?: number | undefined
  readonly subject?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Id of the message in Isthmus that led to this one. */
  readonly cause?: string | undefined
  /** The trace it belongs to, where `headers` do not say that (`traceparent`, `ce-traceparent`). Source: W3C Trace Context. */
  readonly trace?: { readonly traceparent: string; readonly tracestate?: string | undefined } | undefined
}

/** What JSON can say. */
interface DeliveredData {
  readonly data: unknown
  readonly body?: undefined
  readonly defect?: undefined
}

/** The bytes as received; the channel's codec reads them. `data` may stand beside it where it has been read already. */
interface DeliveredBody {
  readonly body: Uint8Array
  readonly data?: unknown
  readonly defect?: undefined
}

/** A record that cannot be read: it is accepted and parked, with its raw bytes and the reason. */
interface DeliveredDefect {
  readonly defect: string
  readonly body: Uint8Array
  readonly data?: undefined
}

/** A place in a source from which to go on: small, and comparable only by the source itself. */
export type Position = Json
