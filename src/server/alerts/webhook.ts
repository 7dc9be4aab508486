import { createHmac } from 'node:crypto'
import type { WebhookChannel } from '../../flow/alert-channel.ts'
import type { AlertItem } from '../../observe/alerts/message.ts'
import { post } from './post.ts'
import type { Send, SendContext } from './sender.ts'

/** Source: Standard Webhooks 1.0. */
export function webhook(options: WebhookChannel, context: SendContext): Send {
  return async ({ title, items }, id) => {
    const body = JSON.stringify({ type: 'alerts', title, alerts: items.map(alertOf) })
    const time = String(Math.floor(context.now() / 1000))
    const key = keyBytes(context.resolve(options.key))
    const signature = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')
    const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` }
    await post(context.resolve(options.url), body, { ...context, headers })
  }
}

function alertOf({ what, state, text, link }: AlertItem) {
  const { id, rule, severity, labels, value, since, firedAt, resolvedAt } = state
  return { id, what, rule, severity, text, labels, value, since, firedAt, resolvedAt, link }
}

function keyBytes(key: string): Buffer {
  return key.startsWith('whsec_') ? Buffer.from(key.slice('whsec_'.length), 'base64') : Buffer.from(key)
}
