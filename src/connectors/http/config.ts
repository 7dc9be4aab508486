import type { Setting } from '../../system/setting.ts'
import type { Auth } from './auth.ts'

/** What every system that is called by HTTP may say of itself. */
export interface HttpOptions {
  /** http or https; its path stands before the paths of channels. Needed only where the system is called. */
  readonly url?: Setting | undefined
  /** Sent to the origin of `url` and nowhere else. */
  readonly auth?: Auth | undefined
  readonly timeouts?: Timeouts | undefined
  /** How many redirects within the origin of `url` are followed: 0, the default, to 5. Others never are. */
  readonly redirects?: number | undefined
  /** Longest body of an answer in bytes. Default 8 MiB. */
  readonly responseLimit?: number | undefined
}

export interface Timeouts {
  /** Default `5s`. */
  readonly connect?: string | undefined
  /** From sending to the begin of the answer. Default `15s`. */
  readonly firstByte?: string | undefined
  /** Everything together. Default `30s`. */
  readonly total?: string | undefined
}

/** What is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>
