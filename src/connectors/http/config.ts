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
  /** How many redirects within the origin of `url` are followed: 0, the default, to 5. Others never are. */
  readonly redirects?: number | undefined
  /** Longest body of an answer in bytes. Default 8 MiB. */
  readonly responseLimit?: number | undefined
}

export interface Timeouts {
  /** Until a connection stands. Default `5s`. */
  readonly connect?: string | undefined
  /** From sending to the begin of the answer. Default `15s`. */
  readonly firstByte?: string | undefined
  /** Everything together. Default `30s`. */
  readonly total?: string | undefined
}
