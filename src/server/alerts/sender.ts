import { hash } from 'node:crypto'
import type { AlertChannel, AlertChannelOptions } from '../../flow/alert-channel.ts'
import type { AlertMessage } from '../../observe/alerts/message.ts'
import type { Setting } from '../../system/setting.ts'

/** What a channel needs of where it runs. */
export interface SendContext {
  readonly channel: AlertChannel
  /** Throws CONFIG-MISSING. */
  resolve(setting: Setting): string
  now(): number
}

/**
 * Resolves when the channel has taken the message; rejects with an IsthmusError that says why not. `id` names the
 * message: it is the same when it is tried again.
 */
export type Send = (message: AlertMessage, id: string) => Promise<void>

/** Milliseconds between two messages to a channel, below what its provider allows. */
export const pace: Readonly<Record<AlertChannelOptions['kind'], number>> = {
  // 20 a minute, above which robots are shut up for ten minutes.
  dingtalk: 3_500,
  // 20 a minute.
  wecom: 3_500,
  // 5 a second, 100 a minute.
  feishu: 1_000,
  webhook: 1_000,
  email: 5_000,
}

export function messageId(message: AlertMessage): string {
  const parts = message.items.map(({ what, state }) => [state.id, what, state.firedAt, state.resolvedAt])
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32)
}

/** As much of the items as fits: `write` gives the text with so many of them. */
export function fitted(message: AlertMessage, bytes: number, write: (count: number) => string): string {
  let [fits, tooMany] = [1, message.items.length + 1]
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1
    if (Buffer.byteLength(write(middle)) <= bytes) fits = middle
    else tooMany = middle
  }
  const text = write(fits)
  if (Buffer.byteLength(text) <= bytes) return text
  // Not through the middle of a character.
  return Buffer.from(text)
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
}
