import { callSite } from '../system/call-site.ts'
import { type Allowed, checkAllowed } from '../system/network.ts'
import type { Setting } from '../system/setting.ts'
import { checkName } from '../system/system.ts'
import type { Severity } from './alert.ts'

interface Common {
  /** Of what is said. Default: `en`. */
  readonly language?: 'en' | 'zh' | undefined
  /** Alerts that are less severe are not told here. Default: `info`, which is all. */
  readonly atLeast?: Severity | undefined
  /** Addresses at which it may be reached beside public ones, as of a system. Default: none. */
  readonly allow?: readonly Allowed[] | undefined
  /** Certificates (PEM) of those who vouch for it, in place of those that are known. Default: the known ones. */
  readonly ca?: Setting | undefined
}

/** Mail over SMTP. */
export interface EmailChannel extends Common {
  readonly kind: 'email'
  /** `smtps://user:password@host` or `smtp://user:password@host:587`, which must offer STARTTLS unless the host is this machine. */
  readonly server: Setting
  readonly from: Setting
  /** Addresses, separated by commas. */
  readonly to: Setting
}

/** JSON by POST, signed as Standard Webhooks has it. */
export interface WebhookChannel extends Common {
  readonly kind: 'webhook'
  readonly url: Setting
  /** What it is signed with: `whsec_` and base64, or any text. */
  readonly key: Setting
}

/** A robot of a DingTalk group whose security setting is to sign. */
export interface DingtalkChannel extends Common {
  readonly kind: 'dingtalk'
  /** With its access_token. */
  readonly url: Setting
  /** Begins with `SEC`. */
  readonly secret: Setting
}

/** A robot of a WeCom group; its url holds its key. */
export interface WecomChannel extends Common {
  readonly kind: 'wecom'
  readonly url: Setting
}

/** A custom robot of a Feishu group that verifies signatures. */
export interface FeishuChannel extends Common {
  readonly kind: 'feishu'
  readonly url: Setting
  readonly secret: Setting
}

export type AlertChannelOptions =
  | EmailChannel
  | WebhookChannel
  | DingtalkChannel
  | WecomChannel
  | FeishuChannel

/** Where alerts are told. Pure data: settings are looked up when it is used. */
export interface AlertChannel {
  readonly name: string
  readonly options: AlertChannelOptions
  /** `file:line` of the declaration, where it is known. */
  readonly at: string | undefined
}

/** Declares where alerts are told: `alertChannel('on-call', { kind: 'dingtalk', url: secret('DING_URL'), secret: secret('DING_SECRET') })`. */
export function alertChannel(name: string, options: AlertChannelOptions): AlertChannel {
  checkName('alert channel', name)
  checkAllowed(name, options.allow ?? [])
  return Object.freeze({ name, options: Object.freeze({ ...options }), at: callSite() })
}
