import type { Setting } from '../../system/setting.ts'
import type { Auth } from './auth.ts'
import type { TlsOptions } from './tls.ts'

/** What every system that is called by HTTP may say of itself. */
export interface HttpOptions {
  /** http or https; its path stands before the paths of channels. Default: none, for a system that only calls us. */
  readonly url?: Setting | undefined
  /** How we prove who we are: to the origin of `url` and nowhere else. Default: not at all. */
  readonly auth?: Auth | undefined
  /** Client certificate, and authorities of one's own. Default: no certificate, and the authorities that Node knows. */
  readonly tls?: TlsOptions | undefined
  /** How long a call may take. Default: that of each of them. */
  readonly timeouts?: Timeouts | undefined
  /** Where the system answers, if that is more than the one place of `url`. */
  readonly endpoints?: EndpointOptions | undefined
  /** How many redirects within the origin of `url` are followed: 0, the default, to 5. Others never are. */
  readonly redirects?: number | undefined
  /** Longest body of an answer in bytes. Default 8 MiB. */
  readonly responseLimit?: number | undefined
}

/**
 * Several places at which one system answers. A call goes to the one with the fewest calls under way; one that fails
 * three times in a row is left out for 10 s, then twice as long, up to 5 min. What certainly was not sent goes to another
 * one at once. All of them get the credentials.
 */
export interface EndpointOptions {
  /** Copies beside `url`, with its protocol and path. */
  readonly urls?: readonly Setting[] | undefined
  /** A DNS name with SRV records, such as `_erp._tcp.example.com`: hosts and ports come from there instead of `url`. */
  readonly srv?: string | undefined
  /** Every address that the host of `url` has in DNS is an endpoint. */
  readonly addresses?: boolean | undefined
  /** How often DNS is asked again. Default `30s`. */
  readonly refresh?: string | undefined
  /** A path below `url` that is read all the time: an endpoint that does not answer, or answers 5xx, is left out. */
  readonly health?:
    | { readonly path: string /** Default `10s`. */; readonly every?: string | undefined }
    | undefined
}

export interface Timeouts {
  /** Until a connection stands. Default `5s`. */
  readonly connect?: string | undefined
  /** From sending to the begin of the answer. Default `15s`. */
  readonly firstByte?: string | undefined
  /** Everything together. Default `30s`. */
  readonly total?: string | undefined
}
