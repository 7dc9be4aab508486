import type { Setting } from '../../system/setting.ts'
import type { Auth } from './auth.ts'
import type { TlsOptions } from './tls.ts'

/** What every system that is called by HTTP may say of itself, beside its `url`. */
export interface HttpOptions {
  /** How we prove who we are: to the origin of `url` and nowhere else. Default: not at all. */
  readonly auth?: Auth | undefined
  /** Client certificate, and authorities of one's own. Default: no certificate, and the authorities that Node knows. */
  readonly tls?: TlsOptions | undefined
  /** How long a call may take. Default: that of each of them. */
  readonly timeouts?: Timeouts | undefined
  /** Where the system answers, if that is more than the one place of `url`. Default: there alone. */
  readonly endpoints?: EndpointOptions | undefined
  /** Longest body of an answer in bytes. Default 8 MiB. */
  readonly responseLimit?: number | undefined
}

/**
 * Several places at which one system answers. A call goes to the one with the fewest calls under way; one that fails
 * three times in a row is left out for 10 s, then twice as long, up to 5 min. What certainly was not sent goes to another
 * one at once. All of them get the credentials.
 */
export interface EndpointOptions {
  /** Copies beside `url`, with its protocol and path. Default: none. */
  readonly urls?: readonly Setting[] | undefined
  /** A DNS name with SRV records, such as `_erp._tcp.example.com`: hosts and ports come from there instead of `url`. Default: none. */
  readonly srv?: string | undefined
  /** Every address that the host of `url` has in DNS is an endpoint. Default false. */
  readonly addresses?: boolean | undefined
  /** How often DNS is asked again. Default `30s`. */
  readonly refresh?: string | undefined
  /** What is read all the time: an endpoint that does not answer it, or answers 5xx, is left out. Default: nothing. */
  readonly health?: HealthOptions | undefined
}

/** How the health of endpoints is asked for. */
export interface HealthOptions {
  /** Below `url`. */
  readonly path: string
  /** Default `10s`. */
  readonly every?: string | undefined
}

/** How long a call may take. */
export interface Timeouts {
  /** Until a connection stands. Default `5s`. */
  readonly connect?: string | undefined
  /** From sending to the begin of the answer. Default `15s`. */
  readonly firstByte?: string | undefined
  /** Everything together. Default `30s`. */
  readonly total?: string | undefined
}
