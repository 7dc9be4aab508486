import type { AlertChannel } from '../../flow/alert-channel.ts'
import { email } from './email.ts'
import { dingtalk, feishu, wecom } from './robots.ts'
import type { Send, SendContext } from './sender.ts'
import { webhook } from './webhook.ts'

/** How a channel is told something. */
export function senderOf({ options }: AlertChannel, context: SendContext): Send {
  switch (options.kind) {
    case 'email':
      return email(options, context)
    case 'webhook':
      return webhook(options, context)
    case 'dingtalk':
      return dingtalk(options, context)
    case 'wecom':
      return wecom(options, context)
    case 'feishu':
      return feishu(options, context)
  }
}
